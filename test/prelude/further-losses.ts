/** Losses of margins, classes, regions, words, sequences and generators, each counted in plain loops. */
import { logistic, softmaxOf } from './activations.ts';
import { filled, positions, reader, sumOver } from './arrays.ts';
import {
  average,
  given,
  labels,
  ofAnyShape,
  type Probe,
  type ProbeInput,
  rows,
  type Shape,
  tensor,
  total,
  width,
} from './probe.ts';

type Inputs = Readonly<Record<string, ProbeInput>>;
type Values = Readonly<Record<string, readonly number[]>>;
type Shapes = Readonly<Record<string, Shape>>;

/** Of inputs of any shape. */
const loss = (
  call: string,
  inputs: Inputs,
  formula: (v: Values, shapes: Shapes) => number,
  differentiable: readonly string[],
): Probe =>
  ofAnyShape(
    { of: call.replace(/\(.*/, ''), call, inputs, resultShape: [], differentiable },
    (shapes) => (v) => [formula(v, shapes)],
  );

const dot = (a: readonly number[], b: readonly number[]): number => total(a.map((value, k) => value * b[k]!));
const difference = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.map((x, k) => x - b[k]!);
const length = (a: readonly number[]): number => Math.hypot(...a);
const positive = (x: number): number => Math.max(0, x);

const scores = tensor([5, 4]);
const classes = given('i32', [5], [0, 3, 1, 1, 2]);
const sides = given('f32', [6], [1, -1, 1, 1, -1, -1]);
const margins = given('f32', [6], [0.4, 0.3, -2, 1.7, -0.2, -3]);

/** Of each row of scores and its class. */
const ofRows = (v: Values, { x }: Shapes, cost: (row: readonly number[], t: number) => number): number =>
  average(rows(v.x!, width(x)).map((row, k) => cost(row, v.t![k]!)));

const rivals = (row: readonly number[], t: number): readonly number[] => row.filter((_, c) => c !== t);

const marginProbes: readonly Probe[] = [
  loss(
    'squared_hinge(s, t)',
    { s: margins, t: sides },
    (v) => average(v.s!.map((s, k) => positive(1 - s * v.t![k]!) ** 2)),
    ['s'],
  ),
  loss(
    'multiclass_hinge(x, t)',
    { x: scores, t: classes },
    (v, shapes) => ofRows(v, shapes, (row, t) => total(rivals(row, t).map((s) => positive(1 + s - row[t]!)))),
    ['x'],
  ),
  loss(
    'multiclass_hinge(x, t, margin = 0.3)',
    { x: scores, t: classes },
    (v, shapes) =>
      ofRows(v, shapes, (row, t) => total(rivals(row, t).map((s) => positive(0.3 + s - row[t]!)))),
    ['x'],
  ),
  loss(
    'crammer_singer_hinge(x, t, margin = 0.5)',
    { x: scores, t: classes },
    (v, shapes) => ofRows(v, shapes, (row, t) => positive(0.5 + Math.max(...rivals(row, t)) - row[t]!)),
    ['x'],
  ),
  loss('multiclass_hinge(x, t)', { x: tensor([2, 1]), t: given('i32', [2], [0, 0]) }, () => 0, ['x']),
  ...(
    [
      ['', true],
      [', 2, squared = false', false],
    ] as const
  ).map(([settings, squared]) =>
    loss(
      `triplet(a, p, n${settings})`,
      { a: tensor([5, 3]), p: tensor([5, 3]), n: tensor([5, 3]) },
      (v, shapes) => {
        const [a, p, n] = [v.a!, v.p!, v.n!].map((values) => rows(values, width(shapes.a)));
        const distance = (x: readonly number[], y: readonly number[]): number =>
          length(difference(x, y)) ** (squared ? 2 : 1);
        return average(
          a!.map((row, k) => positive(distance(row, p![k]!) - distance(row, n![k]!) + (squared ? 1 : 2))),
        );
      },
      ['a', 'p', 'n'],
    ),
  ),
  loss(
    'contrastive(a, b, t, margin = 4)',
    { a: tensor([5, 3]), b: tensor([5, 3]), t: given('f32', [5], [1, 0, 0, 1, 0]) },
    (v, shapes) =>
      average(
        rows(v.a!, width(shapes.a)).map((row, k) => {
          const d = length(difference(row, rows(v.b!, width(shapes.b))[k]!));
          return v.t![k] === 1 ? d ** 2 / 2 : positive(4 - d) ** 2 / 2;
        }),
      ),
    ['a', 'b'],
  ),
  ofAnyShape(
    {
      of: 'cosine_similarity',
      call: 'cosine_similarity(a, b)',
      inputs: { a: tensor([2, 3]), b: tensor([2, 3]) },
      resultShape: [2],
      differentiable: ['a', 'b'],
    },
    (shapes) => (v) =>
      rows(v.a!, width(shapes.a)).map((row, k) => cosine(row, rows(v.b!, width(shapes.b))[k]!)),
  ),
  loss(
    'cosine_loss(a, b, t, margin = -0.9)',
    { a: tensor([5, 3]), b: tensor([5, 3]), t: given('f32', [5], [1, -1, 0, 1, -1]) },
    (v, shapes) =>
      average(
        rows(v.a!, width(shapes.a)).map((row, k) => {
          const c = cosine(row, rows(v.b!, width(shapes.b))[k]!);
          return v.t![k]! > 0 ? 1 - c : positive(c + 0.9);
        }),
      ),
    ['a', 'b'],
  ),
];

function cosine(a: readonly number[], b: readonly number[]): number {
  return dot(a, b) / (length(a) * length(b));
}

const logSoftmax = (row: readonly number[]): readonly number[] => softmaxOf(row).map(Math.log);

const classProbes: readonly Probe[] = [
  ofAnyShape(
    {
      of: 'row_cross_entropy',
      call: 'row_cross_entropy(x, t)',
      inputs: { x: scores, t: classes },
      resultShape: [5],
      differentiable: ['x'],
    },
    (shapes) => (v) => rows(v.x!, width(shapes.x)).map((row, k) => -logSoftmax(row)[v.t![k]!]!),
  ),
  loss(
    'weighted_cross_entropy(x, t, w)',
    { x: scores, t: classes, w: tensor([4], [0.5, 2]) },
    (v, shapes) => {
      const weights = v.t!.map((t) => v.w![t]!);
      return (
        total(rows(v.x!, width(shapes.x)).map((row, k) => -weights[k]! * logSoftmax(row)[v.t![k]!]!)) /
        total(weights)
      );
    },
    ['x', 'w'],
  ),
  loss(
    'cross_entropy_ignoring(x, t)',
    { x: scores, t: given('i32', [5], [0, -1, 3, -1, 2]) },
    (v, shapes) => {
      const kept = rows(v.x!, width(shapes.x)).flatMap((row, k) =>
        v.t![k] === -1 ? [] : [-logSoftmax(row)[v.t![k]!]!],
      );
      return kept.length === 0 ? 0 : average(kept);
    },
    ['x'],
  ),
  loss(
    'cross_entropy_ignoring(x, t, ignored = 9)',
    { x: tensor([2, 3]), t: given('i32', [2], [9, 9]) },
    () => 0,
    ['x'],
  ),
  loss(
    'smoothed_cross_entropy(x, t, 0.2)',
    { x: scores, t: classes },
    (v, shapes) =>
      ofRows(
        v,
        shapes,
        (row, t) => -total(logSoftmax(row).map((l, c) => l * ((c === t ? 0.8 : 0) + 0.2 / row.length))),
      ),
    ['x'],
  ),
  loss(
    'focal(z, t)',
    { z: margins, t: given('f32', [6], [1, 0, 0, 1, 1, 0]) },
    (v) =>
      average(
        v.z!.map((z, k) => {
          const p = v.t![k] === 1 ? logistic(z) : 1 - logistic(z);
          return -(v.t![k] === 1 ? 0.25 : 0.75) * (1 - p) ** 2 * Math.log(p);
        }),
      ),
    ['z'],
  ),
  loss(
    'focal(z, t, gamma = 0.5, alpha = 0.6)',
    { z: margins, t: given('f32', [6], [1, 0, 0, 1, 1, 0]) },
    (v) =>
      average(
        v.z!.map((z, k) => {
          const p = v.t![k] === 1 ? logistic(z) : 1 - logistic(z);
          return -(v.t![k] === 1 ? 0.6 : 0.4) * Math.sqrt(1 - p) * Math.log(p);
        }),
      ),
    ['z'],
  ),
  loss(
    'distillation(x, y, temperature = 3)',
    { x: scores, y: tensor([5, 4], [-2, 4]) },
    (v, shapes) =>
      9 *
      average(
        rows(v.x!, width(shapes.x)).map((row, k) => {
          const p = softmaxOf(rows(v.y!, width(shapes.y))[k]!.map((z) => z / 3));
          const q = softmaxOf(row.map((z) => z / 3));
          return total(p.map((value, c) => value * Math.log(value / q[c]!)));
        }),
      ),
    ['x'],
  ),
];

const region = tensor([3, 5], [0.05, 0.95]);
const truth = given('f32', [3, 5], [1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1]);

/** Of the first pair 14960 / (35904 + 29889 - 14960): the example of a lecture is among the numbers of the literature. */
function overlap(a: readonly number[], b: readonly number[]): number {
  const area = ([left, top, right, bottom]: readonly number[]): number =>
    positive(right! - left!) * positive(bottom! - top!);
  const both = area([0, 1, 2, 3].map((k) => (k < 2 ? Math.max : Math.min)(a[k]!, b[k]!)));
  return both / (area(a) + area(b) - both);
}

const regionProbes: readonly Probe[] = [
  loss(
    'smooth_l1(y, t, beta = 0.5)',
    { y: given('f32', [5], [0.2, -0.4, 1.5, -2, 0.1]), t: given('f32', [5], [0, 0, 0, 0, -0.1]) },
    (v) => average(v.y!.map((y, k) => Math.abs(y - v.t![k]!)).map((r) => (r < 0.5 ? r * r : r - 0.25))),
    ['y'],
  ),
  loss(
    'dice(p, t)',
    { p: region, t: truth },
    (v) => 1 - (2 * dot(v.p!, v.t!) + 1) / (total(v.p!) + total(v.t!) + 1),
    ['p'],
  ),
  loss(
    'iou_loss(p, t, smooth = 0.5)',
    { p: region, t: truth },
    (v) => {
      const both = dot(v.p!, v.t!);
      return 1 - (both + 0.5) / (total(v.p!) + total(v.t!) - both + 0.5);
    },
    ['p'],
  ),
  ofAnyShape(
    {
      of: 'box_iou',
      call: 'box_iou(a, b)',
      inputs: {
        a: given('f32', [3, 4], [57, 133, 329, 265, 0, 0, 2, 2, 0, 0, 1, 1]),
        b: given('f32', [3, 4], [153, 95, 396, 218, -1, 1, 1, 4, 3, 3, 4, 5]),
      },
      resultShape: [3],
      differentiable: ['a', 'b'],
    },
    () => (v) => rows(v.a!, 4).map((a, k) => overlap(a, rows(v.b!, 4)[k]!)),
  ),
];

/** All words of a tree, by walking down from the root. */
function wordProbability(W: readonly number[], x: readonly number[], words: number, word: number): number {
  let probability = 1;
  const path = (words + word).toString(2);
  let fork = 1;
  for (const turn of path.slice(1)) {
    const score = dot(rows(W, x.length)[fork]!, x);
    probability *= turn === '0' ? logistic(score) : 1 - logistic(score);
    fork = 2 * fork + Number(turn);
  }
  return probability;
}

const hierarchical = (words: number, t: readonly number[]): Probe =>
  ofAnyShape(
    {
      of: 'HierarchicalSoftmax',
      instance: `h = HierarchicalSoftmax(${words})`,
      call: 'h(x, t)',
      inputs: { x: tensor([t.length, 3]), t: given('i32', [t.length], t), 'h.W': tensor([words, 3]) },
      resultShape: [t.length],
      differentiable: ['x', 'h.W'],
    },
    (shapes) => (v) =>
      rows(v.x!, width(shapes.x)).map((x, b) => Math.log(wordProbability(v['h.W']!, x, words, v.t![b]!))),
  );

/** Of the same row, the probabilities of all words: together 1. */
const wholeTree = (words: number): Probe => ({
  of: 'HierarchicalSoftmax',
  instance: `h = HierarchicalSoftmax(${words})`,
  call: 'sum(exp(h(x, t)))',
  inputs: {
    x: given(
      'f32',
      [words, 3],
      positions(words).flatMap(() => [0.3, -1.2, 0.8]),
    ),
    t: given('i32', [words], positions(words)),
    'h.W': tensor([words, 3]),
  },
  resultShape: [],
  formula: () => [1],
  differentiable: ['h.W'],
});

/** All ways through the frames whose symbols, once repeated ones and blanks are dropped, are the text. */
function writings(p: readonly (readonly number[])[], text: readonly number[]): number {
  const classes = positions(p[0]!.length);
  const walk = (t: number, before: number, written: readonly number[]): number => {
    if (t === p.length) return written.join() === text.join() ? 1 : 0;
    return total(
      classes.map((c) => p[t]![c]! * walk(t + 1, c, c === 0 || c === before ? written : [...written, c])),
    );
  };
  return walk(0, 0, []);
}

const ctc = (
  T: number,
  C: number,
  y: readonly (readonly number[])[],
  frames: readonly number[],
  symbols: readonly number[],
): Probe => {
  const [B, L] = [y.length, y[0]!.length];
  return {
    of: 'ctc',
    call: 'ctc(log_softmax(x), y, frames, symbols)',
    inputs: {
      x: tensor([B, T, C], [-1, 1]),
      y: given('i32', [B, L], y.flat()),
      frames: given('i32', [B], frames),
      symbols: given('i32', [B], symbols),
    },
    resultShape: [],
    formula: (v) => [
      average(
        rows(v.x!, T * C).map((all, b) => {
          const p = rows(all, C).map(softmaxOf).slice(0, frames[b]);
          return -Math.log(writings(p, y[b]!.slice(0, symbols[b])));
        }),
      ),
    ],
    differentiable: ['x'],
  };
};

const wordProbes: readonly Probe[] = [
  loss(
    'negative_sampling(v, u, n)',
    { v: tensor([3, 2], [-1, 1]), u: tensor([3, 2], [-1, 1]), n: tensor([3, 4, 2], [-1, 1]) },
    (x, shapes) =>
      average(
        rows(x.v!, width(shapes.v)).map(
          (v, b) =>
            -Math.log(logistic(dot(rows(x.u!, width(shapes.u))[b]!, v))) -
            total(
              rows(rows(x.n!, shapes.n![1]! * v.length)[b]!, v.length).map((n) =>
                Math.log(logistic(-dot(n, v))),
              ),
            ),
        ),
      ),
    ['v', 'u', 'n'],
  ),
  loss(
    'noise_contrastive(s, q, n, r)',
    { s: tensor([3]), q: tensor([3], [0.05, 0.5]), n: tensor([3, 4]), r: tensor([3, 4], [0.05, 0.5]) },
    (v, shapes) =>
      average(
        v.s!.map((s, b) => {
          const K = width(shapes.n);
          const right = Math.exp(s) / (Math.exp(s) + K * v.q![b]!);
          const wrong = rows(v.n!, K)[b]!.map((n, k) => {
            const noise = K * rows(v.r!, K)[b]![k]!;
            return noise / (Math.exp(n) + noise);
          });
          return -Math.log(right) - total(wrong.map(Math.log));
        }),
      ),
    ['s', 'n'],
  ),
  hierarchical(7, [0, 6, 3, 3]),
  hierarchical(2, [1, 0]),
  hierarchical(1, [0, 0]),
  wholeTree(5),
  wholeTree(8),
  ctc(
    5,
    3,
    [
      [1, 2, 2],
      [2, 1, 0],
    ],
    [5, 4],
    [3, 2],
  ),
  ctc(3, 4, [[3, 1]], [3], [2]),
  ctc(4, 2, [[1], [1]], [4, 1], [1, 1]),
  ctc(
    3,
    3,
    [
      [1, 1],
      [2, 1],
    ],
    [3, 2],
    [2, 0],
  ),
];

const real = tensor([2, 3]);
const made = tensor([5]);
const judged = (call: string, formula: (v: Values) => number): Probe =>
  loss(
    call,
    call.includes('real') ? { real, made } : { made },
    formula,
    call.includes('real') ? ['real', 'made'] : ['made'],
  );

const adversarialProbes: readonly Probe[] = [
  judged(
    'gan_judge(real, made)',
    (v) =>
      -average(v.real!.map((s) => Math.log(logistic(s)))) -
      average(v.made!.map((s) => Math.log(1 - logistic(s)))),
  ),
  judged('gan_generator_minimax(made)', (v) => average(v.made!.map((s) => Math.log(1 - logistic(s))))),
  judged('gan_generator(made)', (v) => -average(v.made!.map((s) => Math.log(logistic(s))))),
  judged(
    'least_squares_judge(real, made)',
    (v) => average(v.real!.map((s) => (s - 1) ** 2)) / 2 + average(v.made!.map((s) => s ** 2)) / 2,
  ),
  judged('least_squares_generator(made)', (v) => average(v.made!.map((s) => (s - 1) ** 2)) / 2),
  judged('wasserstein_critic(real, made)', (v) => average(v.made!) - average(v.real!)),
  judged('wasserstein_generator(made)', (v) => -average(v.made!)),
  loss(
    'gradient_penalty(g)',
    { g: tensor([3, 2, 2]) },
    (v, { g }) => average(rows(v.g!, v.g!.length / g![0]!).map((row) => (length(row) - 1) ** 2)),
    ['g'],
  ),
  // Of a critic with one hidden layer, whose slope is written out by hand.
  {
    ...loss(
      'gradient_penalty(grad(sum(critic(x, W, u)), x), length = 2)',
      { x: tensor([3, 2]), W: tensor([5, 2], [-1, 1]), u: tensor([5]) },
      (v, shapes) =>
        average(
          rows(v.x!, width(shapes.x)).map((x) => {
            const W = rows(v.W!, width(shapes.W));
            const slopes = W.map((w, h) => v.u![h]! / Math.cosh(dot(w, x)) ** 2);
            const slope = x.map((_, i) => total(slopes.map((s, h) => s * W[h]![i]!)));
            return (length(slope) - 2) ** 2;
          }),
        ),
      ['x', 'W', 'u'],
    ),
    helpers: `fn critic(x: f32[N, I], W: f32[H, I], u: f32[H]) -> f32[N] {
  return s[n] = sum[h] u[h] * tanh(sum[i] W[h, i] * x[n, i])
}`,
  },
  loss(
    'cycle_consistency(a, b)',
    { a: tensor([2, 3], [1, 3]), b: tensor([2, 3], [-3, -1]) },
    (v) => average(difference(v.a!, v.b!).map(Math.abs)),
    ['a', 'b'],
  ),
  ofAnyShape(
    {
      of: 'gram_matrix',
      call: 'gram_matrix(x)',
      inputs: { x: tensor([2, 3, 1, 5]) },
      resultShape: [2, 3, 3],
      differentiable: ['x'],
    },
    (shapes) => (v) => {
      const [N, C, H, L] = shapes.x as readonly [number, number, number, number];
      const read = reader(v.x!, shapes.x!);
      return filled([N, C, C], (n, c, d) =>
        sumOver(H, (h) => sumOver(L, (l) => read(n!, c!, h, l) * read(n!, d!, h, l))),
      );
    },
  ),
];

const ties = given('f32', [2, 5], [0.5, 2, 2, -1, 0.5, 3, 3, 3, 4, -2]);

const descending = (row: readonly number[]): readonly number[] =>
  [...positions(row.length)].sort((a, b) => row[b]! - row[a]! || a - b);

/** How many of those down to each that should be found should be. */
function averagePrecision(s: readonly number[], t: readonly number[]): number {
  const wanted = positions(s.length).filter((n) => t[n]! > 0);
  const above = (n: number): readonly number[] => positions(s.length).filter((m) => s[m]! >= s[n]!);
  const shares = wanted.map((n) => above(n).filter((m) => wanted.includes(m)).length / above(n).length);
  return shares.length === 0 ? 0 : average(shares);
}

const rankingProbes: readonly Probe[] = [
  ofAnyShape(
    {
      of: 'places',
      call: 'places(x)',
      inputs: { x: ties },
      resultShape: [2, 5],
      differentiable: [],
    },
    (shapes) => (v) =>
      rows(v.x!, width(shapes.x)).flatMap((row) => row.map((_, c) => descending(row).indexOf(c))),
  ),
  ...[false, true].map(
    (rising): Probe =>
      ofAnyShape(
        {
          of: 'sorted',
          call: `sorted(x, rising = ${rising})`,
          inputs: { x: tensor([2, 7]) },
          resultShape: [2, 7],
          differentiable: ['x'],
        },
        (shapes) => (v) =>
          rows(v.x!, width(shapes.x)).flatMap((row) => [...row].sort((a, b) => (rising ? a - b : b - a))),
      ),
  ),
  ...(['values', 'positions'] as const).map(
    (part): Probe =>
      ofAnyShape(
        {
          of: 'top_k',
          instance: '(values, positions) = top_k(x, 3)',
          call: part === 'values' ? 'values + 0 * positions' : 'positions + 0 * values',
          inputs: { x: part === 'values' ? tensor([2, 5]) : ties },
          resultShape: [2, 3],
          differentiable: part === 'values' ? ['x'] : [],
        },
        (shapes) => (v) =>
          rows(v.x!, width(shapes.x)).flatMap((row) =>
            descending(row)
              .slice(0, 3)
              .map((c) => (part === 'values' ? row[c]! : c)),
          ),
      ),
  ),
  {
    ...loss(
      'top_k_accuracy(x, t, 2)',
      { x: tensor([9, 4]), t: labels([9], 4) },
      (v, shapes) =>
        average(
          rows(v.x!, width(shapes.x)).map((row, k) =>
            descending(row).slice(0, 2).includes(v.t![k]!) ? 1 : 0,
          ),
        ),
      [],
    ),
  },
  ofAnyShape(
    {
      of: 'average_precision',
      call: 'average_precision(s, t)',
      inputs: {
        s: given('f32', [2, 5], [0.9, 0.8, 0.7, 0.6, 0.5, 0.1, 0.2, 0.3, 0.4, 0.5]),
        t: given('f32', [2, 5], [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]),
      },
      resultShape: [2],
      differentiable: [],
    },
    (shapes) => (v) =>
      rows(v.s!, width(shapes.s)).map((s, k) => averagePrecision(s, rows(v.t!, width(shapes.t))[k]!)),
  ),
  loss(
    'mean_average_precision(s, t)',
    {
      s: given('f32', [4, 3], [0.9, 0.1, 0.5, 0.8, 0.9, 0.5, 0.7, 0.2, 0.5, 0.6, 0.3, 0.5]),
      t: given('f32', [4, 3], [1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]),
    },
    (v, shapes) => {
      const column = (of: readonly number[], c: number): readonly number[] =>
        rows(of, width(shapes.s)).map((row) => row[c]!);
      const classes = positions(width(shapes.s)).filter((c) => column(v.t!, c).includes(1));
      const found = classes.map((c) => averagePrecision(column(v.s!, c), column(v.t!, c)));
      return found.length === 0 ? 0 : average(found);
    },
    [],
  ),
  loss(
    'perplexity(x, t)',
    { x: scores, t: classes },
    (v, shapes) => Math.exp(ofRows(v, shapes, (row, t) => -logSoftmax(row)[t]!)),
    ['x'],
  ),
];

export const furtherLossProbes: readonly Probe[] = [
  ...marginProbes,
  ...classProbes,
  ...regionProbes,
  ...wordProbes,
  ...adversarialProbes,
  ...rankingProbes,
];
