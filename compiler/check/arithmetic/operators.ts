/** Operator expressions in, values out: `a + b`, `-a`, `not a`, `if c then a else b`. */
import type { Binary, Conditional, Unary } from '../../../grammar/ast.ts';
import { computes } from '../../../grammar/operators.ts';
import type { Span } from '../../../grammar/source.ts';
import { convert, isConstant, not } from '../../scalar/build.ts';
import type { DType } from '../../scalar/expr.ts';
import { variablesOf } from '../../scalar/walk.ts';
import { type Checker, report, where, wrong } from '../checker.ts';
import { branchesDiffer, conditionNotBoolean } from '../problems/values.ts';
import { selectElement } from '../tensors/element.ts';
import type { Element } from '../typed.ts';
import { ownType, type TensorValue, unknown, type Value } from '../values.ts';
import { applyScalar, asTensor, isComputable, pointwise } from './arithmetic.ts';

export function evaluateBinary(checker: Checker, expression: Binary): Value {
  const { operator, left, right, span } = expression;
  if (operator === '|>') return unknown;
  const a = { value: checker.evaluate(left), at: left.span };
  const b = { value: checker.evaluate(right), at: right.span };
  if (checker.trial?.guesses === true) {
    if (a.value.kind === 'unknown') return applyScalar(checker, computes(operator), [b, b], span);
    if (b.value.kind === 'unknown') return applyScalar(checker, computes(operator), [a, a], span);
  }
  return applyScalar(checker, computes(operator), [a, b], span);
}

export function evaluateUnary(checker: Checker, { operator, operand, span }: Unary): Value {
  const value = checker.evaluate(operand);
  return applyScalar(checker, operator === '-' ? 'negate' : 'not', [{ value, at: operand.span }], span);
}

/** A condition known while compiling picks its branch; the other is not even looked at. */
export function evaluateConditional(checker: Checker, expression: Conditional): Value {
  const condition = checker.evaluate(expression.condition);
  if (condition.kind === 'boolean') {
    return checker.evaluate(condition.value ? expression.then : expression.otherwise);
  }
  if (condition.kind !== 'unknown' && (condition.kind !== 'tensor' || condition.dtype !== 'bool')) {
    report(checker, conditionNotBoolean(expression.condition.span, condition));
  }
  const then = branch(checker, condition, true).evaluate(expression.then);
  const otherwise = branch(checker, condition, false).evaluate(expression.otherwise);
  if (condition.kind !== 'tensor' || condition.dtype !== 'bool') return unknown;
  return choose(
    checker,
    { value: condition, at: expression.condition.span },
    { value: then, at: expression.then.span },
    { value: otherwise, at: expression.otherwise.span },
    expression.span,
  );
}

/**
 * The checker in a branch: reads there may rely on the condition, if it is one on indices. A condition that holds for
 * all of their values, as `t < 1` does where there is one position, leaves a branch in which nothing is read.
 */
function branch(checker: Checker, condition: Value, holds: boolean): Checker {
  if (condition.kind !== 'tensor' || condition.dims.length > 0 || condition.dtype !== 'bool') return checker;
  const element = condition.element([]);
  const isDecided = isConstant(element);
  if (isDecided ? (element.value !== 0) === holds : variablesOf(element).size === 0) return checker;
  return where(checker, [holds ? element : not(element)]);
}

interface Branch {
  readonly value: Value;
  readonly at: Span;
}

/** `if` element by element. */
export function choose(
  checker: Checker,
  condition: { readonly value: TensorValue; readonly at: Span },
  then: Branch,
  otherwise: Branch,
  at: Span,
): Value {
  if (then.value.kind === 'unknown' || otherwise.value.kind === 'unknown') {
    if (!checker.trial) return unknown;
    return then.value.kind === 'unknown' ? otherwise.value : then.value;
  }
  const dtype = commonType(then.value, otherwise.value);
  if (dtype === undefined || !isComputable(then.value) || !isComputable(otherwise.value))
    return wrong(checker, branchesDiffer(at, then, otherwise));
  const a = asTensor(checker, then.value, dtype, then.at);
  const b = asTensor(checker, otherwise.value, dtype, otherwise.at);
  return pointwise(
    checker,
    dtype,
    [condition.value, a, b],
    [condition, then, otherwise],
    at,
    ([test, x, y]) => selectElement(test!, convert(x!, dtype), convert(y!, dtype)),
  );
}

function typeOf(value: Value): DType | 'integer' | undefined {
  if (value.kind === 'tensor') return value.dtype;
  if (value.kind === 'number') return value.integer ? 'integer' : 'f32';
  return value.kind === 'boolean' ? 'bool' : undefined;
}

const isInfinite = (value: Value): boolean => value.kind === 'number' && Math.abs(value.value) === Infinity;

const isInteger = (dtype: ReturnType<typeof typeOf>): dtype is 'i32' | 'u32' =>
  dtype === 'i32' || dtype === 'u32';

function commonType(first: Value, second: Value): DType | undefined {
  const [a, b] = [typeOf(first), typeOf(second)];
  if (isInfinite(first) && isInteger(b)) return b;
  if (isInfinite(second) && isInteger(a)) return a;
  if (a === undefined || b === undefined) return undefined;
  if (a === 'integer') return b === 'integer' ? 'i32' : b === 'bool' ? 'f32' : b;
  if (b === 'integer') return a === 'bool' ? 'f32' : a;
  if (a === b) return a;
  return a === 'f32' || b === 'f32' || a === 'bool' || b === 'bool' ? 'f32' : 'i32';
}

/** The element of a value that must be a scalar. Undefined: it is none. */
export function scalarElement(checker: Checker, value: Value, at: Span): Element | undefined {
  if (!isComputable(value)) return undefined;
  const { dims, element } = asTensor(checker, value, value.kind === 'number' ? ownType(value) : 'bool', at);
  return dims.length === 0 ? element([]) : undefined;
}
