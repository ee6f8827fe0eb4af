/** Declared types and the values given for them in, dimensions bound to names out: `x: f32[..., I]` against `f32[B = 32, 784]`. */
import type { Definition, Expression, Parameter, TypeExpression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import type { DType } from '../../scalar/expr.ts';
import { asTensor, fitsIntegers } from '../arithmetic/arithmetic.ts';
import { type Checker, type Given, observe, wrong } from '../checker.ts';
import {
  axesWanted,
  oneNumberOfAxes,
  typeDiffers,
  unknownType,
  wantsCompileTime,
} from '../problems/shapes.ts';
import { nameIn } from '../scope.ts';
import { beginEquation, store } from '../tensors/tensors.ts';
import type { Dim } from '../typed.ts';
import {
  type BooleanValue,
  booleanValue,
  type NumberValue,
  numberValue,
  referenceTo,
  type TensorValue,
  tensorOf,
  unknown,
  type Value,
} from '../values.ts';
import {
  evaluateDims,
  evaluateExtent,
  matchExpressions,
  matchNames,
  numberOf,
  type Pending,
} from './dimensions.ts';

export const elementTypes: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['f32', 'f32'],
  ['i32', 'i32'],
  ['u32', 'u32'],
  ['bool', 'bool'],
]);

const plainTypes = new Set(['int', 'float', 'bool', 'layer', 'fn']);

export const typeNames: readonly string[] = [...new Set([...elementTypes.keys(), ...plainTypes])];

/** A parameter that is everywhere the number that is its default. */
interface Filled {
  readonly parameter: Parameter;
  readonly value: TensorValue;
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
): boolean {
  const { scope } = checker;
  const pending: Pending[] = [];
  const filled: Filled[] = [];
  for (const parameter of parameters) {
    const name = parameter.name.name;
    const own = given.get(name);
    const argument = own ?? defaultOf(checker, parameter);
    const fills = own === undefined && argument.value.kind === 'number' && parameter.type?.dimensions;
    const value = fitted(checker, parameter, argument, fills ? [] : pending);
    if (fills && value.kind === 'tensor') filled.push({ parameter, value });
    scope.names.set(name, value);
  }
  const missing = parameters.filter(({ name }) => scope.names.get(name.name)?.kind === 'unknown');
  // In a trial, what is not known yet is what it is declared to be, where the others tell that.
  const supposed = checker.trial === undefined ? [] : missing.filter(({ name }) => given.has(name.name));
  const failed = missing.length > supposed.length;
  const deferred = new Set(where.map((definition) => definition.name.name));
  const local = pending.map((one) => ({ ...one, dims: matchNames(checker, one, deferred) }));
  for (const definition of failed || local.some(({ dims }) => dims === undefined) ? [] : where) {
    const dim = evaluateExtent(checker, definition.value);
    const { name } = definition.name;
    scope.names.set(
      name,
      dim === undefined ? unknown : numberOf({ extent: dim.extent, name, declared: definition.name.span }),
    );
  }
  for (const one of local) {
    const matched = one.dims && matchExpressions(checker, one, one.dims);
    scope.names.set(one.parameter.name.name, matched === undefined ? unknown : withDims(one.value, matched));
  }
  const names = [...parameters.map(({ name }) => name.name), ...deferred];
  const isKnown = (name: string): boolean => (scope.names.get(name) ?? unknown).kind !== 'unknown';
  for (const { name, type } of failed ? [] : supposed) {
    const value = type && declaredValue(checker, type, given.get(name.name)!.at);
    scope.names.set(name.name, value ?? unknown);
  }
  // Where the dimensions of the others are not known, there is nothing to say of these.
  if (!names.every(isKnown)) return false;
  for (const { parameter, value } of filled) {
    const dims = evaluateDims(checker, parameter.type!);
    const element = value.element([]);
    const whole = dims && tensorOf(dims, value.dtype, () => element);
    scope.names.set(parameter.name.name, whole ?? unknown);
  }
  for (const { name } of parameters) observe(checker, name.span, scope.names.get(name.name) ?? unknown);
  return names.every(isKnown);
}

/** A tensor of which nothing is known but its type; undefined where that is not known either. */
export function declaredValue(checker: Checker, type: TypeExpression, at: Span): TensorValue | undefined {
  const dtype = elementTypes.get(type.name.name);
  // What is not known of its dimensions is no mistake.
  const dims = dtype && evaluateDims({ ...checker, diagnostics: [] }, type);
  if (dtype === undefined || dims === undefined) return undefined;
  const naming = { name: nameIn(checker.scope, 'y'), claimed: false };
  return beginEquation(checker, naming, { dims, variables: [], outer: [], dtype }, at)?.value;
}

const withDims = (value: TensorValue, dims: readonly Dim[]): TensorValue =>
  value.tensor !== undefined && dims.length > 0
    ? { ...referenceTo(value.tensor, dims), element: value.element }
    : { ...value, dims };

function defaultOf(checker: Checker, parameter: Parameter): Given {
  const expression = parameter.default;
  if (expression === undefined) return { value: unknown, at: parameter.span };
  return { value: checker.evaluate(expression), at: expression.span };
}

/** A default with a point or an exponent says that the parameter is no whole number. */
const isFraction = (expression: Expression | undefined): boolean =>
  expression?.kind === 'number' && !expression.integer;

function fitted(checker: Checker, parameter: Parameter, { value, at }: Given, pending: Pending[]): Value {
  const { type } = parameter;
  if (value.kind === 'unknown') return unknown;
  if (type === undefined) {
    if (value.kind === 'number' && isFraction(parameter.default)) return numberValue(value.value, false);
    return named(checker, value, parameter, at);
  }
  const name = type.name.name;
  if (type.dimensions === undefined && plainTypes.has(name)) {
    return compileTime(checker, name, value, parameter, at);
  }
  if (name === 'int' || name === 'float') return axisWise(checker, type, { value, at }, parameter);
  const dtype = elementTypes.get(name);
  if (dtype === undefined) return wrong(checker, unknownType(type.name.span, name, typeNames));
  const tensor = isLiteralOf(value, dtype) ? asTensor(checker, value, dtype, at) : value;
  if (tensor.kind !== 'tensor' || tensor.dtype !== dtype)
    return wrong(checker, typeDiffers(at, parameter, type, value));
  const kept = named(checker, tensor, parameter, at);
  if (kept.kind === 'tensor') pending.push({ parameter, value: kept, at });
  // Its dimensions get their names later; until then it is known as what it is, a tensor, and no dimension.
  return kept;
}

/** Whether a literal is a scalar of the declared type. */
const isLiteralOf = (value: Value, dtype: DType): value is NumberValue | BooleanValue =>
  value.kind === 'boolean'
    ? dtype === 'bool'
    : value.kind === 'number' && (dtype === 'f32' || (dtype !== 'bool' && fitsIntegers(value)));

/** `stride: int[2]`: a number for each axis, or one for all of them. */
function axisWise(checker: Checker, type: TypeExpression, { value, at }: Given, parameter: Parameter): Value {
  const [axes, ...more] = evaluateDims(checker, type) ?? [];
  if (axes === undefined || more.length > 0)
    return wrong(checker, oneNumberOfAxes(type.span, type.name.name));
  const given = value.kind === 'tuple' ? value.values : Array.from({ length: axes.extent }, () => value);
  if (given.length !== axes.extent) return wrong(checker, axesWanted(at, parameter, axes.extent, value));
  const values: Value[] = [];
  for (const [axis, one] of given.entries()) {
    const own = compileTime(checker, type.name.name, one, parameter, at, `[${axis}]`);
    if (own.kind === 'unknown') return unknown;
    values.push(own);
  }
  return { kind: 'tuple', values };
}

function compileTime(
  checker: Checker,
  type: string,
  value: Value,
  parameter: Parameter,
  at: Span,
  which = '',
): Value {
  if (type === 'int' && value.kind === 'number' && value.integer) {
    const dim: Dim = value.dim ?? {
      extent: value.value,
      name: `${parameter.name.name}${which}`,
      // Where it was said: at the call, or by the default.
      declared: parameter.default?.span === at ? parameter.span : at,
    };
    return { ...value, dim };
  }
  if (type === 'float' && value.kind === 'number') return numberValue(value.value, false);
  if (type === 'bool' && value.kind === 'boolean') return value;
  if (type === 'bool' && value.kind === 'tensor' && value.dtype === 'bool' && value.dims.length === 0) {
    return named(checker, value, parameter, at);
  }
  if (type === 'bool' && value.kind === 'number' && (value.value === 0 || value.value === 1)) {
    return booleanValue(value.value === 1);
  }
  if (type === 'fn' && value.kind === 'function') return value;
  if (type === 'layer' && (value.kind === 'layer' || value.kind === 'instance')) return value;
  const declaration = checker.frames.at(-1)?.declaration;
  const ofLayer = declaration?.kind === 'layer' && declaration.parameters.includes(parameter);
  return wrong(
    checker,
    wantsCompileTime(at, parameter, type, value, ofLayer ? declaration.name.name : undefined),
  );
}

/** An argument that is more than a read gets an equation of its own, named after the parameter. */
function named(checker: Checker, value: Value, parameter: Parameter, at: Span): Value {
  if (value.kind !== 'tensor' || value.tensor !== undefined) return value;
  if (value.dims.length === 0 && (isSimple(value) || checker.conditions.length > 0)) return value;
  return store(checker, value, { name: `${checker.scope.prefix}${parameter.name.name}`, claimed: false }, at);
}

/** A read at plain positions, an index or a constant. */
export function isSimple(value: TensorValue): boolean {
  const element = value.element([]);
  if (element.kind === 'load')
    return element.indices.every(({ kind }) => kind === 'constant' || kind === 'index');
  return element.kind === 'constant' || element.kind === 'index' || element.kind === 'result';
}
