/** The binders of an equation or a reduction in, index variables with extents out: inferred from bare uses `x[.., c]`. */
import type { Binder, Expression, IndexBinder } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { type Checker, newVariable, report } from '../checker.ts';
import {
  ellipsisMismatch,
  extentMismatch,
  extentUnknown,
  indexBoundTwice,
  indexHides,
  twoEllipses,
} from '../problems/indices.ts';
import { lookUp, rootOf, type Scope, within } from '../scope.ts';
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
  type Use,
  type Uses,
} from './uses.ts';

export interface Bound {
  readonly variables: readonly IndexVariable[];
  /** The dimension that each variable runs over. */
  readonly dims: readonly Dim[];
  /** The scope in which the body is evaluated. */
  readonly scope: Scope;
}

/**
 * `declared` are the dimensions that the declared result type gives, for a `return` equation. Undefined: a
 * problem was reported.
 */
export function bind(
  checker: Checker,
  binders: readonly Binder[],
  bodies: readonly Expression[],
  scope: Scope,
  declared?: readonly Dim[],
): Bound | undefined {
  const names = new Set<string>();
  let fine = true;
  let ellipses = 0;
  for (const binder of binders) {
    if (binder.kind === 'ellipsis') {
      ellipses += 1;
      if (ellipses === 2) report(checker, twoEllipses(binder.span));
      continue;
    }
    const { name, span } = binder.name;
    const shadows = isIndexInForce(scope, name);
    if (names.has(name) || shadows) {
      report(checker, indexBoundTwice(span, name));
      fine = false;
    }
    names.add(name);
  }
  if (!fine || ellipses > 1) return undefined;
  const uses: Uses = { byName: new Map(), ellipsis: [], uncertain: new Set() };
  for (const binder of binders) {
    if (binder.kind === 'binder') reportHidden(checker, binder, bodies, scope, names, uses);
  }
  const guarded = bodies.length > 1;
  for (const [k, body] of bodies.entries()) {
    // What comes before the body of a reduction is its guard.
    const always = !guarded || k < bodies.length - 1;
    collectUses(checker, body, { names, ellipsis: ellipses > 0, always }, scope, uses);
  }
  const inner = new Set(bodies.flatMap((body) => [...innerBinders(body)]));
  return assemble(checker, binders, uses, scope, declared, inner);
}

/** A parameter b that is read as b[o] where b is also the index of the batch. */
function reportHidden(
  checker: Checker,
  binder: IndexBinder,
  bodies: readonly Expression[],
  scope: Scope,
  names: ReadonlySet<string>,
  uses: Uses,
): void {
  const { name, span } = binder.name;
  if (lookUp(scope, name)?.kind !== 'tensor') return;
  const accesses = bodies.flatMap((body) => accessesTo(body, name));
  if (accesses[0] !== undefined) report(checker, indexHides(span, name, accesses[0].span));
  if (accesses.length > 0) uses.uncertain.add(name);
  // What these reads would have said of the indices nobody knows.
  for (const access of accesses) markUncertain(access, names, uses);
}

function assemble(
  checker: Checker,
  binders: readonly Binder[],
  uses: Uses,
  scope: Scope,
  declared: readonly Dim[] | undefined,
  inner: ReadonlySet<string>,
): Bound | undefined {
  const dims: Dim[][] = [];
  let complete = true;
  const explicit = binders.filter((binder) => binder.kind === 'binder').length;
  const rankFits =
    explicit === binders.length ? declared?.length === explicit : (declared?.length ?? 0) >= explicit;
  // A result of another rank is a problem that is reported where the result is.
  const fitting = rankFits ? declared : undefined;
  for (const [position, binder] of binders.entries()) {
    if (binder.kind === 'ellipsis') {
      const found = ellipsisDims(checker, binder.span, uses, scope, declared, explicit);
      if (found === undefined) complete = false;
      dims.push([...(found ?? [])]);
      continue;
    }
    const fromEnd = binders.length - position;
    const afterEllipsis = binders.slice(0, position).some((other) => other.kind === 'ellipsis');
    const said = fitting?.[afterEllipsis ? fitting.length - fromEnd : position];
    const found = binderDim(checker, binder, uses, scope, said);
    if (found === undefined) complete = false;
    dims.push(found === undefined ? [] : [{ ...found, index: binder.name.name }]);
  }
  if (!complete) return undefined;
  const own = binders.flatMap((binder) => (binder.kind === 'binder' ? [binder.name.name] : []));
  const taken = [...own, ...inner];
  const values = new Map<string, Value>();
  const variables: IndexVariable[] = [];
  let ellipsis: readonly IndexVariable[] | undefined;
  for (const [k, binder] of binders.entries()) {
    const made =
      binder.kind === 'ellipsis'
        ? newVariables(checker, dims[k]!, taken)
        : dims[k]!.map(({ extent }) => newVariable(checker, binder.name.name, extent));
    variables.push(...made);
    if (binder.kind === 'ellipsis') ellipsis = made;
    else values.set(binder.name.name, scalarValue(variableElement(made[0]!)));
  }
  return {
    variables,
    dims: withIndices(dims.flat(), variables),
    scope: within(scope, values, ellipsis?.map(variableElement)),
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
  scope: Scope,
  declared: Dim | undefined,
): Dim | undefined {
  if (binder.extent !== undefined) return evaluateExtent(checker, binder.extent, scope);
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

function ellipsisDims(
  checker: Checker,
  at: Span,
  uses: Uses,
  scope: Scope,
  declared: readonly Dim[] | undefined,
  explicit: number,
): readonly Dim[] | undefined {
  const [first, ...more] = uses.ellipsis;
  if (first === undefined) {
    const known =
      declared !== undefined
        ? declared.slice(0, Math.max(0, declared.length - explicit))
        : rootOf(scope).ellipsis;
    if (known === undefined && !uses.uncertain.has('...')) report(checker, extentUnknown(at, '...'));
    return known;
  }
  for (const other of more) {
    if (sameExtents(other.dims, first.dims)) continue;
    return report(checker, ellipsisMismatch(first, other));
  }
  return first.dims;
}
