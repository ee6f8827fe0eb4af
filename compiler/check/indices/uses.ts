/** Expressions and the indices of an equation around in, the places that tell how far these run out. */

import type { Access, Binder, Expression, Reduction } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, report } from '../checker.ts';
import { notATensor, wrongIndexCount } from '../problems/indices.ts';
import { textOf } from '../problems/phrases.ts';
import { rootOf, type Scope } from '../scope.ts';
import { partsOf } from '../syntax.ts';
import type { Dim } from '../typed.ts';
import type { TensorValue, Value } from '../values.ts';
import { randomNamed } from './random.ts';

/** A place where a binder stands alone as an index, and the dimension there. */
export interface Use {
  readonly at: Span;
  /** Read at every value of the index: not in a branch, under a guard, or where `else` says what is outside. */
  readonly always: boolean;
  readonly dim: Dim;
  readonly of: TensorValue;
  readonly text: string;
}

export interface EllipsisUse {
  readonly at: Span;
  readonly dims: readonly Dim[];
}

export interface Uses {
  readonly byName: Map<string, Use[]>;
  readonly ellipsis: EllipsisUse[];
  /** Indices of what is unknown; `...` among them. Nothing more can be said about these. */
  readonly uncertain: Set<string>;
}

/** Whether whole axes are read: those that follow need not be written. */
export const isSliced = ({ indices }: Access): boolean => indices.some(({ kind }) => kind === 'slice');

/** Whether a name is an index of an equation or a reduction around. */
export function isIndexInForce(scope: Scope, name: string): boolean {
  for (let at: Scope | undefined = scope; at?.parent !== undefined; at = at.parent) {
    if (at.names.has(name)) return true;
  }
  return false;
}

/** Reads of the tensor of this name. */
export function accessesTo(expression: Expression, name: string): readonly Access[] {
  const own =
    expression.kind === 'access' && expression.object.kind === 'name' && expression.object.name === name;
  const inner = partsOf(expression).flatMap((part) => accessesTo(part, name));
  return own ? [expression, ...inner] : inner;
}

export const namesOfBinders = (binders: readonly Binder[]): readonly string[] =>
  binders.flatMap((binder) => (binder.kind === 'binder' ? [binder.name.name] : []));

/** The indices that reductions inside bind. */
export function innerBinders(expression: Expression): readonly string[] {
  const own = expression.kind === 'reduction' ? namesOfBinders(expression.indices) : [];
  return [...own, ...partsOf(expression).flatMap(innerBinders)];
}

/** What is looked for in an expression, and what was found so far. */
export interface Search {
  readonly checker: Checker;
  readonly names: ReadonlySet<string>;
  readonly ellipsis: boolean;
  /** Whether it is evaluated at all values of the indices. */
  readonly always: boolean;
  readonly uses: Uses;
}

/** Looks for accesses with the binders as bare indices; inner binders of the same name hide them. */
export function collectUses(search: Search, expression: Expression): void {
  if (expression.kind === 'access') collectAccess(search, expression);
  // What cannot be read, or is left open, may have said how far each of them runs.
  if (expression.kind === 'error') {
    search.checker.state.broken = true;
    for (const name of search.names) search.uses.uncertain.add(name);
    if (search.ellipsis) search.uses.uncertain.add('...');
  }
  const inside = expression.kind === 'reduction' ? withoutInner(search, expression) : search;
  for (const part of partsOf(expression))
    collectUses({ ...inside, always: inside.always && !isConditional(part, expression) }, part);
}

/** Without the indices that the reduction binds itself. */
function withoutInner(search: Search, { indices }: Reduction): Search {
  const hidden = namesOfBinders(indices);
  return {
    ...search,
    names: new Set([...search.names].filter((name) => !hidden.includes(name))),
    ellipsis: search.ellipsis && !indices.some(({ kind }) => kind === 'ellipsis'),
  };
}

/** Whether a part is evaluated only where something holds. */
function isConditional(part: Expression, whole: Expression): boolean {
  switch (whole.kind) {
    case 'conditional':
      return part !== whole.condition;
    case 'orElse':
      return true;
    case 'reduction':
      return part === whole.body && whole.where !== undefined;
    default:
      return false;
  }
}

function collectAccess(search: Search, access: Access): void {
  const { checker, names, ellipsis, always, uses } = search;
  const value = objectOf(search, access);
  if (value === undefined) return;
  if (value.kind !== 'tensor') {
    if (value.kind !== 'unknown' && value.kind !== 'tuple')
      report(checker, notATensor(access.object.span, value));
    markUncertain(search, access);
    return;
  }
  const { indices } = access;
  const at = indices.findIndex((index) => index.kind === 'ellipsis');
  const explicit = indices.length - (at < 0 ? 0 : 1);
  const spare = value.dims.length - explicit;
  if (spare < 0 || (at < 0 && spare > 0 && !isSliced(access))) {
    report(checker, wrongIndexCount(access.span, value, explicit));
    markUncertain(search, access);
    return;
  }
  for (const [k, index] of indices.entries()) {
    const axis = at >= 0 && k > at ? k + spare - 1 : k;
    if (index.kind === 'ellipsis') {
      if (ellipsis) uses.ellipsis.push({ at: access.span, dims: value.dims.slice(at, at + spare) });
    } else if (index.kind === 'name' && names.has(index.name)) {
      const list = uses.byName.get(index.name) ?? [];
      const text = textOf(access.object.span);
      list.push({ at: index.span, always, dim: value.dims[axis]!, of: value, text });
      uses.byName.set(index.name, list);
    }
  }
}

/** What this read would have said of the indices nobody knows. */
export function markUncertain({ names, uses }: Pick<Search, 'names' | 'uses'>, { indices }: Access): void {
  for (const index of indices) {
    if (index.kind === 'ellipsis') uses.uncertain.add('...');
    else if (index.kind === 'name' && names.has(index.name)) uses.uncertain.add(index.name);
  }
}

/** The tensor that is read: a name, `enc.W`, or an expression without the binders, which is then kept. */
function objectOf(search: Search, { object }: Access): Value | undefined {
  const { checker } = search;
  if (randomNamed(object, checker.scope) !== undefined) return undefined;
  if (object.kind === 'name') return isIndex(search, object.name) ? undefined : checker.evaluate(object);
  const { evaluated } = rootOf(checker.scope);
  const known = evaluated.get(object);
  if (known !== undefined) return known;
  if (object.kind === 'access' || mentionsIndex(search, object)) return undefined;
  const value = checker.evaluate(object);
  evaluated.set(object, value);
  return value;
}

const isIndex = ({ names, checker }: Search, name: string): boolean =>
  names.has(name) || isIndexInForce(checker.scope, name);

function mentionsIndex(search: Search, expression: Expression): boolean {
  if (expression.kind === 'name') return isIndex(search, expression.name);
  if (expression.kind === 'reduction') return true;
  const ellipsis =
    expression.kind === 'access' && expression.indices.some((index) => index.kind === 'ellipsis');
  return ellipsis || partsOf(expression).some((part) => mentionsIndex(search, part));
}
