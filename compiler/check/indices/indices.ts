/** The binders of an equation or a reduction in, index variables with extents out: inferred from bare uses `x[.., c]`. */
import type { Binder, Expression, IndexBinder } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, inside, newVariable, report } from '../checker.ts';
import {
  ellipsisMismatch,
  extentMismatch,
  extentUnknown,
  indexBoundTwice,
  indexHides,
  twoEllipses,
} from '../problems/indices.ts';
import { lookUp, rootOf, within } from '../scope.ts';
import { evaluateExtent } from '../shapes/dimensions.ts';
import { variableElement } from '../tensors/element.ts';
import { newVariables, sameExtents, withIndices } from '../tensors/tensors.ts';
import type { Dim, IndexVariable } from '../typed.ts';
import { scalarValue, type Value } from '../values.ts';
import {
  accessesTo,
  collectUses,
  innerBinders,
  isIndexInForce,
  markUncertain,
  namesOfBinders,
  type Search,
  type Use,
  type Uses,
} from './uses.ts';

export interface Bound {
  readonly variables: readonly IndexVariable[];
  /** The dimension that each variable runs over. */
  readonly dims: readonly Dim[];
  /** The checker where they are in force: the body is evaluated there. */
  readonly inner: Checker;
}

/**
 * `declared` are the dimensions that the declared result type gives, for a `return` equation. Undefined: a
 * problem was reported.
 */
export function bind(
  checker: Checker,
  binders: readonly Binder[],
  bodies: readonly Expression[],
  declared?: readonly Dim[],
): Bound | undefined {
  if (!areDistinct(checker, binders)) return undefined;
  const names = new Set(namesOfBinders(binders));
  const uses: Uses = { byName: new Map(), ellipsis: [], uncertain: new Set() };
  for (const binder of binders) {
    if (binder.kind === 'binder') reportHidden(checker, binder, bodies, { names, uses });
  }
  const ellipsis = binders.some(({ kind }) => kind === 'ellipsis');
  for (const [k, body] of bodies.entries()) {
    // What comes before the body of a reduction is its guard.
    const always = bodies.length === 1 || k < bodies.length - 1;
    collectUses({ checker, names, ellipsis, always, uses }, body);
  }
  const dims = dimsOf(checker, binders, uses, declared);
  return dims && boundTo(checker, binders, dims, [...names, ...bodies.flatMap(innerBinders)]);
}

/** Whether each index is bound once, and `...` at most once; reported where not. */
function areDistinct(checker: Checker, binders: readonly Binder[]): boolean {
  const names = new Set<string>();
  let fine = true;
  for (const binder of binders) {
    if (binder.kind === 'ellipsis') continue;
    const { name, span } = binder.name;
    if (names.has(name) || isIndexInForce(checker.scope, name)) {
      report(checker, indexBoundTwice(span, name));
      fine = false;
    }
    names.add(name);
  }
  const [, second] = binders.filter(({ kind }) => kind === 'ellipsis');
  if (second !== undefined) report(checker, twoEllipses(second.span));
  return fine && second === undefined;
}

/** A parameter b that is read as b[o] where b is also the index of the batch. */
function reportHidden(
  checker: Checker,
  { name: { name, span } }: IndexBinder,
  bodies: readonly Expression[],
  search: Pick<Search, 'names' | 'uses'>,
): void {
  if (lookUp(checker.scope, name)?.kind !== 'tensor') return;
  const accesses = bodies.flatMap((body) => accessesTo(body, name));
  const [first] = accesses;
  if (first === undefined) return;
  report(checker, indexHides(span, name, first.span));
  search.uses.uncertain.add(name);
  for (const access of accesses) markUncertain(search, access);
}

/** The dimensions that each binder stands for, one but for `...`. */
function dimsOf(
  checker: Checker,
  binders: readonly Binder[],
  uses: Uses,
  declared: readonly Dim[] | undefined,
): readonly (readonly Dim[])[] | undefined {
  const explicit = binders.filter(({ kind }) => kind === 'binder').length;
  const at = binders.findIndex(({ kind }) => kind === 'ellipsis');
  const spare = (declared?.length ?? 0) - explicit;
  // A result of another rank is a problem that is reported where the result is.
  const fits = at < 0 ? spare === 0 : spare >= 0;
  const dims = binders.map((binder, k): readonly Dim[] | undefined => {
    if (binder.kind === 'ellipsis') {
      const said = declared?.slice(0, Math.max(0, spare));
      return ellipsisDims(checker, binder.span, uses, said ?? rootOf(checker.scope).ellipsis);
    }
    const said = fits ? declared?.[at >= 0 && k > at ? k + spare - 1 : k] : undefined;
    const dim = binderDim(checker, binder, uses, said);
    return dim && [{ ...dim, index: binder.name.name }];
  });
  return dims.every((part) => part !== undefined) ? dims : undefined;
}

/** New variables for the binders; those of `...` have none of the names that are taken. */
function boundTo(
  checker: Checker,
  binders: readonly Binder[],
  dims: readonly (readonly Dim[])[],
  taken: readonly string[],
): Bound {
  const values = new Map<string, Value>();
  let ellipsis: readonly IndexVariable[] | undefined;
  const variables = binders.flatMap((binder, k) => {
    if (binder.kind === 'ellipsis') {
      ellipsis = newVariables(checker, dims[k]!, taken);
      return ellipsis;
    }
    const { name } = binder.name;
    const variable = newVariable(checker, name, dims[k]![0]!.extent);
    values.set(name, scalarValue(variableElement(variable)));
    return [variable];
  });
  return {
    variables,
    dims: withIndices(dims.flat(), variables),
    inner: inside(checker, { scope: within(checker.scope, values, ellipsis?.map(variableElement)) }),
  };
}

/**
 * How far an index runs: what is written, else what the declared result says, else where it stands alone. A read
 * that only some of its values need decides nothing if another tells.
 */
function binderDim(
  checker: Checker,
  binder: IndexBinder,
  uses: Uses,
  declared: Dim | undefined,
): Dim | undefined {
  if (binder.extent !== undefined) return evaluateExtent(checker, binder.extent);
  const { name, span } = binder.name;
  const all = uses.byName.get(name) ?? [];
  const sure = all.filter(({ always }) => always);
  const telling = declared !== undefined || sure.length > 0 ? sure : all;
  const [first] = telling;
  const other = telling.find(({ dim }) => dim.extent !== first?.dim.extent);
  if (first !== undefined && other !== undefined) return report(checker, extentMismatch(name, first, other));
  const dim = declared ?? first?.dim;
  if (dim === undefined && !uses.uncertain.has(name)) report(checker, extentUnknown(span, name));
  if (dim === undefined) return undefined;
  const { read: _, ...whole } = named(dim, all);
  return declared === undefined && first !== undefined ? { ...whole, read: first.at } : whole;
}

/** With the name that the tensor which is read first has for this length. */
function named(dim: Dim, uses: readonly Use[]): Dim {
  const same = uses.map((use) => use.dim).filter(({ extent }) => extent === dim.extent);
  return same.find(({ name }) => name !== undefined) ?? same[0] ?? dim;
}

/** What `...` stands for: what the reads say, else what is known otherwise. */
function ellipsisDims(
  checker: Checker,
  at: Span,
  { ellipsis: [first, ...more], uncertain }: Uses,
  known: readonly Dim[] | undefined,
): readonly Dim[] | undefined {
  if (first === undefined) {
    if (known === undefined && !uncertain.has('...')) report(checker, extentUnknown(at, '...'));
    return known;
  }
  const other = more.find(({ dims }) => !sameExtents(dims, first.dims));
  return other === undefined ? first.dims : report(checker, ellipsisMismatch(first, other));
}
