/** `freeze enc, dec.Block_1` of a body: the parameters there and below are not trained, wherever in the body it stands. */
import type { Statement } from '../../../grammar/ast.ts';
import { hasErrors } from '../../../grammar/diagnostic.ts';
import { type Checker, inside, report } from '../checker.ts';
import { isBelow, pathOf } from '../paths.ts';
import { textOf } from '../problems/phrases.ts';
import { freezeNothing } from '../problems/recipes.ts';
import type { Value } from '../values.ts';

/** Runs a body, with what it freezes in force. */
export function runFreezing(checker: Checker, body: readonly Statement[]): Value | undefined {
  const { scope } = checker;
  const parts = body.flatMap((statement) => (statement.kind === 'freeze' ? statement.parts : []));
  if (parts.length === 0) return checker.run(body);
  const own = parts.map((part) => ({ part, path: `${scope.path}${pathOf(part) ?? ''}` }));
  const inner = inside(checker, { frozen: [...checker.frozen, ...own.map(({ path }) => path)] });
  const value = inner.run(body);
  if (hasErrors(checker.diagnostics)) return value;
  for (const { part, path } of own) {
    const here = scope.owned.parameters.filter((parameter) => parameter.path.startsWith(scope.path));
    if (!here.some((parameter) => parameter.kind !== 'state' && isBelow(parameter.path, path)))
      report(checker, freezeNothing(part.span, textOf(part.span), here, scope.path));
  }
  return value;
}
