/** The losses and penalties, each with its textbook formula. */
import { elementCount } from '../../runtime/extents.ts';
import { logistic, softmaxOf } from './activations.ts';
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

type Pair = (prediction: number, target: number) => number;

/** A mean over pairs of a prediction y and a target t. */
const pairs = (of: string, formula: Pair, y: ProbeInput, t: ProbeInput, call = `${of}(y, t)`): Probe =>
  ofAnyShape({ of, call, inputs: { y, t }, resultShape: [], differentiable: ['y'] }, () => (inputs) => [
    average(inputs.y!.map((value, k) => formula(value, inputs.t![k]!))),
  ]);

const residuals = given('f32', [2, 3], [0.4, -2.2, 1.9, 0.1, -0.6, 3.1]);
const zeros = given('f32', [2, 3], [0, 0.1, -0.2, 0.3, 0, -0.1]);
const probabilities = tensor([2, 3], [0.05, 0.95]);
const truths = given('f32', [2, 3], [0, 1, 1, 0, 0.3, 1]);
const sides = given('f32', [2, 3], [-1, 1, 1, -1, 1, -1]);
const scores = given('f32', [2, 3], [0.4, -0.7, 2.5, -1.9, 0.3, 0.8]);

const entropy = (p: number, t: number): number => -(t * Math.log(p) + (1 - t) * Math.log(1 - p));

const distribution = (shape: readonly number[]): ProbeInput => {
  const width = shape.at(-1)!;
  const raw = Array.from({ length: elementCount(shape) }, (_, k) => 1 + ((k * 7) % 5));
  return given(
    'f32',
    shape,
    rows(raw, width).flatMap((row) => row.map((value) => value / total(row))),
  );
};

const rowsOf = (shape: Shape | undefined): number => elementCount(shape!.slice(0, -1));

const picked = (logProbabilities: readonly number[], t: readonly number[], width: number): number =>
  -average(rows(logProbabilities, width).map((row, k) => row[t[k]!]!));

const logSoftmax = (x: readonly number[], width: number): readonly number[] =>
  rows(x, width).flatMap((row) => softmaxOf(row).map(Math.log));

const soft = (x: readonly number[], t: readonly number[], width: number): number =>
  -total(logSoftmax(x, width).map((value, k) => t[k]! * value)) / (x.length / width);

export const lossProbes: readonly Probe[] = [
  pairs('mse', (y, t) => (y - t) ** 2, residuals, zeros),
  pairs('mae', (y, t) => Math.abs(y - t), residuals, zeros),
  pairs(
    'huber',
    (y, t) => (Math.abs(y - t) <= 1 ? (y - t) ** 2 / 2 : Math.abs(y - t) - 0.5),
    residuals,
    zeros,
  ),
  pairs(
    'huber',
    (y, t) => (Math.abs(y - t) <= 2 ? (y - t) ** 2 / 2 : 2 * (Math.abs(y - t) - 1)),
    residuals,
    zeros,
    'huber(y, t, delta = 2)',
  ),
  pairs('bce', entropy, probabilities, truths),
  pairs('bce_with_logits', (z, t) => entropy(logistic(z), t), scores, truths),
  ofAnyShape(
    {
      of: 'nll',
      call: 'nll(p, t)',
      inputs: { p: tensor([2, 3, 4]), t: labels([2, 3], 4) },
      resultShape: [],
      differentiable: ['p'],
    },
    (shapes) =>
      ({ p, t }) => [picked(p!, t!, width(shapes.p))],
  ),
  ofAnyShape(
    {
      of: 'cross_entropy',
      call: 'cross_entropy(x, t)',
      inputs: { x: tensor([5, 4]), t: labels([5], 4) },
      resultShape: [],
      differentiable: ['x'],
    },
    (shapes) =>
      ({ x, t }) => [picked(logSoftmax(x!, width(shapes.x)), t!, width(shapes.x))],
  ),
  ofAnyShape(
    {
      of: 'cross_entropy',
      call: 'cross_entropy(x, t)',
      inputs: { x: tensor([3, 4]), t: given('f32', [3, 4], [0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0]) },
      resultShape: [],
      differentiable: ['x'],
    },
    (shapes) =>
      ({ x, t }) => [soft(x!, t!, width(shapes.x))],
  ),
  ofAnyShape(
    {
      of: 'soft_cross_entropy',
      call: 'soft_cross_entropy(x, t)',
      inputs: { x: tensor([2, 2, 3]), t: distribution([2, 2, 3]) },
      resultShape: [],
      differentiable: ['x', 't'],
    },
    (shapes) =>
      ({ x, t }) => [soft(x!, t!, width(shapes.x))],
  ),
  pairs('hinge', (s, t) => Math.max(0, 1 - t * s), scores, sides),
  pairs('logistic_margin', (s, t) => Math.log(1 + Math.exp(-t * s)), scores, sides),
  pairs('exponential_margin', (s, t) => Math.exp(-t * s), scores, sides),
  pairs('perceptron_criterion', (s, t) => Math.max(0, -t * s), scores, sides),
  ofAnyShape(
    {
      of: 'kl',
      call: 'kl(p, q)',
      inputs: { p: distribution([2, 3]), q: tensor([2, 3], [0.1, 0.9]) },
      resultShape: [],
      differentiable: ['p', 'q'],
    },
    (shapes) =>
      ({ p, q }) => [total(p!.map((value, k) => value * Math.log(value / q![k]!))) / rowsOf(shapes.p)],
  ),
  ofAnyShape(
    {
      of: 'entropy',
      call: 'entropy(p)',
      inputs: { p: distribution([2, 3]) },
      resultShape: [],
      differentiable: ['p'],
    },
    (shapes) =>
      ({ p }) => [-total(p!.map((value) => value * Math.log(value))) / rowsOf(shapes.p)],
  ),
  ofAnyShape(
    {
      of: 'jsd',
      call: 'jsd(p, q)',
      inputs: { p: distribution([2, 3]), q: tensor([2, 3], [0.1, 0.9]) },
      resultShape: [],
      differentiable: ['p', 'q'],
    },
    (shapes) =>
      ({ p, q }) => {
        const from = (a: readonly number[], b: readonly number[]): number =>
          total(a.map((value, k) => value * Math.log((2 * value) / (value + b[k]!)))) / rowsOf(shapes.p);
        return [(from(p!, q!) + from(q!, p!)) / 2];
      },
  ),
  ofAnyShape(
    {
      of: 'gaussian_log_likelihood',
      call: 'gaussian_log_likelihood(y, t, precision = 2.5)',
      inputs: { y: residuals, t: zeros },
      resultShape: [],
      differentiable: ['y'],
    },
    () =>
      ({ y, t }) => [
        average(y!.map((value, k) => Math.log(2.5 / (2 * Math.PI)) / 2 - 1.25 * (t![k]! - value) ** 2)),
      ],
  ),
  // Its precision may be trained: one, or one for each element.
  ...[[1], [2, 3]].map(
    (shape): Probe => ({
      of: 'gaussian_log_likelihood',
      call: 'gaussian_log_likelihood(y, t, b)',
      inputs: { y: residuals, t: zeros, b: tensor(shape, [0.5, 2]) },
      resultShape: [],
      formula: ({ y, t, b }) => [
        average(
          y!.map((value, k) => {
            const beta = b![k % b!.length]!;
            return 0.5 * Math.log(beta / (2 * Math.PI)) - (beta / 2) * (t![k]! - value) ** 2;
          }),
        ),
      ],
      differentiable: ['y', 't', 'b'],
    }),
  ),
  ofAnyShape(
    {
      of: 'l1',
      call: 'l1(w)',
      inputs: { w: residuals },
      resultShape: [],
      differentiable: ['w'],
    },
    () =>
      ({ w }) => [total(w!.map(Math.abs))],
  ),
  ofAnyShape(
    {
      of: 'l2',
      call: 'l2(w)',
      inputs: { w: tensor([2, 3]) },
      resultShape: [],
      differentiable: ['w'],
    },
    () =>
      ({ w }) => [total(w!.map((value) => value * value))],
  ),
  ...[0.5, 1.5, 4].map(
    (q): Probe => ({
      of: 'lq',
      call: `lq(w, ${q})`,
      inputs: { w: residuals },
      resultShape: [],
      formula: ({ w }) => [total(w!.map((value) => Math.abs(value) ** q))],
      differentiable: ['w'],
    }),
  ),
];
