/**
 * Constructors for the partial derivatives in the table: f32 operands in, f32 (or bool) expressions out.
 * They stand apart from `build.ts`, which needs the table that they help to fill.
 */
import type { Call, Expr } from '../expr.ts';

export const number = (value: number): Expr => ({ kind: 'constant', dtype: 'f32', value });
const float = (fn: Call['fn'], ...operands: readonly Expr[]): Expr => ({
  kind: 'call',
  dtype: 'f32',
  fn,
  operands,
});

export const plus = (a: Expr, b: Expr): Expr => float('add', a, b);
export const minus = (a: Expr, b: Expr): Expr => float('subtract', a, b);
export const times = (a: Expr, b: Expr): Expr => float('multiply', a, b);
export const over = (a: Expr, b: Expr): Expr => float('divide', a, b);
export const negative = (a: Expr): Expr => float('negate', a);
export const square = (a: Expr): Expr => float('multiply', a, a);
export const squareRoot = (a: Expr): Expr => float('sqrt', a);
export const exponential = (a: Expr): Expr => float('exp', a);
export const logarithm = (a: Expr): Expr => float('log', a);
export const sine = (a: Expr): Expr => float('sin', a);
export const cosine = (a: Expr): Expr => float('cos', a);
export const hyperbolicSine = (a: Expr): Expr => float('sinh', a);
export const hyperbolicCosine = (a: Expr): Expr => float('cosh', a);
export const roundDown = (a: Expr): Expr => float('floor', a);
export const signOf = (a: Expr): Expr => float('sign', a);
export const power = (a: Expr, exponent: Expr): Expr => float('power', a, exponent);
export const toFloat = (a: Expr): Expr => float('to_f32', a);

export const atLeast = (a: Expr, b: Expr): Expr => ({
  kind: 'call',
  dtype: 'bool',
  fn: 'greater_equal',
  operands: [a, b],
});
export const atMost = (a: Expr, b: Expr): Expr => ({
  kind: 'call',
  dtype: 'bool',
  fn: 'less_equal',
  operands: [a, b],
});

export const choose = (condition: Expr, then: Expr, otherwise: Expr): Expr => ({
  kind: 'select',
  dtype: then.dtype,
  condition,
  then,
  otherwise,
});
