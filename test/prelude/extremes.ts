/** Calls at the edge of f32, with the values and gradients that they must give. */
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { tensor64 } from './harness.ts';
import { given, type ProbeInput } from './probe.ts';
import { typeText } from './probe-model.ts';

export interface Extreme {
  readonly call: string;
  readonly x: ProbeInput;
  readonly t?: ProbeInput;
  readonly resultShape: readonly number[];
  readonly value: readonly number[];
  /** The gradient by x of sum(weights * value). */
  readonly weights: readonly number[];
  readonly gradient: readonly number[];
}

const vector = (values: readonly number[]): ProbeInput => given('f32', [values.length], values);

const elementwise = (
  call: string,
  x: readonly number[],
  value: readonly number[],
  gradient: readonly number[],
): Extreme => ({ call, x: vector(x), resultShape: [x.length], value, weights: x.map(() => 1), gradient });

/** A loss: one number. */
const loss = (
  call: string,
  x: ProbeInput,
  t: ProbeInput,
  value: number,
  gradient: readonly number[],
): Extreme => ({
  call,
  x,
  t,
  resultShape: [],
  value: [value],
  weights: [1],
  gradient,
});

const far = [-1000, -100, 100, 1000];
const logits = given('f32', [2, 3], [1000, -1000, 0, -1000, 1000, 1000]);
const crossEntropy = (2000 + Math.LN2) / 2;
const pulls = [0, 0, 0, -0.5, 0.25, 0.25];

export const extremes: readonly Extreme[] = [
  loss('cross_entropy(x, t)', logits, given('i32', [2], [0, 0]), crossEntropy, pulls),
  loss('cross_entropy(x, t)', logits, given('f32', [2, 3], [1, 0, 0, 1, 0, 0]), crossEntropy, pulls),
  {
    call: 'softmax(x)',
    x: given('f32', [1, 4], [1000, -1000, 1000, -1000]),
    resultShape: [1, 4],
    value: [0.5, 0, 0.5, 0],
    weights: [1, 2, 3, 4],
    gradient: [-0.5, 0, 0.5, 0],
  },
  {
    call: 'log_softmax(x)',
    x: given('f32', [1, 2], [1000, -1000]),
    resultShape: [1, 2],
    value: [0, -2000],
    weights: [0, 1],
    gradient: [-1, 1],
  },
  loss(
    'bce_with_logits(x, t)',
    vector([100, -100, 100, -100, 0]),
    vector([1, 0, 0, 1, 1]),
    (200 + Math.LN2) / 5,
    [0, 0, 0.2, -0.2, -0.1],
  ),
  loss('bce(x, t)', vector([0, 1]), vector([0, 1]), 0, [0, 0]),
  loss('logistic_margin(x, t)', vector([-1000, 1000]), vector([1, 1]), 500, [-0.5, 0]),
  loss('hinge(x, t)', vector([1, 1000, -1000]), vector([1, 1, 1]), 1001 / 3, [0, 0, -1 / 3]),
  loss('perceptron_criterion(x, t)', vector([0, 1000]), vector([1, -1]), 500, [-0.5, 0.5]),
  loss('kl(x, t)', given('f32', [1, 2], [0, 1]), given('f32', [1, 2], [0, 1]), 0, [0, 1]),
  // The slope of a root has no end at 0; here it has none.
  {
    call: 'lq(x, 0.5)',
    x: vector([0, 4, -9]),
    resultShape: [],
    value: [5],
    weights: [1],
    gradient: [0, 1 / 4, -1 / 6],
  },
  elementwise('sigmoid(x)', far, [0, 0, 1, 1], [0, 0, 0, 0]),
  elementwise('softplus(x)', far, [0, 0, 100, 1000], [0, 0, 1, 1]),
  elementwise('elu(x)', far, [-1, -1, 100, 1000], [0, 0, 1, 1]),
  elementwise('gelu(x)', [-100, 100], [0, 100], [0, 1]),
  elementwise('gelu_tanh(x)', [-100, 100], [0, 100], [0, 1]),
  elementwise('silu(x)', far, [0, 0, 100, 1000], [0, 0, 1, 1]),
  elementwise('relu(x)', [0], [0], [0]),
];

export const modelOf = ({ call, x, t, resultShape }: Extreme): string =>
  `model edge {
  input x: ${typeText(x.type, x.shape)}
  ${t === undefined ? '' : `input t: ${typeText(t.type, t.shape)}`}
  input weights: ${typeText('f32', resultShape)}
  output y = ${call}
  total = ${resultShape.length === 0 ? 'y * weights' : 'sum(y * weights)'}
  output slope = grad(total, x)
}
`;

export const feedsOf = ({ x, t, weights, resultShape }: Extreme): Readonly<Record<string, Tensor64>> => ({
  x: tensor64(x.shape, x.values!),
  ...(t === undefined ? {} : { t: tensor64(t.shape, t.values!) }),
  weights: tensor64(resultShape, weights),
});

export const titleOf = ({ call, x, t }: Extreme): string =>
  `${call} at ${x.values}${t === undefined ? '' : `, ${t.type}`}`;
