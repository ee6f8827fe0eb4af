/** Uses and definitions of names in, a table of one declaration's names and what is wrong with them out. */
import type { Expression, LeftIndex } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';
import { type Declarations, declaredNames, find } from './declarations.ts';
import { builtinNames, builtinValues } from './evaluate.ts';
import { nameTwice, reservedName, unknownName, usedBefore } from './problems-names.ts';
import { partsOf } from './syntax.ts';

export type Kind = 'parameter' | 'dimension' | 'value' | 'param' | 'input' | 'index' | 'result';

interface Entry {
  readonly kind: Kind;
  readonly at: Span;
  used: boolean;
}

/** The names of one declaration, in the order of the text. */
export interface Table {
  readonly declarations: Declarations;
  readonly fromPrelude: boolean;
  readonly diagnostics: Diagnostic[];
  readonly entries: Map<string, Entry>;
  /** Names that a later statement defines. */
  readonly later: ReadonlyMap<string, Span>;
  readonly mayUse: ReadonlySet<string>;
}

const reserved: ReadonlySet<string> = new Set(builtinValues);

export function define(table: Table, name: string, at: Span, kind: Kind): void {
  const first = table.entries.get(name);
  if (first !== undefined && first.at !== at) table.diagnostics.push(nameTwice(at, name, first.at));
  if (reserved.has(name)) table.diagnostics.push(reservedName(at, name));
  if (first === undefined) table.entries.set(name, { kind, at, used: false });
}

export function checkBinders(
  table: Table,
  binders: readonly LeftIndex[],
  indices: ReadonlySet<string>,
): ReadonlySet<string> {
  const inside = new Set(indices);
  for (const binder of binders) {
    if (binder.kind !== 'binder') continue;
    if (binder.extent !== undefined) checkExpression(table, binder.extent, indices);
    inside.add(binder.name.name);
  }
  return inside;
}

export function checkExpression(
  table: Table,
  expression: Expression,
  indices: ReadonlySet<string> = new Set(),
): void {
  switch (expression.kind) {
    case 'name':
      use(table, expression.name, expression.span, indices);
      return;
    case 'reduction': {
      const inside = checkBinders(table, expression.indices, indices);
      if (expression.where !== undefined) checkExpression(table, expression.where, inside);
      checkExpression(table, expression.body, inside);
      return;
    }
    case 'call':
      // The axes of `over` are names of dimensions of the value: only its type tells.
      for (const part of [expression.callee, ...expression.arguments.map(({ value }) => value)]) {
        checkExpression(table, part, indices);
      }
      for (const axis of expression.over ?? [])
        if (axis.kind !== 'name') checkExpression(table, axis, indices);
      for (const axis of expression.over ?? []) if (axis.kind === 'name') markUsed(table, axis.name);
      return;
    default:
      for (const part of partsOf(expression)) checkExpression(table, part, indices);
  }
}

function markUsed(table: Table, name: string): boolean {
  const entry = table.entries.get(name);
  if (entry !== undefined) entry.used = true;
  return entry !== undefined;
}

export function use(table: Table, name: string, at: Span, indices: ReadonlySet<string>): void {
  if (indices.has(name) || markUsed(table, name)) return;
  const { declarations, fromPrelude } = table;
  if (find(declarations, name, fromPrelude) !== undefined || table.mayUse.has(name)) return;
  if (isInlineInstance(declarations, name, fromPrelude)) return;
  const defined = table.later.get(name);
  const known = [
    ...indices,
    ...table.entries.keys(),
    ...declaredNames(declarations, fromPrelude),
    ...builtinNames,
  ];
  table.diagnostics.push(
    defined === undefined ? unknownName(at, name, known) : usedBefore(at, name, defined),
  );
}

/** `Dense_1` is the first `Dense` that has no name of its own. */
function isInlineInstance(declarations: Declarations, name: string, fromPrelude: boolean): boolean {
  const layer = name.match(/^(.+)_\d+$/)?.[1];
  return layer !== undefined && find(declarations, layer, fromPrelude)?.kind === 'layer';
}
