/** The normalisations, each group of elements taken out and normalised by itself. */
import { filled, positions, reader } from './arrays.ts';
import { average, type Formula, given, type Probe, type Shape, tensor } from './probe.ts';

const variance = (values: readonly number[]): number => {
  const m = average(values);
  return average(values.map((value) => (value - m) ** 2));
};

/** The index of each element, in row-major order. */
function indices(shape: Shape): readonly (readonly number[])[] {
  const all: (readonly number[])[] = [];
  filled(shape, (...index) => all.push(index));
  return all;
}

/** Elements with the same key make a group; each becomes (x - mean)/spread(variance). */
function normalised(
  x: readonly number[],
  shape: Shape,
  keyOf: (index: readonly number[]) => string,
  spread: (v: number) => number,
): readonly number[] {
  const groups = new Map<string, number[]>();
  const keys = indices(shape).map(keyOf);
  for (const [k, key] of keys.entries()) groups.set(key, [...(groups.get(key) ?? []), x[k]!]);
  return x.map((value, k) => {
    const group = groups.get(keys[k]!)!;
    return (value - average(group)) / spread(variance(group));
  });
}

/** gamma * x + beta, of the channel that `axis` tells. */
const scaled = (
  x: readonly number[],
  shape: Shape,
  axis: number,
  gamma: readonly number[] | undefined,
  beta: readonly number[] | undefined,
): readonly number[] =>
  indices(shape).map((index, k) => x[k]! * (gamma?.[index[axis]!] ?? 1) + (beta?.[index[axis]!] ?? 0));

interface Case {
  readonly layer: string;
  readonly x: Shape;
  /** The axis of gamma and beta. */
  readonly axis: number;
  readonly keyOf: (index: readonly number[]) => string;
  readonly spread?: (v: number) => number;
  readonly training?: boolean;
  readonly affine?: boolean;
}

const inside = (v: number): number => Math.sqrt(v + 1e-5);

const normalisation = ({ layer, x, axis, keyOf, spread = inside, training, affine = true }: Case): Probe => {
  const channels = [x.at(axis)!];
  const at = axis < 0 ? x.length + axis : axis;
  const formula =
    (own: Shape): Formula =>
    (v) =>
      scaled(normalised(v.x!, own, keyOf, spread), own, at, v['n.gamma'], v['n.beta']);
  return {
    of: layer.replace(/\(.*/, ''),
    instance: `n = ${layer.includes('(') ? layer : `${layer}()`}`,
    call: 'n(x)',
    ...(training === undefined ? {} : { training }),
    inputs: {
      x: tensor(x),
      ...(affine ? { 'n.gamma': tensor(channels, [0.5, 2]), 'n.beta': tensor(channels) } : {}),
      ...(training ? { 'n.running_mean': tensor(channels), 'n.running_variance': tensor(channels) } : {}),
    },
    resultShape: x,
    formula: formula(x),
    reshaped: (shapes) => formula(shapes.x!),
    differentiable: ['x', ...(affine ? ['n.gamma', 'n.beta'] : [])],
  };
};

/** In evaluation, with given running means. */
const evaluated = (settings: string, x: Shape, spread: (v: number) => number): Probe => {
  const channels = [x[1]!];
  const formula =
    (own: Shape): Formula =>
    (v) =>
      scaled(
        indices(own).map(
          ([, c], k) => (v.x![k]! - v['n.running_mean']![c!]!) / spread(v['n.running_variance']![c!]!),
        ),
        own,
        1,
        v['n.gamma'],
        v['n.beta'],
      );
  return {
    of: 'BatchNorm',
    instance: `n = BatchNorm(${settings})`,
    call: 'n(x)',
    inputs: {
      x: tensor(x),
      'n.gamma': tensor(channels, [0.5, 2]),
      'n.beta': tensor(channels),
      'n.running_mean': tensor(channels),
      'n.running_variance': tensor(channels, [0.5, 2]),
    },
    resultShape: x,
    formula: formula(x),
    reshaped: (shapes) => formula(shapes.x!),
    differentiable: ['x', 'n.gamma', 'n.beta'],
  };
};

const byChannel = ([, c]: readonly number[]): string => String(c);
const byRow = (index: readonly number[]): string => String(index.slice(0, -1));

const response = (
  settings: string,
  shape: Shape,
  size: number,
  k: number,
  alpha: number,
  beta: number,
): Probe => {
  const formula =
    (own: Shape): Formula =>
    ({ x }) => {
      const read = reader(x!, own);
      const around = positions(size).map((d) => d - (size - 1) / 2);
      return filled(own, (n, c, h, l) => {
        const s = around.map((d) => read(n!, c! + d, h!, l!) ** 2).reduce((a, b) => a + b, 0);
        return read(n!, c!, h!, l!) / (k + alpha * s) ** beta;
      });
    };
  return {
    of: 'local_response',
    call: `local_response(x${settings})`,
    inputs: { x: tensor(shape) },
    resultShape: shape,
    formula: formula(shape),
    reshaped: (shapes) => formula(shapes.x!),
    differentiable: ['x'],
  };
};

export const normalizationProbes: readonly Probe[] = [
  normalisation({ layer: 'BatchNorm', x: [5, 3], axis: 1, keyOf: byChannel, training: true }),
  normalisation({ layer: 'BatchNorm', x: [3, 2, 5], axis: 1, keyOf: byChannel, training: true }),
  normalisation({ layer: 'BatchNorm', x: [2, 3, 2, 3], axis: 1, keyOf: byChannel, training: true }),
  normalisation({
    layer: 'BatchNorm(eps = 0.1, inside = false)',
    x: [1, 2, 3, 3],
    axis: 1,
    keyOf: byChannel,
    training: true,
    spread: (v) => Math.sqrt(v) + 0.1,
  }),
  evaluated('', [2, 3], inside),
  evaluated('1e-3, inside = false', [2, 3, 1, 2], (v) => Math.sqrt(v) + 1e-3),
  normalisation({ layer: 'LayerNorm', x: [2, 3, 5], axis: -1, keyOf: byRow }),
  normalisation({
    layer: 'LayerNorm(eps = 0.1)',
    x: [1, 7],
    axis: -1,
    keyOf: byRow,
    spread: (v) => Math.sqrt(v + 0.1),
  }),
  normalisation({
    layer: 'GroupNorm(3)',
    x: [2, 6, 1, 3],
    axis: 1,
    keyOf: ([n, c]) => `${n} ${Math.floor(c! / 2)}`,
  }),
  normalisation({ layer: 'GroupNorm(1)', x: [2, 3, 2, 1], axis: 1, keyOf: ([n]) => String(n) }),
  normalisation({ layer: 'InstanceNorm', x: [2, 3, 2, 3], axis: 1, keyOf: ([n, c]) => `${n} ${c}` }),
  normalisation({
    layer: 'InstanceNorm(affine = false)',
    x: [1, 2, 5, 1],
    axis: 1,
    keyOf: ([n, c]) => `${n} ${c}`,
    affine: false,
  }),
  ...(
    [
      ['', [3, 5], 1e-6],
      ['eps = 0.1', [1, 7], 0.1],
    ] as const
  ).map(([settings, [R, C], eps]): Probe => {
    const formula =
      ([rows, width]: Shape): Formula =>
      (v) =>
        indices([rows!, width!]).map(([r, c], k) => {
          const row = v.x!.slice(r! * width!, r! * width! + width!);
          return (v['n.gamma']![c!]! * v.x![k]!) / Math.sqrt(average(row.map((value) => value ** 2)) + eps);
        });
    return {
      of: 'RMSNorm',
      instance: `n = RMSNorm(${settings})`,
      call: 'n(x)',
      inputs: { x: tensor([R, C]), 'n.gamma': tensor([C], [0.5, 2]) },
      resultShape: [R, C],
      formula: formula([R, C]),
      reshaped: (shapes) => formula(shapes.x!),
      differentiable: ['x', 'n.gamma'],
    };
  }),
  response('', [2, 7, 1, 2], 5, 2, 1e-4, 0.75),
  response(', 3, k = 1, alpha = 0.5, beta = 0.5', [1, 4, 2, 3], 3, 1, 0.5, 0.5),
  ...[
    [4, 3],
    [2, 3, 5],
    [2, 3, 1, 5],
  ].flatMap((shape): readonly Probe[] => [
    {
      of: 'channel_means',
      call: 'channel_means(x)',
      inputs: { x: tensor(shape) },
      resultShape: [3],
      formula: ({ x }) => positions(3).map((c) => average(x!.filter((_, k) => indices(shape)[k]![1] === c))),
      differentiable: ['x'],
    },
    {
      of: 'along_channels',
      call: 'x * along_channels(a, x)',
      inputs: { x: tensor(shape), a: tensor([3]) },
      resultShape: shape,
      formula: ({ x, a }) => scaled(x!, shape, 1, a, undefined),
      differentiable: ['x', 'a'],
    },
  ]),
  {
    of: 'root',
    call: 'root(x)',
    inputs: { x: given('f32', [3], [0.25, 4, 9]) },
    resultShape: [3],
    formula: () => [0.5, 2, 3],
    differentiable: ['x'],
  },
];
