/** `scan t: T { … }` in, its equations defined together out: each may read all of them at other positions of t. */

import type { LeftIndex, LeftSide, Let, Scan, Statement, Unpack } from '../../../grammar/ast.ts';
import { type Checker, newVariable, observe, outlineLine, report } from '../checker.ts';
import { isIndexInForce } from '../indices/uses.ts';
import { indexBoundTwice } from '../problems/indices.ts';
import { notOfScan } from '../problems/recurrences.ts';
import { defineTogether } from '../recurrences/recurrence.ts';
import type { Member } from '../recurrences/shapes.ts';
import { nameIn } from '../scope.ts';
import { evaluateExtent } from '../shapes/dimensions.ts';
import { definedIn, leftOut } from '../syntax.ts';
import { typeText, unknown } from '../values.ts';

export function runScan(checker: Checker, { index, extent, body }: Scan): void {
  const { scope } = checker;
  const dim = evaluateExtent(checker, extent);
  const found = body.map((statement) => membersOf(checker, statement, index.name));
  for (const [k, statement] of body.entries())
    if (found[k] === undefined) refuse(checker, statement, index.name);
  const members = found.flatMap((list) => list ?? []);
  const complete = !found.includes(undefined) && dim !== undefined;
  if (isIndexInForce(scope, index.name)) report(checker, indexBoundTwice(index.span, index.name));
  else if (complete && members.length > 0) {
    const variable = newVariable(checker, index.name, dim.extent);
    defineTogether({ checker, members, step: { variable, dim } });
    for (const { name, at } of members) {
      const value = scope.names.get(name);
      if (value?.kind === 'tensor') outlineLine(checker, `${name}: ${typeText(value.dtype, value.dims)}`, at);
    }
    for (const { name, span } of body.flatMap(definedIn))
      observe(checker, span, scope.names.get(name) ?? unknown);
    return;
  }
  for (const { name } of members) scope.names.set(name, unknown);
}

function refuse(checker: Checker, statement: Statement, index: string): void {
  report(checker, notOfScan(statement.span, index, statement.kind));
  for (const { name } of definedIn(statement)) checker.scope.names.set(name, unknown);
}

/** The equations of a statement, of which `(h[:, t], c[:, t]) = e` has several; undefined where it is something else. */
function membersOf({ scope }: Checker, statement: Statement, index: string): readonly Member[] | undefined {
  const members = leftSides(statement)?.map(({ name, indices, part }): Member | undefined => {
    const isOwn = indices?.some(
      (one) => one.kind === 'binder' && one.name.name === index && one.extent === undefined,
    );
    // The results are those of one evaluation, for whole axes.
    const binds = part && indices?.some((one) => one.kind !== 'slice' && !isNamed(one, index));
    if (indices === undefined || !isOwn || binds) return undefined;
    const naming = { name: nameIn(scope, name.name), claimed: true };
    const { value: expression, span: at } = statement as Let | Unpack;
    return { name: name.name, naming, indices, expression, at, ...(part && { part }) };
  });
  return members?.every((member) => member !== undefined) ? members : undefined;
}

type Left = LeftSide & Pick<Member, 'part'>;

function leftSides(statement: Statement): readonly Left[] | undefined {
  if (statement.kind === 'let') return statement.role === 'let' ? [statement] : undefined;
  if (statement.kind !== 'unpack') return undefined;
  const { lefts } = statement;
  return lefts.flatMap((left, at) =>
    left.name.name === leftOut ? [] : [{ ...left, part: { at, of: lefts.length } }],
  );
}

const isNamed = (one: LeftIndex, name: string): boolean => one.kind === 'binder' && one.name.name === name;
