/**
 * Rules for arithmetic. They hold for real numbers and keep f32 results within rounding; `x * 0` and `0 / x`
 * become 0 because values are taken to be finite: a NaN or an infinity behind them is lost.
 *
 * Signs and constants move outward and to the front, so that a derivative reads as on a slide:
 * `a + -b` is `a - b`, `x * (1 / y)` is `x / y`. A factor moves into a choice that is 0 elsewhere, so that
 * what the other branch would multiply is never computed.
 */
import { add, constant, divide, isConstant, multiply, negate, select, subtract } from '../build.ts';
import type { Call, Constant, Expr } from '../expr.ts';
import { type CallRules, operandOf, operandsOf, type Rule } from './rule.ts';

const rule = (name: string, apply: Rule<Call>['apply']): Rule<Call> => ({ name, apply });

/** A rule on the two operands. */
const binary = (name: string, apply: (a: Expr, b: Expr) => Expr | undefined): Rule<Call> =>
  rule(name, ({ operands }) => apply(operands[0]!, operands[1]!));

const unary = (name: string, apply: (a: Expr) => Expr | undefined): Rule<Call> =>
  rule(name, ({ operands }) => apply(operands[0]!));

const isZero = (e: Expr): boolean => isConstant(e, 0);

/** The constant with its sign changed, if it is negative and its type can hold that. */
function flipped(e: Expr): Constant | undefined {
  if (e.kind !== 'constant' || !(e.value < 0) || e.value === -2_147_483_648) return undefined;
  return constant(-e.value, e.dtype);
}

/** `-e`, where that is simpler than a negation: a negation, a product with a negative constant, its quotient. */
function opposite(e: Expr): Expr | undefined {
  const inner = operandOf(e, 'negate');
  if (inner !== undefined) return inner;
  const product = operandsOf(e, 'multiply');
  const factor = product === undefined ? undefined : flipped(product[0]);
  if (product !== undefined && factor !== undefined) return multiply(factor, product[1]);
  const quotient = e.dtype === 'f32' ? operandsOf(e, 'divide') : undefined;
  const dividend = quotient === undefined ? undefined : opposite(quotient[0]);
  if (quotient !== undefined && dividend !== undefined) return divide(dividend, quotient[1]);
  return flipped(e);
}

/** `map` on the branch that counts of a choice that is else 0. */
function inside(e: Expr, map: (branch: Expr) => Expr): Expr | undefined {
  if (e.kind !== 'select') return undefined;
  if (isZero(e.otherwise)) return select(e.condition, map(e.then), e.otherwise);
  return isZero(e.then) ? select(e.condition, e.then, map(e.otherwise)) : undefined;
}

const addition: readonly Rule<Call>[] = [
  binary('x + 0 = x', (a, b) => (isZero(b) ? a : isZero(a) ? b : undefined)),
  binary('x + -y = x - y', (a, b) => {
    const y = opposite(b);
    return y === undefined ? undefined : subtract(a, y);
  }),
  binary('-x + y = y - x', (a, b) => {
    const x = operandOf(a, 'negate');
    return x === undefined ? undefined : subtract(b, x);
  }),
];

const subtraction: readonly Rule<Call>[] = [
  binary('x - 0 = x', (a, b) => (isZero(b) ? a : undefined)),
  binary('0 - x = -x', (a, b) => (isZero(a) && b.dtype !== 'u32' ? negate(b) : undefined)),
  binary('x - -y = x + y', (a, b) => {
    const y = opposite(b);
    return y === undefined ? undefined : add(a, y);
  }),
];

const negation: readonly Rule<Call>[] = [
  unary('-(-x) = x', (a) => operandOf(a, 'negate')),
  unary('-(x - y) = y - x', (a) => {
    const parts = operandsOf(a, 'subtract');
    return parts === undefined ? undefined : subtract(parts[1], parts[0]);
  }),
  unary('-(c * x) = -c * x', (a) => {
    const parts = operandsOf(a, 'multiply');
    if (parts === undefined || !canFlip(parts[0])) return undefined;
    return multiply(constant(-parts[0].value, a.dtype), parts[1]);
  }),
  unary('-(c / x) = -c / x', (a) => {
    const parts = a.dtype === 'f32' ? operandsOf(a, 'divide') : undefined;
    if (parts === undefined || !canFlip(parts[0])) return undefined;
    return divide(constant(-parts[0].value, a.dtype), parts[1]);
  }),
  unary('-(if c then x else 0) = if c then -x else 0', (a) => inside(a, negate)),
];

const canFlip = (e: Expr): e is Constant => e.kind === 'constant' && e.value !== -2_147_483_648;

const multiplication: readonly Rule<Call>[] = [
  binary('x * 1 = x', (a, b) => (isConstant(b, 1) ? a : isConstant(a, 1) ? b : undefined)),
  binary('x * 0 = 0', (a, b) =>
    isZero(b) ? constant(0, b.dtype) : isZero(a) ? constant(0, a.dtype) : undefined,
  ),
  binary('x * -1 = -x', (a, b) =>
    isConstant(b, -1) ? negate(a) : isConstant(a, -1) ? negate(b) : undefined,
  ),
  binary('x * c = c * x', (a, b) =>
    b.kind === 'constant' && a.kind !== 'constant' ? multiply(b, a) : undefined,
  ),
  binary('-x * y = -(x * y)', (a, b) => {
    const x = operandOf(a, 'negate');
    return x === undefined ? undefined : negate(multiply(x, b));
  }),
  binary('x * -y = -(x * y)', (a, b) => {
    const y = operandOf(b, 'negate');
    return y === undefined ? undefined : negate(multiply(a, y));
  }),
  binary('c * (d * x) = (c * d) * x', (a, b) => {
    const parts = a.kind === 'constant' ? operandsOf(b, 'multiply') : undefined;
    return parts?.[0].kind === 'constant' ? multiply(multiply(a, parts[0]), parts[1]) : undefined;
  }),
  binary('(c * x) * y = c * (x * y)', (a, b) => {
    const parts = operandsOf(a, 'multiply');
    return parts?.[0].kind === 'constant' ? multiply(parts[0], multiply(parts[1], b)) : undefined;
  }),
  binary('x * (c * y) = c * (x * y)', (a, b) => {
    const parts = a.kind === 'constant' ? undefined : operandsOf(b, 'multiply');
    return parts?.[0].kind === 'constant' ? multiply(parts[0], multiply(a, parts[1])) : undefined;
  }),
  binary('x * (c / y) = (c * x) / y', (a, b) => {
    const parts = a.dtype === 'f32' ? operandsOf(b, 'divide') : undefined;
    return parts?.[0].kind === 'constant' ? divide(multiply(parts[0], a), parts[1]) : undefined;
  }),
  binary('(c / x) * y = (c * y) / x', (a, b) => {
    const parts = a.dtype === 'f32' ? operandsOf(a, 'divide') : undefined;
    return parts?.[0].kind === 'constant' ? divide(multiply(parts[0], b), parts[1]) : undefined;
  }),
  binary('x * (if c then y else 0) = if c then x * y else 0', (a, b) => inside(b, (y) => multiply(a, y))),
  binary('(if c then x else 0) * y = if c then x * y else 0', (a, b) => inside(a, (x) => multiply(x, b))),
];

const division: readonly Rule<Call>[] = [
  binary('x / 1 = x', (a, b) => (isConstant(b, 1) ? a : undefined)),
  binary('0 / x = 0', (a) => (isZero(a) ? constant(0, a.dtype) : undefined)),
  binary('x / -y = -(x / y)', (a, b) => {
    if (a.dtype !== 'f32') return undefined;
    const y = operandOf(b, 'negate') ?? flipped(b);
    return y === undefined ? undefined : negate(divide(a, y));
  }),
  binary('-x / y = -(x / y)', (a, b) => {
    const x = a.dtype === 'f32' ? operandOf(a, 'negate') : undefined;
    return x === undefined ? undefined : negate(divide(x, b));
  }),
  binary('(if c then x else 0) / y = if c then x / y else 0', (a, b) => inside(a, (x) => divide(x, b))),
];

const exponentiation: readonly Rule<Call>[] = [
  binary('x ** 0 = 1', (a, b) => (isZero(b) ? constant(1, a.dtype) : undefined)),
  binary('x ** 1 = x', (a, b) => (isConstant(b, 1) ? a : undefined)),
];

const extremes: readonly Rule<Call>[] = [
  rule('the larger or smaller of x and x is x', ({ operands: [a, b] }, { same }) =>
    same(a!, b!) ? a : undefined,
  ),
];

const idempotent = (fn: 'stop_gradient' | 'floor' | 'ceil' | 'round'): readonly Rule<Call>[] => [
  unary(`${fn} of itself`, (a) => (operandOf(a, fn) === undefined ? undefined : a)),
];

const conversion = (dtype: 'f32' | 'i32' | 'u32'): readonly Rule<Call>[] => [
  unary(`an ${dtype} as an ${dtype}`, (a) => (a.dtype === dtype ? a : undefined)),
];

export const arithmeticRules: CallRules = {
  add: addition,
  subtract: subtraction,
  negate: negation,
  multiply: multiplication,
  divide: division,
  modulo: [
    binary('x mod 1 = 0', (a, b) =>
      isConstant(b, 1) && a.dtype !== 'f32' ? constant(0, a.dtype) : undefined,
    ),
  ],
  power: exponentiation,
  maximum: extremes,
  minimum: extremes,
  abs: [
    unary('|-x| = |x|', (a) => {
      const x = operandOf(a, 'negate');
      return x === undefined ? undefined : { kind: 'call', dtype: a.dtype, fn: 'abs', operands: [x] };
    }),
    unary('||x|| = |x|', (a) => (operandOf(a, 'abs') === undefined ? undefined : a)),
  ],
  floor: idempotent('floor'),
  ceil: idempotent('ceil'),
  round: idempotent('round'),
  stop_gradient: idempotent('stop_gradient'),
  to_f32: conversion('f32'),
  to_i32: conversion('i32'),
  to_u32: conversion('u32'),
};
