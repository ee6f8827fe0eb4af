/**
 * The logistic function and softplus as expressions, and the expressions that are one of them: there is no scalar
 * function of either name, so both are known by their formulas.
 */
import {
  add,
  call,
  constant,
  divide,
  exp,
  greaterEqual,
  isConstant,
  maximum,
  multiply,
  negate,
  result,
  select,
  subtract,
} from './build.ts';
import type { Derivative, Expr, Select } from './expr.ts';
import { structuralKey } from './walk.ts';

const one = constant(1);

/** max(x, 0) + ln(1 + exp(-|x|)), which is ln(1 + exp(x)) and never overflows. */
export const softplus = (x: Expr): Expr =>
  add(maximum(x, constant(0)), call('log1p', exp(negate(call('abs', x)))));

/** The x of which `e` is the softplus as written above. */
export function operandOfSoftplus(e: Expr): Expr | undefined {
  if (e.kind !== 'call' || e.fn !== 'add') return undefined;
  const [first] = e.operands;
  const x = first?.kind === 'call' && first.fn === 'maximum' ? first.operands[0] : undefined;
  return x !== undefined && x.dtype === 'f32' && same(softplus(x), e) ? x : undefined;
}

/** `if x >= 0 then 1/(1 + exp(-x)) else exp(x)/(1 + exp(x))`: no exponential overflows. */
const stableLogistic = (x: Expr, minus: Expr): Expr =>
  select(greaterEqual(x, constant(0)), divide(one, add(one, exp(minus))), divide(exp(x), add(one, exp(x))));

/**
 * The x of which `e` is the logistic function: by the stable formula, as `1/(1 + exp(-x))` or as `exp(x)/(1 + exp(x))`.
 * A derivative of the author's must be that of the function, y*(1 - y).
 */
export function operandOfLogistic(e: Expr): Expr | undefined {
  switch (e.kind) {
    case 'derivative':
      return operandWithDerivative(e);
    case 'select':
      return operandOfStableLogistic(e);
    case 'call':
      return e.fn === 'divide' ? operandOfQuotient(e.operands[0]!, e.operands[1]!) : undefined;
    default:
      return undefined;
  }
}

export function operandOfStableLogistic(e: Select): Expr | undefined {
  const x = e.condition.kind === 'call' ? e.condition.operands[0] : undefined;
  if (x === undefined || x.dtype !== 'f32' || e.dtype !== 'f32') return undefined;
  return [negate(x), opposite(x)].some((minus) => same(stableLogistic(x, minus), e)) ? x : undefined;
}

function operandWithDerivative({ value, rules }: Derivative): Expr | undefined {
  const [rule, ...others] = rules;
  const x = operandOfLogistic(value);
  if (x === undefined || rule === undefined || others.length > 0) return undefined;
  const y = result('f32');
  return same(rule.operand, x) && same(rule.partial, multiply(y, subtract(one, y))) ? x : undefined;
}

function operandOfQuotient(above: Expr, below: Expr): Expr | undefined {
  const exponent = exponentBesideOne(below);
  if (exponent === undefined) return undefined;
  if (isConstant(above, 1)) return opposite(exponent);
  const x = operandOfExp(above);
  return x !== undefined && same(x, exponent) ? x : undefined;
}

/** The u of `1 + exp(u)`. */
function exponentBesideOne(e: Expr): Expr | undefined {
  if (e.kind !== 'call' || e.fn !== 'add') return undefined;
  const [a, b] = e.operands as readonly [Expr, Expr];
  return isConstant(a, 1) ? operandOfExp(b) : isConstant(b, 1) ? operandOfExp(a) : undefined;
}

/** The u of which `e` is the exponential. */
export const operandOfExp = (e: Expr): Expr | undefined =>
  e.kind === 'call' && e.fn === 'exp' ? e.operands[0] : undefined;

const opposite = (e: Expr): Expr => (e.kind === 'call' && e.fn === 'negate' ? e.operands[0]! : negate(e));

const same = (a: Expr, b: Expr): boolean => a === b || structuralKey(a) === structuralKey(b);
