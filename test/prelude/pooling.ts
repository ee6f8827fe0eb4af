/** Pooling, unpooling and upsampling, each in plain loops over images. */
import { type Each, each, filled, positions, reader, sumOver } from './arrays.ts';
import { type Formula, given, labels, type Probe, type Shape, tensor } from './probe.ts';

interface Window {
  readonly size: Each;
  readonly stride: Each;
  readonly pad: Each;
}

/** The elements of each window that are inside; a signal is an image of one row, whose windows have one row. */
function windows(
  x: readonly number[],
  shape: Shape,
  y: Shape,
  { size, stride, pad }: Window,
  by: (inside: readonly number[]) => number,
): readonly number[] {
  const read = reader(x, shape, Number.NaN);
  const rows = shape.length === 3 ? [0] : positions(each(size, 0));
  return filled(y, (n, c, ...at) => {
    const [j, i] = at.length === 1 ? [0, at[0]!] : [at[0]!, at[1]!];
    const inside = rows.flatMap((u) =>
      positions(each(size, 1)).map((v) => {
        const h = j * each(stride, 0) + u - each(pad, 0);
        const l = i * each(stride, 1) + v - each(pad, 1);
        return shape.length === 3 ? read(n!, c!, l) : read(n!, c!, h, l);
      }),
    );
    return by(inside.filter((value) => !Number.isNaN(value)));
  });
}

const largest = (values: readonly number[]): number => Math.max(...values);

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const pool = (
  of: string,
  settings: string,
  x: Shape,
  y: Shape,
  window: Window,
  by: (inside: readonly number[]) => number = of.startsWith('max') ? largest : mean,
): Probe => ({
  of,
  call: `${of}(x${settings})`,
  inputs: { x: tensor(x) },
  resultShape: y,
  formula: (v) => windows(v.x!, x, y, window, by),
  reshaped: (shapes, result) => (v) => windows(v.x!, shapes.x!, result, window, by),
  differentiable: ['x'],
});

const global = (of: string, x: Shape, by: (channel: readonly number[]) => number): Probe => {
  const formula =
    (own: Shape): Formula =>
    (v) => {
      const size = own.slice(2).reduce((a, b) => a * b, 1);
      return positions(own[0]! * own[1]!).map((k) => by(v.x!.slice(k * size, (k + 1) * size)));
    };
  return {
    of,
    call: `${of}(x)`,
    inputs: { x: tensor(x) },
    resultShape: x.slice(0, 2),
    formula: formula(x),
    reshaped: (shapes) => formula(shapes.x!),
    differentiable: ['x'],
  };
};

/** The first largest position of each window. */
const positionsIn = (x: readonly number[], shape: Shape, y: Shape, size: Each): readonly number[] =>
  windows(x, shape, y, { size, stride: size, pad: 0 }, (inside) => inside.indexOf(largest(inside)));

const unpool = (x: Shape, settings: string, size: Each, y: Shape): Probe => {
  const [tall, wide] = [each(size, 0), each(size, 1)];
  const formula =
    (from: Shape, to: Shape): Formula =>
    (v) => {
      const [value, position] = [reader(v.x!, from), reader(v.p!, from, -1)];
      return filled(to, (n, c, h, l) => {
        const at = [n!, c!, Math.floor(h! / tall), Math.floor(l! / wide)];
        return position(...at) === (h! % tall) * wide + (l! % wide) ? value(...at) : 0;
      });
    };
  return {
    of: 'max_unpool2d',
    call: `max_unpool2d(x, p${settings})`,
    inputs: { x: tensor(x), p: labels(x, tall * wide) },
    resultShape: y,
    formula: formula(x, y),
    reshaped: (shapes, result) => formula(shapes.x!, result),
    differentiable: ['x'],
  };
};

const withPositions = (
  settings: string,
  x: Shape,
  y: Shape,
  size: Each,
  call: 'largest' | 'place',
): Probe => {
  const formula =
    (from: Shape, to: Shape): Formula =>
    (v) =>
      call === 'largest'
        ? windows(v.x!, from, to, { size, stride: size, pad: 0 }, largest)
        : positionsIn(v.x!, from, to, size);
  return {
    of: 'max_pool_with_positions2d',
    instance: `(${call === 'largest' ? 'largest, _' : '_, place'}) = max_pool_with_positions2d(x${settings})`,
    call,
    inputs: { x: tensor(x) },
    resultShape: y,
    formula: formula(x, y),
    reshaped: (shapes, result) => formula(shapes.x!, result),
    differentiable: call === 'largest' ? ['x'] : [],
  };
};

/** Weights of all elements of x for one place: a hat of width one around it, held at the border. */
const hat = (place: number, length: number): ((h: number) => number) => {
  const held = Math.min(Math.max(place, 0), length - 1);
  return (h) => Math.max(0, 1 - Math.abs(h - held));
};

const placeOf = (j: number, factor: number, length: number, corners: boolean): number => {
  if (corners) return length === 1 ? 0 : (j * (length - 1)) / (length * factor - 1);
  return (j + 0.5) / factor - 0.5;
};

const bilinear = (of: string, x: Shape, factor: number, corners: boolean): Probe => {
  const across = of === 'interpolate' ? 1 : factor;
  const y = [x[0]!, x[1]!, x[2]! * factor, x[3]! * across];
  const formula =
    (from: Shape, to: Shape): Formula =>
    (v) => {
      const [height, length] = [from[2]!, from[3]!];
      const read = reader(v.x!, from);
      return filled(to, (n, c, j, i) => {
        const row = hat(placeOf(j!, factor, height, corners), height);
        const column =
          across === 1 ? (l: number) => Number(l === i) : hat(placeOf(i!, factor, length, corners), length);
        return sumOver(height, (h) => sumOver(length, (l) => row(h) * column(l) * read(n!, c!, h, l)));
      });
    };
  return {
    of,
    call: `${of}(x, ${factor}, corners = ${corners})`,
    inputs: { x: tensor(x) },
    resultShape: y,
    formula: formula(x, y),
    reshaped: (shapes, result) => formula(shapes.x!, result),
    differentiable: ['x'],
  };
};

const numbers = (shape: Shape, values: readonly number[]) => given('f32', shape, values);

export const poolingProbes: readonly Probe[] = [
  pool('max_pool1d', '', [2, 3, 7], [2, 3, 3], { size: 2, stride: 2, pad: 0 }),
  pool('max_pool1d', ', 3, stride = 1, pad = 1', [1, 1, 5], [1, 1, 5], { size: 3, stride: 1, pad: 1 }),
  pool('max_pool2d', '', [2, 3, 5, 4], [2, 3, 2, 2], { size: 2, stride: 2, pad: 0 }),
  pool('max_pool2d', ', 3, 2, pad = 1', [1, 2, 5, 7], [1, 2, 3, 4], { size: 3, stride: 2, pad: 1 }),
  pool('max_pool2d', ', (3, 1), stride = (1, 2), pad = (1, 0)', [1, 2, 4, 5], [1, 2, 4, 3], {
    size: [3, 1],
    stride: [1, 2],
    pad: [1, 0],
  }),
  pool('average_pool2d', ', (1, 3), pad = (0, 1)', [1, 2, 3, 5], [1, 2, 3, 2], {
    size: [1, 3],
    stride: [1, 3],
    pad: [0, 1],
  }),
  pool('max_pool2d', ', 1', [1, 1, 1, 1], [1, 1, 1, 1], { size: 1, stride: 1, pad: 0 }),
  pool('average_pool1d', ', 3, 2, pad = 2', [2, 1, 5], [2, 1, 4], { size: 3, stride: 2, pad: 2 }),
  pool(
    'average_pool1d',
    ', 3, pad = 1, zeros = true',
    [2, 1, 5],
    [2, 1, 2],
    { size: 3, stride: 3, pad: 1 },
    (inside) => inside.reduce((a, b) => a + b, 0) / 3,
  ),
  pool('average_pool2d', '', [2, 3, 4, 5], [2, 3, 2, 2], { size: 2, stride: 2, pad: 0 }),
  pool('average_pool2d', ', 3, stride = 1, pad = 1', [1, 2, 3, 5], [1, 2, 3, 5], {
    size: 3,
    stride: 1,
    pad: 1,
  }),
  pool(
    'average_pool2d',
    ', 3, 2, 1, zeros = true',
    [1, 2, 5, 7],
    [1, 2, 3, 4],
    { size: 3, stride: 2, pad: 1 },
    (inside) => inside.reduce((a, b) => a + b, 0) / 9,
  ),
  global('global_average_pool1d', [2, 3, 5], mean),
  global('global_average_pool2d', [1, 3, 5, 2], mean),
  global('global_max_pool1d', [2, 3, 5], largest),
  global('global_max_pool2d', [1, 3, 5, 2], largest),
  withPositions(', 3', [2, 3, 6, 7], [2, 3, 2, 2], 3, 'largest'),
  withPositions(', 3', [2, 3, 6, 7], [2, 3, 2, 2], 3, 'place'),
  withPositions(', (1, 4)', [1, 2, 3, 9], [1, 2, 3, 2], [1, 4], 'largest'),
  withPositions(', (1, 4)', [1, 2, 3, 9], [1, 2, 3, 2], [1, 4], 'place'),
  withPositions('', [1, 1, 2, 2], [1, 1, 1, 1], 2, 'place'),
  unpool([2, 3, 2, 2], ', rows = 1', 2, [2, 3, 5, 4]),
  unpool([1, 1, 1, 2], ', 3, columns = 2', 3, [1, 1, 3, 8]),
  unpool([2, 1, 3, 2], ', (1, 3)', [1, 3], [2, 1, 3, 6]),
  {
    of: 'max_unpool2d',
    instance: '(largest, place) = max_pool_with_positions2d(x)',
    call: 'max_unpool2d(largest, place)',
    inputs: { x: numbers([1, 1, 2, 4], [1, 5, 2.5, 2, 3, 4, 0, 1]) },
    resultShape: [1, 1, 2, 4],
    formula: () => [0, 5, 2.5, 0, 0, 0, 0, 0],
    differentiable: ['x'],
  },
  {
    of: 'upsample_nearest2d',
    call: 'upsample_nearest2d(x, 3)',
    inputs: { x: tensor([2, 1, 2, 3]) },
    resultShape: [2, 1, 6, 9],
    formula: ({ x }) => {
      const read = reader(x!, [2, 1, 2, 3]);
      return filled([2, 1, 6, 9], (n, c, j, i) => read(n!, c!, Math.floor(j! / 3), Math.floor(i! / 3)));
    },
    differentiable: ['x'],
  },
  bilinear('upsample_bilinear2d', [1, 2, 3, 5], 2, false),
  bilinear('upsample_bilinear2d', [2, 1, 3, 2], 3, false),
  bilinear('upsample_bilinear2d', [1, 2, 3, 5], 2, true),
  bilinear('upsample_bilinear2d', [1, 1, 1, 1], 2, true),
  bilinear('upsample_bilinear2d', [1, 1, 1, 1], 2, false),
  bilinear('upsample_bilinear2d', [1, 1, 1, 2], 1, true),
  bilinear('interpolate', [1, 2, 4, 3], 2, false),
  bilinear('interpolate', [1, 2, 4, 3], 3, true),
];
