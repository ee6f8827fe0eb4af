/** Jacobians and Hessians as values, against what they are by hand. */
import { describe, expect, it } from 'vitest';
import { expectClose, modelWith, resultOf } from './lowered.ts';

const kernel = [
  [1, 4, 1],
  [1, 4, 3],
  [3, 3, 1],
];
/** The matrix of the convolution of a 4x4 image, a row for each of the 2x2 results. */
const matrix = ['1410143033100000', '0141014303310000', '0000141014303310', '0000014101430331'];

describe('jacobian', () => {
  it('of a convolution is its matrix', () => {
    const text = modelWith(`input x: f32[4, 4]
  input k: f32[3, 3]
  y[a: 2, b: 2] = sum[u, v] k[u, v] * x[a + u, b + v]
  output J = jacobian(y, x)`);
    const x = [0, 1, 2, 3].map((a) => [0, 1, 2, 3].map((b) => 4 * a + b));
    expectClose(
      resultOf(text, 'J', { x, k: kernel }),
      matrix.flatMap((row) => [...row].map(Number)),
    );
  });

  it('of a gradient is the Hessian, and Newton gets to the minimum of a quadratic in one step', () => {
    const text = modelWith(`input x: f32[2]
  f = 2 * x[0]**2 + x[0] * x[1] + x[1]**2 - 3 * x[0] + x[1]**3 / 6
  g = grad(f, x)
  output H = jacobian(g, x)
  q = 2 * x[0]**2 + x[0] * x[1] + x[1]**2 - 3 * x[0]
  d = grad(q, x)
  Q = jacobian(d, x)
  det = Q[0, 0] * Q[1, 1] - Q[0, 1] * Q[1, 0]
  output next = stack(x[0] - (Q[1, 1] * d[0] - Q[0, 1] * d[1]) / det, x[1] - (Q[0, 0] * d[1] - Q[1, 0] * d[0]) / det)`);
    const x = [5, -3];
    expectClose(resultOf(text, 'H', { x }), [4, 1, 1, 2 - 3]);
    // 4a + b = 3, a + 2b = 0.
    expectClose(resultOf(text, 'next', { x }), [6 / 7, -3 / 7]);
  });

  it('of one number is its gradient, and of an expression is that of its elements', () => {
    const text = modelWith(`input x: f32[3]
  output a = jacobian(sum(x * x), x)
  output b = jacobian(x * x, x)
  output t = sum[i] b[i, i]`);
    const x = [1, 2, 3];
    expectClose(resultOf(text, 'a', { x }), [2, 4, 6]);
    expectClose(resultOf(text, 'b', { x }), [2, 0, 0, 0, 4, 0, 0, 0, 6]);
    expect(resultOf(text, 't', { x })[0]).toBeCloseTo(12, 6);
  });
});
