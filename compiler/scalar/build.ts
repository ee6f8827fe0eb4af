/**
 * Constructors of scalar expressions: parts in, typed expressions out. They infer the element type and refuse,
 * loudly, what has none. Arithmetic of integer constants is folded; that of indices by `indexCall`.
 */
import type { Affine, Ranges } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { isTooLarge } from '../index/size.ts';
import { InternalError } from '../internal-error.ts';
import type {
  Constant,
  Derivative,
  DType,
  Expr,
  IndexValue,
  Load,
  ResultReference,
  Select,
  ValueId,
} from './expr.ts';
import { conversions, evaluateCall, type FunctionName, functions, resultType } from './functions.ts';

const fail = (message: string): never => {
  throw new InternalError(message, { pass: 'scalar/build' });
};

/** Of f32 unless it says otherwise; a constant that its type cannot hold is a fault. */
export function constant(value: number, dtype: DType = 'f32'): Constant {
  if (!holds(dtype, value)) fail(`${value} is no constant of type ${dtype}`);
  return { kind: 'constant', dtype, value: dtype === 'f32' ? value : value + 0 };
}

/** Whether a constant of this type can have this value. */
export function holds(dtype: DType, value: number): boolean {
  if (dtype === 'f32') return Number.isFinite(value);
  if (dtype === 'bool') return value === 0 || value === 1;
  if (!Number.isInteger(value)) return false;
  return dtype === 'i32' ? value === (value | 0) : value === value >>> 0;
}

export const truth = (value: boolean): Constant => constant(value ? 1 : 0, 'bool');

/** The value of index arithmetic; a constant where it is one. */
export function index(of: Affine): Constant | IndexValue {
  return of.terms.length === 0 ? constant(of.constant, 'i32') : { kind: 'index', dtype: 'i32', of };
}

/** An expression that is index arithmetic, as that. */
export function asAffine<Value>(e: Expr<Value>): Affine | undefined {
  if (e.kind === 'index') return e.of;
  return e.kind === 'constant' && e.dtype === 'i32' ? affine.constant(e.value) : undefined;
}

export function load<Value>(value: Value, dtype: DType, indices: readonly Expr<Value>[]): Load<Value> {
  for (const e of indices) if (e.dtype !== 'i32') fail(`an index of type ${e.dtype}`);
  return { kind: 'load', dtype, value, indices };
}

/** A function of operands: folded where it is arithmetic of integer constants. */
export function call<Value = ValueId>(fn: FunctionName, ...operands: readonly Expr<Value>[]): Expr<Value> {
  const dtype = resultType(
    fn,
    operands.map((e) => e.dtype),
  );
  if (dtype === undefined) {
    return fail(
      `${fn} expects ${functions[fn].type.expects}, not ${operands.map((e) => e.dtype).join(', ')}`,
    );
  }
  if (dtype === 'i32' && operands.every((e): e is Constant => e.kind === 'constant' && e.dtype === 'i32')) {
    const values = operands.map((e) => e.value);
    return constant(evaluateCall(fn, dtype, values), dtype);
  }
  return { kind: 'call', dtype, fn, operands };
}

/**
 * A function of indices as quasi-affine arithmetic; undefined where it is none. A call wraps around at 32 bits
 * and index arithmetic is exact: they are the same only if the ranges of the indices keep it within.
 */
export function indexCall<Value>(
  fn: FunctionName,
  operands: readonly Expr<Value>[],
  ranges: Ranges,
): Affine | undefined {
  const made = arithmeticOf(fn, operands, ranges);
  return made === undefined || isTooLarge(made) ? undefined : made;
}

function arithmeticOf<Value>(
  fn: FunctionName,
  operands: readonly Expr<Value>[],
  ranges: Ranges,
): Affine | undefined {
  const [a, b] = operands.map(asAffine);
  if (a === undefined) return undefined;
  if (fn === 'negate') return affine.scale(a, -1);
  if (b === undefined) return undefined;
  const known = b.terms.length === 0 ? b.constant : undefined;
  switch (fn) {
    case 'add':
      return affine.add(a, b);
    case 'subtract':
      return affine.subtract(a, b);
    case 'multiply':
      if (known !== undefined) return affine.scale(a, known);
      return a.terms.length === 0 ? affine.scale(b, a.constant) : undefined;
    case 'divide':
      return known !== undefined && known > 0 ? affine.divide(a, known, ranges) : undefined;
    case 'modulo':
      return known !== undefined && known > 0 ? affine.modulo(a, known, ranges) : undefined;
    default:
      return undefined;
  }
}

export function select<Value = ValueId>(
  condition: Expr<Value>,
  then: Expr<Value>,
  otherwise: Expr<Value>,
): Select<Value> {
  if (condition.dtype !== 'bool') fail(`a condition of type ${condition.dtype}`);
  if (then.dtype !== otherwise.dtype) fail(`branches of types ${then.dtype} and ${otherwise.dtype}`);
  return { kind: 'select', dtype: then.dtype, condition, then, otherwise };
}

/** `value` with the derivatives that the author gave. */
export function derivative<Value = ValueId>(
  value: Expr<Value>,
  rules: Derivative<Value>['rules'],
): Derivative<Value> {
  for (const { operand, partial } of rules) {
    if (operand.dtype !== 'f32' || partial.dtype !== 'f32')
      fail('a derivative of or by something that is no f32');
  }
  return { kind: 'derivative', dtype: value.dtype, value, rules };
}

export const result = (dtype: DType): ResultReference => ({ kind: 'result', dtype });

/** `e` as a value of another type; constants at once where the type can hold them. */
export function convert<Value = ValueId>(e: Expr<Value>, dtype: DType): Expr<Value> {
  if (e.dtype === dtype) return e;
  if (e.kind === 'constant' && dtype === 'bool') return truth(e.value !== 0);
  if (dtype === 'bool') return call<Value>('not_equal', e, constant(0, e.dtype));
  if (e.kind === 'constant') return constant(evaluateCall(conversions[dtype], dtype, [e.value]), dtype);
  return call(conversions[dtype], e);
}

export const add = (a: Expr, b: Expr): Expr => call('add', a, b);
export const subtract = (a: Expr, b: Expr): Expr => call('subtract', a, b);
export const multiply = (a: Expr, b: Expr): Expr => call('multiply', a, b);
export const divide = (a: Expr, b: Expr): Expr => call('divide', a, b);
export const modulo = (a: Expr, b: Expr): Expr => call('modulo', a, b);
export const power = (a: Expr, b: Expr): Expr => call('power', a, b);
export const negate = (a: Expr): Expr => call('negate', a);
export const minimum = (a: Expr, b: Expr): Expr => call('minimum', a, b);
export const maximum = (a: Expr, b: Expr): Expr => call('maximum', a, b);
export const exp = (a: Expr): Expr => call('exp', a);
export const log = (a: Expr): Expr => call('log', a);
export const sqrt = (a: Expr): Expr => call('sqrt', a);
export const equals = (a: Expr, b: Expr): Expr => call('equal', a, b);
export const notEquals = (a: Expr, b: Expr): Expr => call('not_equal', a, b);
export const less = (a: Expr, b: Expr): Expr => call('less', a, b);
export const lessEqual = (a: Expr, b: Expr): Expr => call('less_equal', a, b);
export const greater = (a: Expr, b: Expr): Expr => call('greater', a, b);
export const greaterEqual = (a: Expr, b: Expr): Expr => call('greater_equal', a, b);
export const and = <Value = ValueId>(a: Expr<Value>, b: Expr<Value>): Expr<Value> => call('and', a, b);
export const or = (a: Expr, b: Expr): Expr => call('or', a, b);
export const not = <Value = ValueId>(a: Expr<Value>): Expr<Value> => call('not', a);

/** All of them; true where there are none. */
export const conjunction = <Value = ValueId>(conditions: readonly Expr<Value>[]): Expr<Value> =>
  conditions.length === 0 ? truth(true) : conditions.reduce((all, one) => and(all, one));

/** Whether `e` is the constant `value`. */
export const isConstant = <Value>(e: Expr<Value>, value?: number): e is Constant =>
  e.kind === 'constant' && (value === undefined || e.value === value);
