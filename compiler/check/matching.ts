/** Declared types and the values given for them in, dimensions bound to names out: `x: f32[..., I]` against `f32[B = 32, 784]`. */
import type { Definition, Expression, Parameter, TypeExpression } from '../../grammar/ast.ts';
import type { Span } from '../../grammar/source.ts';
import type { DType } from '../scalar/expr.ts';
import { constantOf } from './arithmetic.ts';
import { type Checker, type Given, report } from './checker.ts';
import { evaluateExtent } from './extents.ts';
import {
  cannotSolve,
  ellipsisDiffers,
  notADimension,
  rankDiffers,
  shapeDiffers,
  typeDiffers,
  unknownType,
  wantsCompileTime,
} from './problems-shapes.ts';
import { lookUp, type Scope } from './scope.ts';
import { partsOf } from './syntax.ts';
import { store } from './tensors.ts';
import type { Dim } from './typed.ts';
import {
  booleanValue,
  numberValue,
  referenceTo,
  scalarValue,
  type TensorValue,
  unknown,
  type Value,
} from './values.ts';

export const elementTypes: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['f32', 'f32'],
  ['i32', 'i32'],
  ['u32', 'u32'],
  ['bool', 'bool'],
]);

const plainTypes = new Set(['int', 'float', 'bool', 'layer', 'fn']);

export const typeNames: readonly string[] = [...new Set([...elementTypes.keys(), ...plainTypes])];

/** A tensor parameter whose dimensions are still to be matched. */
interface Pending {
  readonly parameter: Parameter;
  readonly value: TensorValue;
  readonly at: Span;
}

/**
 * Binds each parameter in order; a missing one gets its default, which may use those before it. False where one
 * stays unknown: then the body is not expanded, since all in it would only complain about that.
 */
export function bindParameters(
  checker: Checker,
  parameters: readonly Parameter[],
  given: ReadonlyMap<string, Given>,
  where: readonly Definition[],
  scope: Scope,
): boolean {
  const pending: Pending[] = [];
  for (const parameter of parameters) {
    const name = parameter.name.name;
    const argument = given.get(name) ?? defaultOf(checker, parameter, scope);
    const value = fitted(checker, parameter, argument, scope, pending);
    scope.names.set(name, value);
  }
  const known = new Set(pending.map(({ parameter }) => parameter.name.name));
  const failed = parameters.some(
    ({ name }) => scope.names.get(name.name)?.kind === 'unknown' && !known.has(name.name),
  );
  const deferred = new Set(where.map((definition) => definition.name.name));
  const local = pending.map((one) => ({ ...one, dims: matchNames(checker, one, deferred, scope) }));
  for (const definition of failed || local.some(({ dims }) => dims === undefined) ? [] : where) {
    const dim = evaluateExtent(checker, definition.value, scope);
    const { name } = definition.name;
    scope.names.set(name, dim === undefined ? unknown : numberOf({ extent: dim.extent, name }));
  }
  for (const { parameter, value, at, dims } of local) {
    const matched =
      dims === undefined ? undefined : matchExpressions(checker, parameter, value, dims, at, scope);
    scope.names.set(parameter.name.name, matched === undefined ? unknown : withDims(value, matched));
  }
  const names = [...parameters.map(({ name }) => name.name), ...deferred];
  return names.every((name) => (scope.names.get(name) ?? unknown).kind !== 'unknown');
}

const withDims = (value: TensorValue, dims: readonly Dim[]): TensorValue =>
  value.tensor !== undefined && dims.length > 0
    ? { ...referenceTo(value.tensor, dims), element: value.element }
    : { ...value, dims };

/** A dimension as a compile-time number. */
export const numberOf = (dim: Dim): Value => ({ ...numberValue(dim.extent, true), dim });

function defaultOf(checker: Checker, parameter: Parameter, scope: Scope): Given {
  const expression = parameter.default;
  if (expression === undefined) return { value: unknown, at: parameter.span };
  return { value: checker.evaluate(expression, scope), at: expression.span };
}

/** A default with a point or an exponent says that the parameter is no whole number. */
const isFraction = (expression: Expression | undefined): boolean =>
  expression?.kind === 'number' && !expression.integer;

function fitted(
  checker: Checker,
  parameter: Parameter,
  { value, at }: Given,
  scope: Scope,
  pending: Pending[],
): Value {
  const { type } = parameter;
  if (value.kind === 'unknown') return unknown;
  if (type === undefined) {
    if (value.kind === 'number' && isFraction(parameter.default)) return numberValue(value.value, false);
    return named(checker, value, parameter, at, scope);
  }
  const name = type.name.name;
  if (type.dimensions === undefined && plainTypes.has(name)) {
    return compileTime(checker, name, value, parameter, at, scope);
  }
  const dtype = elementTypes.get(name);
  if (dtype === undefined) {
    report(checker, unknownType(type.name.span, name, typeNames));
    return unknown;
  }
  const tensor = asTensor(checker, value, dtype, at);
  if (tensor === undefined || tensor.dtype !== dtype) {
    report(checker, typeDiffers(at, parameter, type, value));
    return unknown;
  }
  const kept = named(checker, tensor, parameter, at, scope);
  if (kept.kind === 'tensor') pending.push({ parameter, value: kept, at });
  return unknown;
}

/** A literal is a scalar of the declared type. */
function asTensor(checker: Checker, value: Value, dtype: DType, at: Span): TensorValue | undefined {
  if (value.kind === 'tensor') return value;
  if (value.kind === 'number' && (dtype === 'f32' || (dtype !== 'bool' && value.integer))) {
    return scalarValue(constantOf(checker, value.value, dtype, at));
  }
  if (value.kind === 'boolean' && dtype === 'bool')
    return scalarValue(constantOf(checker, Number(value.value), dtype, at));
  return undefined;
}

function compileTime(
  checker: Checker,
  type: string,
  value: Value,
  parameter: Parameter,
  at: Span,
  scope: Scope,
): Value {
  if (type === 'int' && value.kind === 'number' && value.integer) {
    const dim: Dim = value.dim ?? { extent: value.value, name: parameter.name.name };
    return { ...value, dim };
  }
  if (type === 'float' && value.kind === 'number') return numberValue(value.value, false);
  if (type === 'bool' && value.kind === 'boolean') return value;
  if (type === 'bool' && value.kind === 'tensor' && value.dtype === 'bool' && value.dims.length === 0) {
    return named(checker, value, parameter, at, scope);
  }
  if (type === 'bool' && value.kind === 'number' && (value.value === 0 || value.value === 1)) {
    return booleanValue(value.value === 1);
  }
  if (type === 'fn' && value.kind === 'function') return value;
  if (type === 'layer' && (value.kind === 'layer' || value.kind === 'instance')) return value;
  report(checker, wantsCompileTime(at, parameter, type, value));
  return unknown;
}

/** An argument that is more than a read gets an equation of its own, named after the parameter. */
function named(checker: Checker, value: Value, parameter: Parameter, at: Span, scope: Scope): Value {
  if (value.kind !== 'tensor' || value.tensor !== undefined) return value;
  if (value.dims.length === 0 && (isSimple(value) || checker.conditions.length > 0)) return value;
  return store(checker, value, { name: `${scope.prefix}${parameter.name.name}`, claimed: false }, at);
}

/** A read at plain positions, an index or a constant. */
export function isSimple(value: TensorValue): boolean {
  const element = value.element([]);
  if (element.kind === 'load')
    return element.indices.every(({ kind }) => kind === 'constant' || kind === 'index');
  return element.kind === 'constant' || element.kind === 'index' || element.kind === 'result';
}

// ---------------------------------------------------------------- dimensions

type Matched = readonly { readonly dim: Dim; readonly pattern: Expression | undefined }[];

/** Aligns the declared dimensions with the value's and binds bare names; expressions come later. */
function matchNames(
  checker: Checker,
  { parameter, value, at }: Pending,
  deferred: ReadonlySet<string>,
  scope: Scope,
): Matched | undefined {
  const patterns = parameter.type?.dimensions ?? [];
  const ellipsisAt = patterns.findIndex((pattern) => pattern.kind === 'ellipsis');
  const spare = value.dims.length - (patterns.length - (ellipsisAt < 0 ? 0 : 1));
  if (spare < 0 || (ellipsisAt < 0 && spare > 0)) {
    report(checker, rankDiffers(at, parameter, value));
    return undefined;
  }
  const result: { dim: Dim; pattern: Expression | undefined }[] = [];
  let fine = true;
  for (const pattern of patterns) {
    if (pattern.kind === 'ellipsis') {
      const group = value.dims.slice(ellipsisAt, ellipsisAt + spare);
      fine = bindEllipsis(checker, parameter, value, group, at, scope) && fine;
      result.push(...group.map((dim) => ({ dim, pattern: undefined })));
      continue;
    }
    const dim = value.dims[result.length]!;
    if (pattern.kind !== 'name' || deferred.has(pattern.name)) {
      result.push({ dim, pattern });
      continue;
    }
    const known = lookUp(scope, pattern.name);
    if (known === undefined) scope.names.set(pattern.name, numberOf(dim));
    else if (!agrees(checker, known, dim, parameter, pattern, value, at, scope)) fine = false;
    result.push({ dim: localDim(dim, pattern.name, scope), pattern: undefined });
  }
  return fine ? result : undefined;
}

const localDim = (dim: Dim, name: string, scope: Scope): Dim => ({
  extent: dim.extent,
  name,
  owner: scope.expansion,
  outer: dim,
  ...(dim.index === undefined ? {} : { index: dim.index }),
});

function agrees(
  checker: Checker,
  known: Value,
  dim: Dim,
  parameter: Parameter,
  pattern: Expression,
  value: TensorValue,
  at: Span,
  scope: Scope,
): boolean {
  if (known.kind === 'unknown') return false;
  if (known.kind !== 'number' || !known.integer) {
    report(checker, notADimension(pattern.span, known));
    return false;
  }
  if (known.value === dim.extent) return true;
  report(
    checker,
    shapeDiffers(
      at,
      parameter,
      value,
      boundText(parameter.type!, scope),
      pattern.span,
      known.value,
      dim.extent,
    ),
  );
  return false;
}

function bindEllipsis(
  checker: Checker,
  parameter: Parameter,
  value: TensorValue,
  group: readonly Dim[],
  at: Span,
  scope: Scope,
): boolean {
  const known = scope.ellipsis;
  if (known === undefined) {
    scope.ellipsis = group;
    return true;
  }
  const same =
    known.length === group.length && known.every((dim, axis) => dim.extent === group[axis]!.extent);
  if (!same) report(checker, ellipsisDiffers(at, parameter, value, known, group));
  return same;
}

/** Dimensions like `2*K` or `OH`: all names known now, or one to solve for. */
function matchExpressions(
  checker: Checker,
  parameter: Parameter,
  value: TensorValue,
  matched: Matched,
  at: Span,
  scope: Scope,
): readonly Dim[] | undefined {
  const dims: Dim[] = [];
  for (const { dim, pattern } of matched) {
    if (pattern === undefined) {
      dims.push(dim);
      continue;
    }
    const missing = [...namesOf(pattern)].filter((name) => lookUp(scope, name) === undefined);
    if (missing.length === 1 && !solve(checker, pattern, missing[0]!, dim.extent, scope)) {
      report(checker, cannotSolve(pattern.span, missing[0]!, dim.extent, at));
      scope.names.set(missing[0]!, unknown);
      return undefined;
    }
    const extent = evaluateExtent(checker, pattern, scope);
    if (extent === undefined) return undefined;
    if (extent.extent !== dim.extent) {
      const expected = boundText(parameter.type!, scope);
      report(checker, shapeDiffers(at, parameter, value, expected, pattern.span, extent.extent, dim.extent));
      return undefined;
    }
    dims.push(dim);
  }
  return dims;
}

/** The integer n with pattern(n) = extent, where the pattern is linear in it. */
function solve(checker: Checker, pattern: Expression, name: string, extent: number, scope: Scope): boolean {
  const at = (n: number): number | undefined => {
    scope.names.set(name, numberValue(n, true));
    const value = checker.evaluate(pattern, scope);
    return value.kind === 'number' ? value.value : undefined;
  };
  const [first, second] = [at(1), at(2)];
  if (first === undefined || second === undefined || first === second) return false;
  const n = 1 + (extent - first) / (second - first);
  if (!Number.isInteger(n) || n <= 0 || at(n) !== extent) return false;
  scope.names.set(name, numberOf({ extent: n, name }));
  return true;
}

/** The names in an expression of dimensions. */
export function namesOf(expression: Expression): ReadonlySet<string> {
  if (expression.kind === 'name') return new Set([expression.name]);
  const parts =
    expression.kind === 'call' ? expression.arguments.map(({ value }) => value) : partsOf(expression);
  return new Set(parts.flatMap((part) => [...namesOf(part)]));
}

/** The declared type with what is known of its names: `f32[..., I = 784]`. */
function boundText(type: TypeExpression, scope: Scope): string {
  const dims = (type.dimensions ?? []).map((pattern) => {
    if (pattern.kind === 'ellipsis') return '...';
    const text = pattern.span.source.text.slice(pattern.span.start, pattern.span.end);
    const known = pattern.kind === 'name' ? lookUp(scope, pattern.name) : undefined;
    return known?.kind === 'number' ? `${text} = ${known.value}` : text;
  });
  return `${type.name.name}[${dims.join(', ')}]`;
}

// ---------------------------------------------------------------- declared shapes

/** The dimensions that a type says, all names known: of a parameter, a state or a result. */
export function evaluateDims(
  checker: Checker,
  type: TypeExpression,
  scope: Scope,
  ellipsis: readonly Dim[] | undefined = scope.ellipsis,
): readonly Dim[] | undefined {
  const dims: Dim[] = [];
  let complete = true;
  for (const pattern of type.dimensions ?? []) {
    if (pattern.kind === 'ellipsis') {
      if (ellipsis === undefined) complete = false;
      else dims.push(...ellipsis);
      continue;
    }
    const dim = evaluateExtent(checker, pattern, scope);
    if (dim === undefined) complete = false;
    else dims.push(dim);
  }
  return complete ? dims : undefined;
}
