/** Numbers at the edge of f32: values and gradients stay finite, and right. */
import { describe, expect, it } from 'vitest';
import { evaluateWith, graphOf, tensor64 } from './harness.ts';
import { given, type ProbeInput } from './probe.ts';

interface Extreme {
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

const cases: readonly Extreme[] = [
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
  elementwise('sigmoid(x)', far, [0, 0, 1, 1], [0, 0, 0, 0]),
  elementwise('softplus(x)', far, [0, 0, 100, 1000], [0, 0, 1, 1]),
  elementwise('elu(x)', far, [-1, -1, 100, 1000], [0, 0, 1, 1]),
  elementwise('gelu(x)', [-100, 100], [0, 100], [0, 1]),
  elementwise('gelu_tanh(x)', [-100, 100], [0, 100], [0, 1]),
  elementwise('silu(x)', far, [0, 0, 100, 1000], [0, 0, 1, 1]),
  elementwise('relu(x)', [0], [0], [0]),
];

const typeText = (dtype: string, shape: readonly number[]): string =>
  shape.length === 0 ? dtype : `${dtype}[${shape.join(', ')}]`;

const modelOf = ({ call, x, t, resultShape }: Extreme): string =>
  `model edge {
  input x: ${typeText(x.type, x.shape)}
  ${t === undefined ? '' : `input t: ${typeText(t.type, t.shape)}`}
  input weights: ${typeText('f32', resultShape)}
  output y = ${call}
  total = ${resultShape.length === 0 ? 'y * weights' : 'sum(y * weights)'}
  output slope = grad(total, x)
}
`;

describe.each(cases.map((extreme) => [`${extreme.call} at ${extreme.x.values}`, extreme] as const))(
  '%s',
  (_, extreme) => {
    const { x, t, resultShape, weights } = extreme;
    const { results } = evaluateWith(graphOf(modelOf(extreme), 'run'), {
      x: tensor64(x.shape, x.values!),
      ...(t === undefined ? {} : { t: tensor64(t.shape, t.values!) }),
      weights: tensor64(resultShape, weights),
    });

    it.each([
      ['y', extreme.value],
      ['slope', extreme.gradient],
    ])('%s is finite and right', (name, expected) => {
      const { data } = results.get(name)!;
      for (const [k, value] of expected.entries()) expect(data[k]).toBeCloseTo(value, 6);
    });
  },
);
