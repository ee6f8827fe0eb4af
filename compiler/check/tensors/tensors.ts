/** Values that must be stored in, tensors of the program out: equations with their indices and names. */

import type { Span } from '../../../grammar/source.ts';
import { countPoints } from '../../../runtime/extents.ts';
import { freeName } from '../../ir/names.ts';
import { withinEnds } from '../../ir/reducers.ts';
import { conjunction, constant, holds, load } from '../../scalar/build.ts';
import type { DType } from '../../scalar/expr.ts';
import { variablesOf } from '../../scalar/walk.ts';
import { type Checker, limits, newVariable, originAt, report, type ScalarName } from '../checker.ts';
import { tensorTooLarge, tooManyDimensions, tooManyEquations } from '../problems/names.ts';
import type {
  Dim,
  Element,
  EquationTensor,
  GradientTensor,
  IndexVariable,
  LeafTensor,
  Readable,
  Tensor,
} from '../typed.ts';
import {
  type BooleanValue,
  type NumberValue,
  ownType,
  referenceTo,
  scalarValue,
  type TensorValue,
  tensorOf,
  type UnknownValue,
  unknown,
  type Value,
} from '../values.ts';
import { selectElement, variableElement } from './element.ts';
import { isSafe, rangesIn } from './safety.ts';
import { computationOf } from './unnest.ts';

export const sameExtents = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every(({ extent }, axis) => extent === b[axis]!.extent);

const defaultNames = ['i', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's'] as const;

/** An index name for each dimension: the author's, the dimension's initial, or i, j, k. */
export function indexNames(dims: readonly Dim[], taken: Iterable<string> = []): readonly string[] {
  const used = new Set(taken);
  const claim = (name: string | undefined): string | undefined => {
    if (name === undefined || used.has(name)) return undefined;
    used.add(name);
    return name;
  };
  const own = dims.map(({ index }) => claim(index));
  const initial = ({ name }: Dim): string | undefined => name?.match(/^[A-Za-z]/)?.[0].toLowerCase();
  return dims.map((dim, axis) => {
    const wanted = [initial(dim), ...defaultNames].find((text) => text !== undefined && !used.has(text));
    return own[axis] ?? claim(wanted) ?? claim(freeName('i', used))!;
  });
}

/** A variable for each dimension, with the author's name where there is one. */
export function newVariables(
  checker: Checker,
  dims: readonly Dim[],
  taken: Iterable<string> = [],
): readonly IndexVariable[] {
  const names = indexNames(dims, taken);
  return dims.map(({ extent, index }, axis) =>
    newVariable(checker, names[axis]!, extent, index !== names[axis]),
  );
}

/** The dimensions with the indices that run over them, but for invented ones. */
export const withIndices = (dims: readonly Dim[], variables: readonly IndexVariable[]): readonly Dim[] =>
  dims.map((dim, axis) => {
    const { invented, name } = variables[axis]!;
    return invented ? dim : { ...dim, index: name };
  });

export interface Naming {
  readonly name: string;
  /** Whether the author named it; else a `let` that gets the value may. */
  readonly claimed: boolean;
}

function admit(checker: Checker, dims: readonly Dim[], at: Span): boolean {
  if (checker.state.stopped) return false;
  if (checker.tensors.length >= limits.tensors) {
    report(checker, tooManyEquations(at, limits.tensors));
    checker.state.stopped = true;
    return false;
  }
  if (dims.length > limits.rank) {
    report(checker, tooManyDimensions(at, dims.length, limits.rank));
    return false;
  }
  if (countPoints(dims) > limits.elements) {
    report(checker, tensorTooLarge(at, dims, limits.elements));
    return false;
  }
  return true;
}

/** Where the indices of enclosing equations come first, the axes that are its own. */
function readAt(tensor: Tensor, outer: readonly IndexVariable[], dims: readonly Dim[]): TensorValue {
  if (outer.length === 0) return dims.length === 0 ? scalarReference(tensor) : referenceTo(tensor, dims);
  const prefix = outer.map(variableElement);
  return tensorOf(dims, tensor.dtype, (own) => load<Readable>(tensor, tensor.dtype, [...prefix, ...own]));
}

/**
 * Makes the equation `name[variables] = body`. Index variables of enclosing equations that the body mentions
 * become leading indices; the value that comes back reads the tensor at them.
 */
export function defineEquation(
  checker: Checker,
  naming: Naming,
  dims: readonly Dim[],
  variables: readonly IndexVariable[],
  body: Element,
  at: Span,
): TensorValue | UnknownValue {
  const guarded = guard(checker, body);
  const own = new Set(variables.map(({ id }) => id));
  const outer = [...variablesOf(guarded)]
    .filter((id) => !own.has(id))
    .map((id) => checker.variables.get(id)!);
  const outerDims = withIndices(outer, outer);
  const allDims = [...outerDims, ...dims];
  if (!admit(checker, allDims, at)) return unknown;
  const owner = { label: { ...naming }, at, origin: originAt(checker, at) };
  const indices = [...outer, ...variables];
  const { conditions } = checker;
  const computation = computationOf({ checker, owner, variables: indices, conditions }, guarded);
  const id = checker.tensors.length;
  const tensor: EquationTensor = { kind: 'equation', id, ...owner, ...computation, dims: allDims, indices };
  checker.tensors.push(tensor);
  return readAt(tensor, outer, dims);
}

/** An equation whose body comes later, since it reads the equation itself. */
export type Unfinished = { -readonly [Key in keyof EquationTensor]: EquationTensor[Key] };

/** The equation `name[outer, variables]` without a body, and what it is to those that read it. */
export function beginEquation(
  checker: Checker,
  naming: Naming,
  shape: {
    readonly dims: readonly Dim[];
    readonly variables: readonly IndexVariable[];
    /** Of enclosing equations. */
    readonly outer: readonly IndexVariable[];
    readonly dtype: DType;
  },
  at: Span,
): { readonly tensor: Unfinished; readonly value: TensorValue } | undefined {
  const { outer, dtype } = shape;
  const dims = [...withIndices(outer, outer), ...shape.dims];
  if (!admit(checker, dims, at)) return undefined;
  const tensor: Unfinished = {
    kind: 'equation',
    id: checker.tensors.length,
    label: { ...naming },
    dtype,
    dims,
    indices: [...outer, ...shape.variables],
    body: constant(0, dtype),
    at,
    origin: originAt(checker, at),
  };
  checker.tensors.push(tensor);
  return { tensor, value: readAt(tensor, outer, shape.dims) };
}

/** Gives the equation its body. */
export function completeEquation(checker: Checker, tensor: Unfinished, body: Element): void {
  const { conditions } = checker;
  const site = { checker, owner: tensor, variables: tensor.indices, conditions };
  Object.assign(tensor, computationOf(site, guard(checker, body)));
}

/** A scalar tensor whose load keeps its identity. */
function scalarReference(tensor: Tensor): TensorValue {
  const only = load<Readable>(tensor, tensor.dtype, []);
  return { ...referenceTo(tensor), element: () => only };
}

/** An equation runs everywhere: where the conditions around it do not hold, reads must not go outside. */
function guard(checker: Checker, body: Element): Element {
  const { conditions } = checker;
  if (conditions.length === 0 || isSafe(body, rangesIn(checker, [body]))) return body;
  return selectElement(conjunction(conditions), body, constant(0, body.dtype));
}

/**
 * A number or truth value as a constant, of f32 where the type cannot hold it, or where none is given and it has none of its
 * own; other values as they are.
 */
export function toTensor<V extends Value>(
  value: V,
  wanted?: DType,
): TensorValue | Exclude<V, NumberValue | BooleanValue> {
  if (value.kind !== 'number' && value.kind !== 'boolean')
    return value as Exclude<V, NumberValue | BooleanValue>;
  const dtype = wanted ?? (value.kind === 'number' ? ownType(value) : 'f32');
  const own = Number(value.value);
  const number = Math.abs(own) === Infinity ? withinEnds(own, dtype) : own;
  return scalarValue(constant(number, holds(dtype, number) ? dtype : 'f32'));
}

/** Stores a value under a name, unless it is stored already. */
export function store(
  checker: Checker,
  value: TensorValue,
  naming: Naming,
  at: Span,
): TensorValue | UnknownValue {
  if (value.tensor !== undefined) return value;
  const variables = newVariables(checker, value.dims);
  const body = value.element(variables.map(variableElement));
  const stored = defineEquation(checker, naming, withIndices(value.dims, variables), variables, body, at);
  const { reduced } = value;
  return stored.kind === 'tensor' && reduced !== undefined ? { ...stored, reduced } : stored;
}

export function newLeaf(
  checker: Checker,
  kind: LeafTensor['kind'],
  name: string,
  dtype: DType,
  dims: readonly Dim[],
  at: Span,
  filled?: number,
): LeafTensor | undefined {
  if (!admit(checker, dims, at)) return undefined;
  const tensor: LeafTensor = {
    kind,
    id: checker.tensors.length,
    label: { name, claimed: true },
    dtype,
    dims,
    at,
    origin: originAt(checker, at),
    ...(filled !== undefined && { default: filled }),
  };
  checker.tensors.push(tensor);
  return tensor;
}

/** The gradient of a scalar by a tensor. */
export function defineGradient(
  checker: Checker,
  of: Tensor,
  wrt: Tensor,
  name: string,
  at: Span,
): GradientTensor {
  const tensor: GradientTensor = {
    kind: 'gradient',
    id: checker.tensors.length,
    label: { name, claimed: false },
    dtype: 'f32',
    dims: wrt.dims,
    at,
    origin: originAt(checker, at),
    of,
    wrt,
  };
  checker.tensors.push(tensor);
  return tensor;
}

/** The leaf `step`, `epoch` or `key`, made at its first use. */
export function scalarLeaf(checker: Checker, name: ScalarName, at: Span): LeafTensor {
  const known = checker.scalars.get(name);
  if (known !== undefined) return known;
  const made: LeafTensor = {
    kind: 'scalar',
    id: checker.tensors.length,
    label: { name, claimed: true },
    dtype: name === 'key' ? 'u32' : 'i32',
    dims: [],
    at,
    origin: { path: [] },
  };
  checker.tensors.push(made);
  checker.scalars.set(name, made);
  return made;
}
