/** Constructors of elements: parts in, scalar expressions out, in which constants are folded and arithmetic of indices stays quasi-affine. */
import type { Ranges } from '../../index/affine.ts';
import { bounds } from '../../index/bounds.ts';
import { subtract, variable } from '../../index/build.ts';
import { isConstant } from '../../index/query.ts';
import * as scalar from '../../scalar/build.ts';
import { type FunctionName, foldCall } from '../../scalar/functions.ts';
import type { Element, IndexVariable } from '../typed.ts';

/** An index that has one position is an index, too: the formula stays as it was written (`fuse/squeeze.ts` drops it). */
export const variableElement = ({ id }: IndexVariable): Element => scalar.index(variable(id));

/** The position `by` further on. */
export const shifted = (index: Element, by: number, ranges: Ranges): Element =>
  by === 0 ? index : call('add', [index, scalar.constant(by, 'i32')], ranges);

/** A function of operands of fitting types. */
export function call(fn: FunctionName, operands: readonly Element[], ranges: Ranges): Element {
  const of = scalar.indexCall(fn, operands, ranges);
  if (of !== undefined) return scalar.index(of);
  return sumWithoutZero(fn, operands) ?? comparisonAtEnd(fn, operands, ranges) ?? folded(fn, operands);
}

/** A parameter that is absent (`if bias`) is a zero: the sum is the other operand. */
function sumWithoutZero(fn: FunctionName, [a, b]: readonly Element[]): Element | undefined {
  if (fn !== 'add') return undefined;
  if (scalar.isConstant(a!, 0)) return b;
  return scalar.isConstant(b!, 0) ? a : undefined;
}

/**
 * `t == 0` for an index is `t <= 0`: said so, its opposite tells that t - 1 is in range, and not only that t
 * is different.
 */
function comparisonAtEnd(
  fn: FunctionName,
  operands: readonly Element[],
  ranges: Ranges,
): Element | undefined {
  if (fn !== 'equal' && fn !== 'not_equal') return undefined;
  const [a, b] = operands.map((operand) => scalar.asAffine(operand));
  if (a === undefined || b === undefined) return undefined;
  const difference = subtract(a, b);
  const { min, max } = bounds(difference, ranges);
  if (isConstant(difference) || (min !== 0 && max !== 0)) return undefined;
  if (fn === 'equal') return scalar.call(min === 0 ? 'less_equal' : 'greater_equal', ...operands);
  return scalar.call(min === 0 ? 'greater' : 'less', ...operands);
}

/** Of constants only, and with a finite result, computed now. */
function folded(fn: FunctionName, operands: readonly Element[]): Element {
  const made = scalar.call(fn, ...operands);
  const values = operands.flatMap((operand) => (operand.kind === 'constant' ? [operand.value] : []));
  if (values.length < operands.length) return made;
  const value = foldCall(fn, made.dtype, values);
  return scalar.holds(made.dtype, value) ? scalar.constant(value, made.dtype) : made;
}

/** `then` where the condition holds, else `otherwise`; both have the same type. */
export function selectElement(condition: Element, then: Element, otherwise: Element): Element {
  if (condition.kind === 'constant') return condition.value === 0 ? otherwise : then;
  return scalar.select(condition, then, otherwise);
}
