/** Uses and definitions of names in, a table of one declaration's names and what is wrong with them out. */
import type { Expression, LeftIndex } from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Declarations, find, ownNames } from '../declarations.ts';
import { builtinValues, libraryNames } from '../evaluate.ts';
import { ofOnePass } from '../problems/blocks.ts';
import { definedByItself, nameTwice, reservedName, unknownName, usedBefore } from '../problems/names.ts';
import { partsOf } from '../syntax.ts';

export type Kind = 'parameter' | 'dimension' | 'value' | 'param' | 'input' | 'index' | 'result';

interface Entry {
  readonly kind: Kind;
  readonly at: Span;
  used: boolean;
  /** Something else may get the name too: a parameter that of a setting, a value that of an instance. */
  readonly gives?: Kind;
  /** One of several results. */
  readonly ofSeveral?: boolean;
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
  /** Names of a `repeat` above, which are known in it only. */
  readonly ofPasses: Map<string, Entry>;
  /** In a `repeat`: the names from outside, some of which it may give a new value. */
  readonly rebinds?: ReadonlyMap<string, Entry>;
  /** The name that the statement at hand defines. */
  readonly ofItself?: { readonly name: string; readonly indexed: boolean };
}

const reserved: ReadonlySet<string> = new Set(builtinValues);

export function define(
  table: Table,
  name: string,
  at: Span,
  kind: Kind,
  more: Pick<Entry, 'gives' | 'ofSeveral'> = {},
): void {
  const first = table.entries.get(name);
  if (first?.used && first.gives === (kind === 'result' ? 'value' : kind)) {
    table.entries.set(name, { kind, at, used: false, ...more });
    return;
  }
  const rebound = first !== undefined && kind === 'value' && isRebindable(table, name, first);
  if (first !== undefined && first.at !== at && !rebound)
    table.diagnostics.push(nameTwice(at, name, first.at));
  if (reserved.has(name)) table.diagnostics.push(reservedName(at, name));
  if (first === undefined || rebound)
    table.entries.set(name, { kind, at, used: first?.used ?? false, ...more });
}

const rebindable: ReadonlySet<Kind> = new Set(['parameter', 'value', 'input']);

/** Whether a pass of `repeat` may give the name a new value, its first in this pass: weights and results have one only. */
const isRebindable = ({ rebinds }: Table, name: string, entry: Entry): boolean =>
  rebinds?.get(name) === entry && rebindable.has(entry.kind);

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
    case 'access': {
      const { object } = expression;
      const own = object.kind === 'name' && table.ofItself?.indexed && object.name === table.ofItself.name;
      // A tensor is meant, also where an index hides it.
      if (object.kind === 'name' && !own) markUsed(table, object.name);
      for (const part of partsOf(expression))
        if (part !== object || !own || indices.has(object.name)) checkExpression(table, part, indices);
      return;
    }
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
  if (isInlineInstance(table, name)) return;
  if (table.ofItself?.name === name) {
    table.diagnostics.push(definedByItself(at, name, table.ofItself.indexed));
    return;
  }
  const passed = table.ofPasses.get(name);
  if (passed !== undefined) {
    passed.used = true;
    table.diagnostics.push(ofOnePass(at, name, passed.at));
    return;
  }
  const defined = table.later.get(name);
  const own = [...indices, ...table.entries.keys(), ...ownNames(declarations, fromPrelude)];
  table.diagnostics.push(
    defined === undefined
      ? unknownName(at, name, own, libraryNames(declarations))
      : usedBefore(at, name, defined),
  );
}

/** `enc = Dense(8)` */
export function makesInstance({ declarations, fromPrelude }: Table, value: Expression): boolean {
  if (value.kind !== 'call' || value.callee.kind !== 'name') return false;
  return find(declarations, value.callee.name, fromPrelude)?.kind === 'layer';
}

/** `Dense_1` is the first `Dense` that has no name of its own, `enc_1` the `enc` of the first pass of a `repeat`. */
function isInlineInstance({ declarations, fromPrelude, ofPasses }: Table, name: string): boolean {
  const own = name.match(/^(.+)_\d+$/)?.[1];
  if (own === undefined) return false;
  return ofPasses.has(own) || find(declarations, own, fromPrelude)?.kind === 'layer';
}
