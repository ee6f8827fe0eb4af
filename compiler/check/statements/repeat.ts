/**
 * `repeat n { … }` in, its body run n times. A name from outside that the body defines has a new value from there
 * on, in the next pass and after the last; other names are those of one pass.
 */

import type { Repeat } from '../../../grammar/ast.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { type Checker, inside, limits, report } from '../checker.ts';
import { repeatCount, tooManyPasses } from '../problems/blocks.ts';
import { wholeNumber } from '../values.ts';

export function runRepeat(checker: Checker, { count, body, span }: Repeat): void {
  const { scope } = checker;
  const counted = checker.evaluate(count);
  const passes = wholeNumber(counted) ?? -1;
  if (passes < 0) {
    if (counted.kind !== 'unknown') report(checker, repeatCount(count.span, counted));
    return;
  }
  const outside = new Set(scope.names.keys());
  for (let pass = 0; pass < passes && !checker.state.stopped; pass += 1) {
    if (checker.counts.passes >= limits.passes) {
      report(checker, tooManyPasses(span, limits.passes));
      checker.state.stopped = true;
      return;
    }
    checker.counts.passes += 1;
    const before = checker.diagnostics.length;
    // What was read for an extent is of one pass, too.
    inside(checker, { scope: { ...scope, evaluated: new Map(), repeated: true } }).run(body);
    for (const name of scope.names.keys()) if (!outside.has(name)) scope.names.delete(name);
    for (const name of scope.instances.keys()) if (!outside.has(name)) scope.instances.delete(name);
    // The next passes would only say it again. A warning is no reason to leave them out.
    if (hasErrors(checker.diagnostics.slice(before))) return;
  }
}
