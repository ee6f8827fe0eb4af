/** Convolutions, each in plain loops over images; the two-dimensional example of Dumoulin and Visin's guide. */
import { type Each, each, filled, reader, sumOver } from './arrays.ts';
import { type Formula, given, type Probe, type Shape, tensor } from './probe.ts';

interface Setting {
  readonly stride: Each;
  readonly dilation: Each;
  readonly groups: number;
  /** Before and after, of both axes. */
  readonly pads: readonly [top: number, bottom: number, left: number, right: number];
}

const plain: Setting = { stride: 1, dilation: 1, groups: 1, pads: [0, 0, 0, 0] };

const lengthOf = (
  length: number,
  kernel: number,
  { stride, dilation }: Setting,
  pads: number,
  axis: 0 | 1,
): number => Math.floor((length + pads - each(dilation, axis) * (kernel - 1) - 1) / each(stride, axis)) + 1;

/** Shapes are N, C, H, W and F, D, KH, KW; one-dimensional ones have H = KH = 1. */
function correlated(
  x: readonly number[],
  [N, C, H, W]: Shape,
  w: readonly number[],
  [F, D, KH, KW]: Shape,
  setting: Setting,
): readonly number[] {
  const { stride, dilation, groups, pads } = setting;
  const [image, filter] = [reader(x, [N!, C!, H!, W!]), reader(w, [F!, D!, KH!, KW!])];
  const OH = lengthOf(H!, KH!, setting, pads[0] + pads[1], 0);
  const OW = lengthOf(W!, KW!, setting, pads[2] + pads[3], 1);
  const firstOf = (f: number): number => Math.floor(f / (F! / groups)) * D!;
  return filled([N!, F!, OH, OW], (n, f, j, i) =>
    sumOver(D!, (d) =>
      sumOver(KH!, (u) =>
        sumOver(
          KW!,
          (v) =>
            filter(f!, d, u, v) *
            image(
              n!,
              firstOf(f!) + d,
              j! * each(stride, 0) + u * each(dilation, 0) - pads[0],
              i! * each(stride, 1) + v * each(dilation, 1) - pads[2],
            ),
        ),
      ),
    ),
  );
}

/** Each element of x is spread over the window that it would come from. */
function spread(
  x: readonly number[],
  [N, F, H, W]: Shape,
  w: readonly number[],
  [, C, KH, KW]: Shape,
  [OH, OW]: Shape,
  { stride, dilation, pads }: Setting,
): readonly number[] {
  const y = new Float64Array(N! * C! * OH! * OW!);
  const [image, filter] = [reader(x, [N!, F!, H!, W!]), reader(w, [F!, C!, KH!, KW!])];
  filled([N!, F!, H!, W!, C!, KH!, KW!], (n, f, j, i, c, u, v) => {
    const h = j! * each(stride, 0) + u! * each(dilation, 0) - pads[0];
    const l = i! * each(stride, 1) + v! * each(dilation, 1) - pads[2];
    if (h < 0 || h >= OH! || l < 0 || l >= OW!) return 0;
    y[((n! * C! + c!) * OH! + h) * OW! + l]! += image(n!, f!, j!, i!) * filter(f!, c!, u!, v!);
    return 0;
  });
  return [...y];
}

const turnedRound = (w: readonly number[], shape: Shape): readonly number[] => {
  const filter = reader(w, shape);
  return filled(shape, (f, c, u, v) => filter(f!, c!, shape[2]! - 1 - u!, shape[3]! - 1 - v!));
};

const onBiases = (
  values: readonly number[],
  [, F, OH, OW]: Shape,
  b: readonly number[] | undefined,
): readonly number[] => values.map((value, k) => value + (b?.[Math.floor(k / (OH! * OW!)) % F!] ?? 0));

/** Of shapes with one axis, those with two. */
const asImages = (shape: Shape): Shape => (shape.length === 3 ? [shape[0]!, shape[1]!, 1, shape[2]!] : shape);

interface Case {
  readonly of: string;
  /** The layer or the function, with its settings. */
  readonly text: string;
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
  readonly setting?: Partial<Setting>;
  readonly bias?: boolean;
  /** The path of the filters, where not `w`. */
  readonly path?: string;
}

const settingOf = (partial: Partial<Setting> | undefined): Setting => ({ ...plain, ...partial });

const layer = ({ of, text, x, w, y, setting, bias = true, path = 'c.w' }: Case): Probe => {
  const isTransposed = of.startsWith('ConvTranspose');
  const b = path.replace(/w$/, 'b');
  const formula =
    (from: Shape, by: Shape, to: Shape): Formula =>
    (v) => {
      // Depthwise, each channel is a group.
      const own = { ...settingOf(setting), ...(of.startsWith('Depthwise') && { groups: from[1]! }) };
      return onBiases(
        isTransposed
          ? spread(v.x!, asImages(from), v[path]!, asImages(by), asImages(to).slice(2), own)
          : correlated(v.x!, asImages(from), v[path]!, asImages(by), own),
        asImages(to),
        v[b],
      );
    };
  return {
    of,
    instance: `c = ${text}`,
    call: 'c(x)',
    inputs: {
      x: tensor(x),
      [path]: tensor(w),
      ...(bias ? { [b]: tensor([isTransposed ? w[1]! : w[0]!]) } : {}),
    },
    resultShape: y,
    formula: formula(x, w, y),
    // How much is added around so that the size stays the same is told for the probe's own.
    ...(!text.includes('same') && { reshaped: (shapes, to) => formula(shapes.x!, shapes[path]!, to) }),
    differentiable: ['x', path, ...(bias ? [b] : [])],
  };
};

const call = ({ of, text, x, w, y, setting }: Case): Probe => {
  const formula =
    (from: Shape, by: Shape, to: Shape): Formula =>
    (v) => {
      const [X, K] = [asImages(from), asImages(by)];
      if (of.startsWith('transposed')) {
        return spread(v.x!, X, v.w!, K, asImages(to).slice(2), settingOf(setting));
      }
      const filters = of.startsWith('convolution') ? turnedRound(v.w!, K) : v.w!;
      return correlated(v.x!, X, filters, K, settingOf(setting));
    };
  return {
    of,
    call: text,
    inputs: { x: tensor(x), w: tensor(w) },
    resultShape: y,
    formula: formula(x, w, y),
    reshaped: (shapes, to) => formula(shapes.x!, shapes.w!, to),
    differentiable: ['x', 'w'],
  };
};

/** Numbers of a lecture. */
const known = (
  of: string,
  text: string,
  x: readonly [Shape, readonly number[]],
  w: readonly [Shape, readonly number[]],
  y: readonly [Shape, readonly number[]],
): Probe => ({
  of,
  call: text,
  inputs: { x: given('f32', ...x), w: given('f32', ...w) },
  resultShape: y[0],
  formula: () => y[1],
  differentiable: ['x', 'w'],
});

const guideImage = [
  [1, 1, 4, 4],
  [4, 5, 8, 7, 1, 8, 8, 8, 3, 6, 6, 4, 6, 5, 7, 8],
] as const;
const guideFilter = [
  [1, 1, 3, 3],
  [1, 4, 1, 1, 4, 3, 3, 3, 1],
] as const;
const signal = [
  [1, 1, 10],
  [1, 4, -1, 0, 2, -2, 1, 3, 3, 1],
] as const;
const oneToFour = [
  [1, 1, 2, 2],
  [1, 2, 3, 4],
] as const;

const knownProbes: readonly Probe[] = [
  known('cross_correlation2d', 'cross_correlation2d(x, w)', guideImage, guideFilter, [
    [1, 1, 2, 2],
    [122, 148, 126, 134],
  ]),
  known('convolution2d', 'convolution2d(x, w)', guideImage, guideFilter, [
    [1, 1, 2, 2],
    [119, 148, 121, 143],
  ]),
  known(
    'transposed_correlation2d',
    'transposed_correlation2d(x, w)',
    [
      [1, 1, 2, 2],
      [1, 1, 1, 1],
    ],
    guideFilter,
    [
      [1, 1, 4, 4],
      [1, 5, 5, 1, 2, 10, 12, 4, 4, 11, 11, 4, 3, 6, 4, 1],
    ],
  ),
  known(
    'transposed_correlation2d',
    'transposed_correlation2d(x, w)',
    [
      [1, 1, 2, 2],
      [122, 148, 126, 134],
    ],
    guideFilter,
    [
      [1, 1, 4, 4],
      [122, 636, 714, 148, 248, 1274, 1620, 578, 492, 1448, 1480, 550, 378, 780, 528, 134],
    ],
  ),
  known(
    'cross_correlation2d',
    'cross_correlation2d(x, w)',
    [
      [1, 1, 3, 3],
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
    oneToFour,
    [
      [1, 1, 2, 2],
      [37, 47, 67, 77],
    ],
  ),
  known(
    'transposed_correlation2d',
    'transposed_correlation2d(x, w)',
    [
      [1, 1, 2, 2],
      [37, 47, 67, 77],
    ],
    oneToFour,
    [
      [1, 1, 3, 3],
      [37, 121, 94, 178, 500, 342, 201, 499, 308],
    ],
  ),
  known(
    'cross_correlation1d',
    'cross_correlation1d(x, w)',
    signal,
    [
      [1, 1, 4],
      [1, 2, 0, -1],
    ],
    [
      [1, 1, 7],
      [9, 0, 1, 3, -5, -3, 6],
    ],
  ),
  // (1 + 2a)(3 + a + a²) = 3 + 7a + 3a² + 2a³.
  known(
    'convolution1d',
    'convolution1d(x, w, pad = 1)',
    [
      [1, 1, 3],
      [3, 1, 1],
    ],
    [
      [1, 1, 2],
      [1, 2],
    ],
    [
      [1, 1, 4],
      [3, 7, 3, 2],
    ],
  ),
];

const paddings = (
  [
    ['1, 4', 3],
    ['8, 4, 3', 2],
    ['7, 3, 2, 2', 4],
    ['9, 1, 3', 0],
  ] as const
).map(
  ([sizes, padding]): Probe => ({
    of: 'same_padding',
    call: `same_padding(${sizes}) * x`,
    inputs: { x: given('f32', [1], [1]) },
    resultShape: [1],
    formula: () => [padding],
    differentiable: ['x'],
  }),
);

const calls: readonly Case[] = [
  {
    of: 'cross_correlation1d',
    text: 'cross_correlation1d(x, w, stride = 2, dilation = 3, left = 4, right = 1)',
    x: [2, 3, 7],
    w: [5, 3, 2],
    y: [2, 5, 5],
    setting: { stride: 2, dilation: 3, pads: [0, 0, 4, 1] },
  },
  { of: 'cross_correlation1d', text: 'cross_correlation1d(x, w)', x: [1, 1, 1], w: [1, 1, 1], y: [1, 1, 1] },
  {
    of: 'cross_correlation2d',
    text: 'cross_correlation2d(x, w, 3, top = 1, bottom = 2, left = 0, right = 1)',
    x: [1, 2, 5, 7],
    w: [3, 2, 2, 5],
    y: [1, 3, 3, 2],
    setting: { stride: 3, pads: [1, 2, 0, 1] },
  },
  {
    of: 'cross_correlation2d',
    text: 'cross_correlation2d(x, w, pad = 2, dilation = 2)',
    x: [3, 3, 3, 3],
    w: [3, 3, 3, 3],
    y: [3, 3, 3, 3],
    setting: { dilation: 2, pads: [2, 2, 2, 2] },
  },
  {
    of: 'cross_correlation2d',
    text: 'cross_correlation2d(x, w, stride = (2, 1), pad = (1, 0), dilation = (1, 2))',
    x: [1, 2, 5, 7],
    w: [3, 2, 2, 3],
    y: [1, 3, 3, 3],
    setting: { stride: [2, 1], dilation: [1, 2], pads: [1, 1, 0, 0] },
  },
  {
    of: 'convolution2d',
    text: 'convolution2d(x, w, pad = (0, 1))',
    x: [1, 2, 3, 5],
    w: [3, 2, 3, 2],
    y: [1, 3, 1, 6],
    setting: { pads: [0, 0, 1, 1] },
  },
  {
    of: 'grouped_correlation2d',
    text: 'grouped_correlation2d(x, w, 2, (2, 1), pad = (0, 1))',
    x: [1, 4, 5, 3],
    w: [6, 2, 2, 2],
    y: [1, 6, 2, 4],
    setting: { stride: [2, 1], groups: 2, pads: [0, 0, 1, 1] },
  },
  {
    of: 'transposed_correlation2d',
    text: 'transposed_correlation2d(x, w, stride = (1, 3), pad = (0, 1), extra = (0, 2))',
    x: [1, 3, 2, 3],
    w: [3, 1, 3, 3],
    y: [1, 1, 4, 9],
    setting: { stride: [1, 3], pads: [0, 0, 1, 1] },
  },
  { of: 'convolution1d', text: 'convolution1d(x, w)', x: [2, 3, 5], w: [2, 3, 3], y: [2, 2, 3] },
  {
    of: 'convolution2d',
    text: 'convolution2d(x, w, pad = 1)',
    x: [1, 2, 3, 5],
    w: [3, 2, 3, 2],
    y: [1, 3, 3, 6],
    setting: { pads: [1, 1, 1, 1] },
  },
  {
    of: 'grouped_correlation1d',
    text: 'grouped_correlation1d(x, w, 3, stride = 2, pad = 1)',
    x: [2, 6, 5],
    w: [3, 2, 3],
    y: [2, 3, 3],
    setting: { stride: 2, groups: 3, pads: [0, 0, 1, 1] },
  },
  {
    of: 'grouped_correlation2d',
    text: 'grouped_correlation2d(x, w, 2, pad = 1, dilation = 2)',
    x: [1, 4, 5, 3],
    w: [6, 2, 2, 2],
    y: [1, 6, 5, 3],
    setting: { dilation: 2, groups: 2, pads: [1, 1, 1, 1] },
  },
  {
    of: 'grouped_correlation1d',
    text: 'grouped_correlation1d(x, w, 2, dilation = 2, left = 3, right = 0)',
    x: [1, 4, 5],
    w: [2, 2, 3],
    y: [1, 2, 4],
    setting: { dilation: 2, groups: 2, pads: [0, 0, 3, 0] },
  },
  {
    of: 'grouped_correlation2d',
    text: 'grouped_correlation2d(x, w, 3, top = 0, bottom = 2, left = 1, right = 0)',
    x: [1, 3, 2, 3],
    w: [3, 1, 3, 2],
    y: [1, 3, 2, 3],
    setting: { groups: 3, pads: [0, 2, 1, 0] },
  },
  {
    of: 'transposed_correlation1d',
    text: 'transposed_correlation1d(x, w, stride = 3, pad = 1, dilation = 2, extra = 2)',
    x: [2, 3, 5],
    w: [3, 2, 3],
    y: [2, 2, 17],
    setting: { stride: 3, dilation: 2, pads: [0, 0, 1, 1] },
  },
  {
    of: 'transposed_correlation2d',
    text: 'transposed_correlation2d(x, w, stride = 2, pad = 1, extra = 1)',
    x: [1, 3, 2, 3],
    w: [3, 1, 3, 3],
    y: [1, 1, 4, 6],
    setting: { stride: 2, pads: [1, 1, 1, 1] },
  },
];

const layers: readonly Case[] = [
  {
    of: 'Conv1d',
    text: 'Conv1d(4, 3, pad = 1)',
    x: [2, 3, 5],
    w: [4, 3, 3],
    y: [2, 4, 5],
    setting: { pads: [0, 0, 1, 1] },
  },
  {
    of: 'Conv1d',
    text: 'Conv1d(2, 4, stride = 3, same = true, bias = false)',
    x: [1, 1, 8],
    w: [2, 1, 4],
    y: [1, 2, 3],
    setting: { stride: 3, pads: [0, 0, 1, 1] },
    bias: false,
  },
  {
    of: 'Conv1d',
    text: 'Conv1d(4, 2, groups = 2)',
    x: [1, 6, 3],
    w: [4, 3, 2],
    y: [1, 4, 2],
    setting: { groups: 2 },
  },
  {
    of: 'Conv1d',
    text: 'Conv1d(3, 2, dilation = 2, left = 2, right = 1)',
    x: [1, 2, 5],
    w: [3, 2, 2],
    y: [1, 3, 6],
    setting: { dilation: 2, pads: [0, 0, 2, 1] },
  },
  {
    of: 'Conv1d',
    text: 'Conv1d(4, dilation = 2, groups = 2, same = true)',
    x: [1, 4, 5],
    w: [4, 2, 3],
    y: [1, 4, 5],
    setting: { dilation: 2, groups: 2, pads: [0, 0, 2, 2] },
  },
  { of: 'Conv2d', text: 'Conv2d(2)', x: [2, 3, 5, 4], w: [2, 3, 3, 3], y: [2, 2, 3, 2] },
  {
    of: 'Conv2d',
    text: 'Conv2d(3, 1, bias = false)',
    x: [1, 2, 1, 3],
    w: [3, 2, 1, 1],
    y: [1, 3, 1, 3],
    bias: false,
  },
  {
    of: 'Conv2d',
    text: 'Conv2d(3, 2, same = true)',
    x: [1, 2, 3, 4],
    w: [3, 2, 2, 2],
    y: [1, 3, 3, 4],
    setting: { pads: [0, 1, 0, 1] },
  },
  {
    of: 'Conv2d',
    text: 'Conv2d(2, stride = 2, same = true, dilation = 2)',
    x: [1, 1, 7, 6],
    w: [2, 1, 3, 3],
    y: [1, 2, 4, 3],
    setting: { stride: 2, dilation: 2, pads: [2, 2, 1, 2] },
  },
  {
    of: 'Conv2d',
    text: 'Conv2d(4, 3, stride = 2, groups = 2, pad = 1)',
    x: [2, 2, 5, 3],
    w: [4, 1, 3, 3],
    y: [2, 4, 3, 2],
    setting: { stride: 2, groups: 2, pads: [1, 1, 1, 1] },
  },
  {
    of: 'Conv2d',
    text: 'Conv2d(2, kernel = (5, 1), stride = (2, 1))',
    x: [1, 1, 7, 3],
    w: [2, 1, 5, 1],
    y: [1, 2, 2, 3],
    setting: { stride: [2, 1] },
  },
  {
    of: 'Conv2d',
    text: 'Conv2d(2, (2, 3), same = true, stride = (1, 2))',
    x: [1, 1, 3, 4],
    w: [2, 1, 2, 3],
    y: [1, 2, 3, 2],
    setting: { stride: [1, 2], pads: [0, 1, 0, 1] },
  },
  {
    of: 'Conv2d',
    text: 'Conv2d(2, (2, 3), stride = (1, 2), top = 1, bottom = 0, left = 0, right = 2)',
    x: [1, 3, 4, 5],
    w: [2, 3, 2, 3],
    y: [1, 2, 4, 3],
    setting: { stride: [1, 2], pads: [1, 0, 0, 2] },
  },
  {
    of: 'Conv2d',
    text: 'Conv2d(2, 2, groups = 2, same = true)',
    x: [1, 2, 3, 5],
    w: [2, 1, 2, 2],
    y: [1, 2, 3, 5],
    setting: { groups: 2, pads: [0, 1, 0, 1] },
  },
  {
    of: 'DepthwiseConv2d',
    text: 'DepthwiseConv2d(2, multiplier = 2)',
    x: [2, 3, 3, 4],
    w: [6, 1, 2, 2],
    y: [2, 6, 2, 3],
    setting: { groups: 3 },
    path: 'c.filter.w',
  },
  {
    of: 'DepthwiseConv2d',
    text: 'DepthwiseConv2d((3, 2), stride = 2, dilation = (1, 2), same = true, bias = false)',
    x: [1, 2, 5, 3],
    w: [2, 1, 3, 2],
    y: [1, 2, 3, 2],
    setting: { stride: 2, dilation: [1, 2], groups: 2, pads: [1, 1, 1, 1] },
    bias: false,
    path: 'c.filter.w',
  },
  {
    of: 'DepthwiseConv2d',
    text: 'DepthwiseConv2d(2, pad = (1, 0))',
    x: [1, 1, 3, 2],
    w: [1, 1, 2, 2],
    y: [1, 1, 4, 1],
    setting: { pads: [1, 1, 0, 0] },
    path: 'c.filter.w',
  },
  {
    of: 'ConvTranspose1d',
    text: 'ConvTranspose1d(3, 4, stride = 2, pad = 1)',
    x: [2, 2, 5],
    w: [2, 3, 4],
    y: [2, 3, 10],
    setting: { stride: 2, pads: [0, 0, 1, 1] },
  },
  {
    of: 'ConvTranspose2d',
    text: 'ConvTranspose2d(2, 2, stride = 2, bias = false)',
    x: [1, 3, 3, 2],
    w: [3, 2, 2, 2],
    y: [1, 2, 6, 4],
    setting: { stride: 2 },
    bias: false,
  },
  {
    of: 'ConvTranspose1d',
    text: 'ConvTranspose1d(2, stride = 2, dilation = 3, extra = 1, bias = false)',
    x: [1, 3, 4],
    w: [3, 2, 3],
    y: [1, 2, 14],
    setting: { stride: 2, dilation: 3 },
    bias: false,
  },
  {
    of: 'ConvTranspose2d',
    text: 'ConvTranspose2d(1, (3, 2), stride = (2, 3), pad = (1, 0), extra = (1, 2))',
    x: [1, 2, 2, 3],
    w: [2, 1, 3, 2],
    y: [1, 1, 4, 10],
    setting: { stride: [2, 3], pads: [1, 1, 0, 0] },
  },
  {
    of: 'ConvTranspose2d',
    text: 'ConvTranspose2d(2, dilation = 2)',
    x: [2, 1, 2, 1],
    w: [1, 2, 3, 3],
    y: [2, 2, 6, 5],
    setting: { dilation: 2 },
  },
];

export const convolutionProbes: readonly Probe[] = [
  ...knownProbes,
  ...paddings,
  ...calls.map(call),
  ...layers.map(layer),
];
