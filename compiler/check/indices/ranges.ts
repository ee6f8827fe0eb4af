/** `1:5`, `:-1` or `:` for an axis in, the part of it that stays out: where it begins, and how long it is. */

import type { Expression, Slice } from '../../../grammar/ast.ts';
import { type Checker, report } from '../checker.ts';
import { rangeNotKnown, rangeOutside } from '../problems/shaping.ts';
import type { Dim } from '../typed.ts';
import { wholeNumber } from '../values.ts';

/** An axis that a read leaves free: `dim` of it, from position `from` on. */
export interface Free {
  readonly kind: 'free';
  readonly dim: Dim;
  readonly from: number;
}

export const wholeAxis = (dim: Dim): Free => ({ kind: 'free', dim, from: 0 });

/** `-1` as it is written: it counts from the end. */
export const isNegative = (index: Expression): boolean =>
  index.kind === 'unary' && index.operator === '-' && index.operand.kind === 'number';

/** Undefined: a problem was reported. */
export function freeAxis(checker: Checker, slice: Slice, dim: Dim): Free | undefined {
  const first = endOf(checker, slice.first, 0, dim);
  const end = endOf(checker, slice.end, dim.extent, dim);
  if (first === undefined || end === undefined) return undefined;
  if (first < 0 || end > dim.extent || first >= end)
    return report(checker, rangeOutside(slice.span, first, end, dim));
  if (first === 0 && end === dim.extent) return wholeAxis(dim);
  return { kind: 'free', dim: { extent: end - first, ...(dim.index && { index: dim.index }) }, from: first };
}

function endOf(
  checker: Checker,
  expression: Expression | undefined,
  otherwise: number,
  { extent }: Dim,
): number | undefined {
  if (expression === undefined) return otherwise;
  const value = checker.evaluate(expression);
  if (value.kind === 'unknown') return undefined;
  const position = wholeNumber(value);
  if (position === undefined) return report(checker, rangeNotKnown(expression.span, value));
  return isNegative(expression) ? position + extent : position;
}
