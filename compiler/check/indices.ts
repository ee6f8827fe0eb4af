/** The binders of an equation or a reduction in, index variables with extents out: inferred from bare uses `x[.., c]`. */
import type { Access, Binder, Expression, IndexBinder } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import { type Checker, newVariable, report } from './checker.ts';
import { variableElement } from './element.ts';
import { evaluateExtent } from './extents.ts';
import {
  ellipsisMismatch,
  extentMismatch,
  extentUnknown,
  indexBoundTwice,
  twoEllipses,
  wrongIndexCount,
} from './problems-shapes.ts';
import { lookUp, rootOf, type Scope, within } from './scope.ts';
import { partsOf } from './syntax.ts';
import { indexNames } from './tensors.ts';
import type { Dim, IndexVariable } from './typed.ts';
import { scalarValue, type TensorValue, type Value } from './values.ts';

/** A place where a binder stands alone as an index, and the dimension there. */
interface Use {
  readonly at: Span;
  readonly dim: Dim;
  readonly of: TensorValue;
  readonly text: string;
}

interface EllipsisUse {
  readonly at: Span;
  readonly dims: readonly Dim[];
}

interface Uses {
  readonly byName: Map<string, Use[]>;
  readonly ellipsis: EllipsisUse[];
  /** Indices of what is unknown; `...` among them. Nothing more can be said about these. */
  readonly uncertain: Set<string>;
}

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
  for (const body of bodies) collect(checker, body, names, ellipses > 0, scope, uses);
  const inner = new Set(bodies.flatMap((body) => [...innerBinders(body)]));
  return assemble(checker, binders, uses, scope, declared, inner);
}

function isIndexInForce(scope: Scope, name: string): boolean {
  for (let at: Scope | undefined = scope; at?.parent !== undefined; at = at.parent) {
    if (at.names.has(name)) return true;
  }
  return false;
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
  for (const [position, binder] of binders.entries()) {
    if (binder.kind === 'ellipsis') {
      const found = ellipsisDims(checker, binder.span, uses, scope, declared, explicit);
      if (found === undefined) complete = false;
      dims.push([...(found ?? [])]);
      continue;
    }
    const fromEnd = binders.length - position;
    const afterEllipsis = binders.slice(0, position).some((other) => other.kind === 'ellipsis');
    const fallback = declared?.[afterEllipsis ? declared.length - fromEnd : position];
    const found = binderDim(checker, binder, uses, scope, fallback);
    if (found === undefined) complete = false;
    dims.push(found === undefined ? [] : [{ ...found, index: binder.name.name }]);
  }
  if (!complete) return undefined;
  const own = binders.flatMap((binder) => (binder.kind === 'binder' ? [binder.name.name] : []));
  const taken = [...own, ...inner];
  const values = new Map<string, Value>();
  const variables: IndexVariable[] = [];
  let ellipsis: readonly IndexVariable[] | undefined;
  const named = dims.map((group, k) => {
    if (binders[k]!.kind === 'binder') return group;
    const names = indexNames(group, taken);
    return group.map((dim, axis): Dim => ({ ...dim, index: names[axis]! }));
  });
  for (const [k, binder] of binders.entries()) {
    const made = named[k]!.map((dim) => newVariable(checker, dim.index!, dim.extent));
    variables.push(...made);
    if (binder.kind === 'ellipsis') ellipsis = made;
    else values.set(binder.name.name, scalarValue(variableElement(made[0]!)));
  }
  return {
    variables,
    dims: named.flat(),
    scope: within(scope, values, ellipsis?.map(variableElement)),
  };
}

function binderDim(
  checker: Checker,
  binder: IndexBinder,
  uses: Uses,
  scope: Scope,
  fallback: Dim | undefined,
): Dim | undefined {
  if (binder.extent !== undefined) return evaluateExtent(checker, binder.extent, scope);
  const { name, span } = binder.name;
  const [first, ...more] = uses.byName.get(name) ?? [];
  if (first === undefined) {
    if (fallback === undefined && !uses.uncertain.has(name)) report(checker, extentUnknown(span, name));
    return fallback;
  }
  for (const other of more) {
    if (other.dim.extent === first.dim.extent) continue;
    report(checker, extentMismatch(name, first, other));
    return undefined;
  }
  return first.dim.name === undefined
    ? (more.find(({ dim }) => dim.name !== undefined)?.dim ?? first.dim)
    : first.dim;
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
    const agrees =
      other.dims.length === first.dims.length &&
      other.dims.every((dim, axis) => dim.extent === first.dims[axis]!.extent);
    if (agrees) continue;
    report(checker, ellipsisMismatch(first, other));
    return undefined;
  }
  return first.dims;
}

// ---------------------------------------------------------------- uses

/** The indices that reductions inside bind. */
function innerBinders(expression: Expression): readonly string[] {
  const own =
    expression.kind === 'reduction'
      ? expression.indices.flatMap((binder) => (binder.kind === 'binder' ? [binder.name.name] : []))
      : [];
  return [...own, ...partsOf(expression).flatMap(innerBinders)];
}

/** Looks for accesses with the binders as bare indices; inner binders of the same name hide them. */
function collect(
  checker: Checker,
  expression: Expression,
  names: ReadonlySet<string>,
  ellipsis: boolean,
  scope: Scope,
  uses: Uses,
): void {
  if (expression.kind === 'access') collectAccess(checker, expression, names, ellipsis, scope, uses);
  let [left, stillEllipsis] = [names, ellipsis];
  if (expression.kind === 'reduction') {
    const hidden = new Set(expression.indices.flatMap((b) => (b.kind === 'binder' ? [b.name.name] : [])));
    left = new Set([...names].filter((name) => !hidden.has(name)));
    stillEllipsis = ellipsis && !expression.indices.some((b) => b.kind === 'ellipsis');
  }
  for (const part of partsOf(expression)) collect(checker, part, left, stillEllipsis, scope, uses);
}

function collectAccess(
  checker: Checker,
  access: Access,
  names: ReadonlySet<string>,
  ellipsis: boolean,
  scope: Scope,
  uses: Uses,
): void {
  const value = objectOf(checker, access, names, scope);
  if (value?.kind !== 'tensor') {
    if (value !== undefined) markUncertain(access, names, uses);
    return;
  }
  const { indices } = access;
  const at = indices.findIndex((index) => index.kind === 'ellipsis');
  const explicit = indices.length - (at < 0 ? 0 : 1);
  const spare = value.dims.length - explicit;
  if (spare < 0 || (at < 0 && spare > 0)) {
    report(checker, wrongIndexCount(access.span, value, explicit));
    markUncertain(access, names, uses);
    return;
  }
  const text = access.object.span.source.text.slice(access.object.span.start, access.object.span.end);
  for (const [k, index] of indices.entries()) {
    const axis = at >= 0 && k > at ? k + spare - 1 : k;
    if (index.kind === 'ellipsis') {
      if (ellipsis) uses.ellipsis.push({ at: access.span, dims: value.dims.slice(at, at + spare) });
    } else if (index.kind === 'name' && names.has(index.name)) {
      const list = uses.byName.get(index.name) ?? [];
      list.push({ at: index.span, dim: value.dims[axis]!, of: value, text });
      uses.byName.set(index.name, list);
    }
  }
}

function markUncertain({ indices }: Access, names: ReadonlySet<string>, uses: Uses): void {
  for (const index of indices) {
    if (index.kind === 'ellipsis') uses.uncertain.add('...');
    else if (index.kind === 'name' && names.has(index.name)) uses.uncertain.add(index.name);
  }
}

/** The tensor that is read: a name, `enc.W`, or an expression without the binders, which is then kept. */
function objectOf(
  checker: Checker,
  { object }: Access,
  names: ReadonlySet<string>,
  scope: Scope,
): Value | undefined {
  if (object.kind === 'name') return names.has(object.name) ? undefined : lookUp(scope, object.name);
  const root = rootOf(scope);
  const known = root.evaluated.get(object);
  if (known !== undefined) return known;
  if (object.kind === 'access' || mentionsIndex(object, names, scope)) return undefined;
  const value = checker.evaluate(object, scope);
  root.evaluated.set(object, value);
  return value;
}

function mentionsIndex(expression: Expression, names: ReadonlySet<string>, scope: Scope): boolean {
  if (expression.kind === 'name') return names.has(expression.name) || isIndexInForce(scope, expression.name);
  if (expression.kind === 'reduction') return true;
  const ellipsis =
    expression.kind === 'access' && expression.indices.some((index) => index.kind === 'ellipsis');
  return ellipsis || partsOf(expression).some((part) => mentionsIndex(part, names, scope));
}
