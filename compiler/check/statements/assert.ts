/** `assert` statements in; one that does not hold is reported, with its message filled in. */

import type { Assert } from '../../../grammar/ast.ts';
import { type Checker, report } from '../checker.ts';
import { textOf } from '../problems/phrases.ts';
import { assertFailed, assertNotCompileTime } from '../problems/values.ts';
import { describe } from '../values.ts';

export function evaluateAssert(checker: Checker, { condition, pieces, span }: Assert): void {
  const value = checker.evaluate(condition);
  if (value.kind === 'unknown' || (value.kind === 'boolean' && value.value)) return;
  if (value.kind !== 'boolean') {
    report(checker, assertNotCompileTime(condition.span, value));
    return;
  }
  report(checker, assertFailed(span, textOf(condition.span), pieces && filled(checker, pieces)));
}

/** `kernel {kernel} is larger than {H + 2*pad}` with the values in place. */
function filled(checker: Checker, pieces: NonNullable<Assert['pieces']>): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      const value = checker.evaluate(piece);
      if (value.kind === 'number' || value.kind === 'boolean') return String(value.value);
      return value.kind === 'unknown' ? `{${textOf(piece.span)}}` : describe(value);
    })
    .join('');
}
