/** The elementary functions and activations, each with its textbook formula. */
import {
  type Formula,
  given,
  labels,
  type Probe,
  positionOfLargest,
  rows,
  type Shape,
  tensor,
  total,
} from './probe.ts';

/** 2/sqrt(pi) times the integral of exp(-t^2), by Simpson's rule. */
export function erf(x: number): number {
  const parts = 400;
  const width = x / parts;
  const value = (k: number): number => Math.exp(-((k * width) ** 2));
  let sum = value(0) + value(parts);
  for (let k = 1; k < parts; k++) sum += (k % 2 === 1 ? 4 : 2) * value(k);
  return ((2 / Math.sqrt(Math.PI)) * sum * width) / 3;
}

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const softmaxOf = (row: readonly number[]): readonly number[] => {
  const sum = total(row.map(Math.exp));
  return row.map((x) => Math.exp(x) / sum);
};

/** On 6 numbers, away from 0, where several have a kink. */
const elementwise = (of: string, f: (x: number) => number, call = `${of}(x)`): Probe => {
  const formula: Formula = ({ x }) => x!.map(f);
  return {
    of,
    call,
    inputs: { x: given('f32', [2, 3], [-2.7, -1.1, -0.3, 0.2, 0.9, 2.6]) },
    resultShape: [2, 3],
    formula,
    reshaped: () => formula,
    differentiable: ['x'],
  };
};

/** Along the last axis. */
const rowwise = (of: string, shape: Shape, f: (row: readonly number[]) => readonly number[]): Probe => {
  const formula =
    (own: Shape): Formula =>
    ({ x }) =>
      rows(x!, own.at(-1)!).flatMap(f);
  return {
    of,
    call: `${of}(x)`,
    inputs: { x: tensor(shape) },
    resultShape: shape,
    formula: formula(shape),
    reshaped: ({ x }) => formula(x!),
    differentiable: ['x'],
  };
};

/** Where the pieces of straight lines end, too. */
const wide = (of: string, formula: (x: number) => number): Probe => ({
  ...elementwise(of, formula),
  inputs: { x: given('f32', [2, 3], [-7.5, -2.9, -0.5, 0.5, 2.9, 6.5]) },
});

const alpha = 1.6732632423543772;
const scale = 1.0507009873554805;

export const activationProbes: readonly Probe[] = [
  elementwise('clamp', (x) => Math.min(Math.max(x, -1), 2), 'clamp(x, -1, 2)'),
  {
    of: 'one_hot',
    call: 'one_hot(t, 4)',
    inputs: { t: labels([2, 3], 4) },
    resultShape: [2, 3, 4],
    formula: ({ t }) => t!.flatMap((k) => [0, 1, 2, 3].map((c) => (c === k ? 1 : 0))),
    differentiable: [],
  },
  elementwise('relu', (x) => Math.max(x, 0)),
  elementwise('leaky_relu', (x) => (x > 0 ? x : 0.01 * x)),
  elementwise('leaky_relu', (x) => (x > 0 ? x : 0.3 * x), 'leaky_relu(x, slope = 0.3)'),
  elementwise('elu', (x) => (x > 0 ? x : Math.exp(x) - 1)),
  elementwise('elu', (x) => (x > 0 ? x : 0.5 * (Math.exp(x) - 1)), 'x |> elu(0.5)'),
  elementwise('selu', (x) => scale * (x > 0 ? x : alpha * (Math.exp(x) - 1))),
  elementwise('sigmoid', logistic),
  elementwise('softplus', (x) => Math.log(1 + Math.exp(x))),
  elementwise('gelu', (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))),
  elementwise(
    'gelu_tanh',
    (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ),
  elementwise('silu', (x) => x * logistic(x)),
  elementwise('mish', (x) => x * Math.tanh(Math.log(1 + Math.exp(x)))),
  elementwise('softsign', (x) => x / (1 + Math.abs(x))),
  wide('relu6', (x) => Math.min(Math.max(x, 0), 6)),
  wide('hard_sigmoid', (x) => Math.min(Math.max((x + 3) / 6, 0), 1)),
  wide('hard_swish', (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6),
  wide('hard_tanh', (x) => Math.max(-1, Math.min(x, 1))),
  elementwise('log_sigmoid', (x) => Math.log(logistic(x))),
  elementwise('celu', (x) => (x > 0 ? x : Math.exp(x) - 1)),
  elementwise(
    'celu',
    (x) => Math.max(0, x) + Math.min(0, 2.5 * (Math.exp(x / 2.5) - 1)),
    'celu(x, alpha = 2.5)',
  ),
  {
    of: 'glu',
    call: 'glu(x)',
    inputs: { x: tensor([3, 2, 6]) },
    resultShape: [3, 2, 3],
    formula: ({ x }) => rows(x!, 6).flatMap((row) => [0, 1, 2].map((c) => row[c]! * logistic(row[c + 3]!))),
    differentiable: ['x'],
  },
  {
    of: 'maxout',
    call: 'maxout(x, pieces = 3)',
    inputs: { x: tensor([2, 6]) },
    resultShape: [2, 2],
    formula: ({ x }) => rows(x!, 3).map((group) => group[positionOfLargest(group)]!),
    differentiable: ['x'],
  },
  rowwise('softmax', [2, 3, 4], softmaxOf),
  rowwise('log_softmax', [3, 4], (row) => softmaxOf(row).map(Math.log)),
];
