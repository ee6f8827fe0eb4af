/** `scan t: T { … }` in, its equations defined together out: each may read all of them at other positions of t. */

import type { Let, Scan, Statement } from '../../../grammar/ast.ts';
import { type Checker, newVariable, outlineLine, report } from '../checker.ts';
import { isIndexInForce } from '../indices/uses.ts';
import { indexBoundTwice } from '../problems/indices.ts';
import { notOfScan } from '../problems/recurrences.ts';
import { defineTogether } from '../recurrences/recurrence.ts';
import type { Member } from '../recurrences/shapes.ts';
import { nameIn } from '../scope.ts';
import { evaluateExtent } from '../shapes/dimensions.ts';
import { definedIn } from '../syntax.ts';
import { typeText, unknown } from '../values.ts';

export function runScan(checker: Checker, { index, extent, body }: Scan): void {
  const { scope } = checker;
  const dim = evaluateExtent(checker, extent);
  const members = body.flatMap((statement) => memberOf(checker, statement, index.name));
  const complete = members.length === body.length && dim !== undefined;
  if (isIndexInForce(scope, index.name)) report(checker, indexBoundTwice(index.span, index.name));
  else if (complete && members.length > 0) {
    const variable = newVariable(checker, index.name, dim.extent);
    defineTogether({ checker, members, step: { variable, dim } });
    for (const { name, at } of members) {
      const value = scope.names.get(name);
      if (value?.kind === 'tensor') outlineLine(checker, `${name}: ${typeText(value.dtype, value.dims)}`, at);
    }
    return;
  }
  for (const { name } of members) scope.names.set(name, unknown);
}

function memberOf(checker: Checker, statement: Statement, index: string): readonly Member[] {
  const { scope } = checker;
  if (!isEquationOf(statement, index)) {
    report(checker, notOfScan(statement.span, index));
    for (const { name } of definedIn(statement)) scope.names.set(name, unknown);
    return [];
  }
  const { name, indices, value: expression, span: at } = statement;
  const naming = { name: nameIn(scope, name.name), claimed: true };
  return [{ name: name.name, naming, indices, expression, at }];
}

const isEquationOf = (
  statement: Statement,
  index: string,
): statement is Let & { readonly indices: NonNullable<Let['indices']> } =>
  statement.kind === 'let' &&
  statement.role === 'let' &&
  statement.indices?.some(
    (one) => one.kind === 'binder' && one.name.name === index && one.extent === undefined,
  ) === true;
