/** Uses and definitions of names in, a table of one declaration's names and what is wrong with them out. */
import type {
  CallExpression,
  Expression,
  Identifier,
  Layer,
  LeftIndex,
  Member,
} from '../../../grammar/ast.ts';
import type { Diagnostic } from '../../../grammar/diagnostic.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Declarations, find, type Named, ownNames } from '../declarations.ts';
import { builtinValues, libraryNames } from '../evaluate.ts';
import { ofOnePass } from '../problems/blocks.ts';
import { definedByItself, nameTwice, reservedName, unknownName, usedBefore } from '../problems/names.ts';
import { partsOf } from '../syntax.ts';
import { inlineName, type Known, memberOf, parametersOf } from './members.ts';

export type Kind = 'parameter' | 'dimension' | 'value' | 'param' | 'input' | 'index' | 'result';

/** A name at one place of a text. */
export interface Meaning {
  readonly at: Span;
  readonly kind: Kind | Named['kind'];
  /** The name where it is defined first: the same for all that mean the same. */
  readonly definition: Span;
  /** Of a name of the language, such as the parameter `w` of an optimizer: no text defines it. */
  readonly implied?: true;
}

interface Entry {
  readonly kind: Kind;
  readonly at: Span;
  /** Where the name is defined first, if `at` only gives it a new value. */
  readonly first?: Span;
  used: boolean;
  /** Something else may get the name too: a parameter that of a setting, a value that of an instance. */
  readonly gives?: Kind;
  /** One of several results. */
  readonly ofSeveral?: boolean;
  /** The language defines it, and no text. */
  readonly implied?: true;
  /** What it is an instance of. */
  readonly layer?: Layer;
}

/** The indices in force, and where they are bound. */
export type Indices = ReadonlyMap<string, Span>;

export const noIndices: Indices = new Map();

/** The names of one declaration, in the order of the text. */
export interface Table {
  readonly declarations: Declarations;
  readonly fromPrelude: boolean;
  readonly diagnostics: Diagnostic[];
  /** Told of each name that means something, where it is defined and where it is used. */
  readonly notice: ((meaning: Meaning) => void) | undefined;
  readonly entries: Map<string, Entry>;
  /** Names that a later statement defines. */
  readonly later: ReadonlyMap<string, Span>;
  readonly mayUse: ReadonlySet<string>;
  /** Names of a `repeat` above, which are known in it only. */
  readonly ofPasses: Map<string, Entry>;
  /** In a `repeat`: the names from outside, some of which it may give a new value. */
  readonly rebinds?: ReadonlyMap<string, Entry>;
  /** The name that the statement at hand defines. */
  readonly ofItself?: { readonly name: string; readonly indexed: boolean; readonly at: Span };
}

const reserved: ReadonlySet<string> = new Set(builtinValues);

export function define(
  table: Table,
  name: string,
  at: Span,
  kind: Kind,
  more: Pick<Entry, 'gives' | 'ofSeveral' | 'layer'> = {},
): void {
  const first = table.entries.get(name);
  if (first?.used && first.gives === (kind === 'result' ? 'value' : kind)) {
    const entry: Entry = { kind, at, used: false, ...more };
    table.entries.set(name, entry);
    noticeEntry(table, at, entry);
    return;
  }
  const rebound = first !== undefined && kind === 'value' && isRebindable(table, name, first);
  if (first !== undefined && first.at !== at && !rebound)
    table.diagnostics.push(nameTwice(at, name, first.at));
  if (reserved.has(name)) table.diagnostics.push(reservedName(at, name));
  const origin = first && { first: first.first ?? first.at };
  const entry: Entry = { kind, at, ...origin, used: first?.used ?? false, ...more };
  if (first === undefined || rebound) table.entries.set(name, entry);
  noticeEntry(table, at, entry);
}

/** Tells what a part is that is looked at elsewhere: what is not known is none of this. */
export function mention(table: Table, expression: Expression): void {
  if (expression.kind === 'name') mentionName(table, expression);
  for (const part of partsOf(expression)) mention(table, part);
  if (expression.kind === 'member') noticeMember(table, expression);
}

export function mentionName(table: Table, { name, span }: Identifier): void {
  const entry = table.entries.get(name);
  if (entry !== undefined) noticeEntry(table, span, entry);
}

const known = (table: Table): Known => ({
  ...table,
  layerNamed: (name) => table.entries.get(name)?.layer,
});

function noticeMember(table: Table, member: Member): void {
  const definition = table.notice && memberOf(known(table), member)?.span;
  if (definition !== undefined) table.notice?.({ at: member.name.span, kind: 'param', definition });
}

/** `k` in `f(x, k = 2)`. */
export function noticeArguments(
  table: Table,
  { callee, arguments: given }: Pick<CallExpression, 'callee' | 'arguments'>,
): void {
  if (table.notice === undefined || given.every(({ name }) => name === undefined)) return;
  const parameters = parametersOf(known(table), callee);
  for (const { name } of given) {
    const parameter = parameters.find((one) => one.name.name === name?.name);
    if (name !== undefined && parameter !== undefined)
      table.notice({ at: name.span, kind: 'parameter', definition: parameter.name.span });
  }
}

/** Tells what the name at `at` means. */
export function noticeEntry({ notice }: Table, at: Span, { kind, at: own, first, implied }: Entry): void {
  notice?.({ at, kind, definition: first ?? own, ...(implied && { implied }) });
}

export function noticeDeclaration({ notice }: Table, at: Span, { kind, name }: Named): void {
  notice?.({ at, kind, definition: name.span });
}

export function noticeIndex({ notice }: Table, at: Span, definition: Span): void {
  notice?.({ at, kind: 'index', definition });
}

const rebindable: ReadonlySet<Kind> = new Set(['parameter', 'value', 'input']);

/** Whether a pass of `repeat` may give the name a new value, its first in this pass: weights and results have one only. */
const isRebindable = ({ rebinds }: Table, name: string, entry: Entry): boolean =>
  rebinds?.get(name) === entry && rebindable.has(entry.kind);

export function checkBinders(table: Table, binders: readonly LeftIndex[], indices: Indices): Indices {
  const inside = new Map(indices);
  for (const binder of binders) {
    if (binder.kind !== 'binder') continue;
    if (binder.extent !== undefined) checkExpression(table, binder.extent, indices);
    const { name, span } = binder.name;
    // The index of a `scan` stands on the left sides of its equations, too.
    const definition = indices.get(name) ?? span;
    inside.set(name, definition);
    noticeIndex(table, span, definition);
  }
  return inside;
}

export function checkExpression(table: Table, expression: Expression, indices: Indices = noIndices): void {
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
      checkCallee(table, expression.callee, indices);
      for (const { value } of expression.arguments) checkExpression(table, value, indices);
      for (const axis of expression.over ?? [])
        if (axis.kind !== 'name') checkExpression(table, axis, indices);
      for (const axis of expression.over ?? [])
        if (axis.kind === 'name') markUsed(table, axis.name, axis.span);
      noticeArguments(table, expression);
      return;
    case 'binary':
      checkExpression(table, expression.left, indices);
      if (expression.operator === '|>') checkCallee(table, expression.right, indices);
      else checkExpression(table, expression.right, indices);
      return;
    case 'member':
      checkExpression(table, expression.object, indices);
      noticeMember(table, expression);
      return;
    case 'access': {
      const { object } = expression;
      const own = object.kind === 'name' && table.ofItself?.indexed && object.name === table.ofItself.name;
      // A tensor is meant, also where an index hides it.
      if (object.kind === 'name' && !own) markUsed(table, object.name, object.span);
      for (const part of partsOf(expression))
        if (part !== object || !own || indices.has(object.name)) checkExpression(table, part, indices);
        else if (object.kind === 'name') noticeOwn(table, object.span);
      return;
    }
    default:
      for (const part of partsOf(expression)) checkExpression(table, part, indices);
  }
}

/** A value has no say in what is applied by its name, unless it is an instance or may be given as a function. */
function checkCallee(table: Table, callee: Expression, indices: Indices): void {
  if (callee.kind === 'name') {
    const entry = table.entries.get(callee.name);
    const declared = find(table.declarations, callee.name, table.fromPrelude);
    const hides = entry === undefined || entry.layer !== undefined || entry.kind === 'parameter';
    if (!hides && (declared?.kind === 'fn' || declared?.kind === 'layer')) {
      noticeDeclaration(table, callee.span, declared);
      return;
    }
  }
  checkExpression(table, callee, indices);
}

/** An equation that reads itself defines the name after its right side was looked at. */
function noticeOwn(table: Table, at: Span): void {
  const definition = table.ofItself?.at;
  if (definition !== undefined) table.notice?.({ at, kind: 'value', definition });
}

function markUsed(table: Table, name: string, at: Span): boolean {
  const entry = table.entries.get(name);
  if (entry === undefined) return false;
  entry.used = true;
  noticeEntry(table, at, entry);
  return true;
}

export function use(table: Table, name: string, at: Span, indices: Indices): void {
  const index = indices.get(name);
  if (index !== undefined) {
    noticeIndex(table, at, index);
    return;
  }
  if (markUsed(table, name, at)) return;
  const { declarations, fromPrelude } = table;
  const declared = find(declarations, name, fromPrelude);
  if (declared !== undefined) noticeDeclaration(table, at, declared);
  if (declared !== undefined || table.mayUse.has(name)) return;
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
  const own = [...indices.keys(), ...table.entries.keys(), ...ownNames(declarations, fromPrelude)];
  table.diagnostics.push(
    defined === undefined
      ? unknownName(at, name, own, libraryNames(declarations))
      : usedBefore(at, name, defined),
  );
}

function isInlineInstance({ declarations, fromPrelude, ofPasses }: Table, name: string): boolean {
  const own = inlineName(name);
  if (own === undefined) return false;
  return ofPasses.has(own) || find(declarations, own, fromPrelude)?.kind === 'layer';
}
