/**
 * Left sides of equations in, the axes that they make out: `y[b, o]` has an axis for each index, and `h[:, t]` has
 * one more for each `:`, which its value says; what the value has beyond those comes last.
 */
import type { Binder, LeftIndex } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { scalarElement } from '../arithmetic/operators.ts';
import { type Checker, report } from '../checker.ts';
import { bodyNotScalar, tooFewAxes } from '../problems/indices.ts';
import { variableElement } from '../tensors/element.ts';
import { newVariables, toTensor, withIndices } from '../tensors/tensors.ts';
import type { Dim, Element, IndexVariable } from '../typed.ts';
import type { Value } from '../values.ts';
import type { Bound } from './indices.ts';

export const bindersOf = (indices: readonly LeftIndex[]): readonly Binder[] =>
  indices.filter((index) => index.kind !== 'slice');

/** How many axes the value of the right side has at least; 0 for that of one element. */
export const slicesOf = (indices: readonly LeftIndex[]): number => indices.length - bindersOf(indices).length;

/** Of the axes that a left side makes, those of its binders; undefined where `...` hides which they are. */
export function ofBinders<T>(
  indices: readonly LeftIndex[],
  all: readonly T[] | undefined,
): readonly T[] | undefined {
  if (slicesOf(indices) === 0) return all;
  if (indices.some(({ kind }) => kind === 'ellipsis')) return undefined;
  return all?.filter((_, axis) => indices[axis]?.kind === 'binder');
}

/** The axes of the binders and those of the value, in the order of the left side. */
export function laidOut<T>(
  indices: readonly LeftIndex[],
  own: readonly T[],
  ofValue: readonly T[],
): readonly T[] {
  const spare = own.length - indices.filter(({ kind }) => kind === 'binder').length;
  const [binders, slices] = [[...own], [...ofValue]];
  const taken = indices.flatMap(({ kind }) => {
    if (kind === 'slice') return slices.splice(0, 1);
    return binders.splice(0, kind === 'ellipsis' ? spare : 1);
  });
  return [...taken, ...slices];
}

/** Of all axes that a left side with `own` indices makes, those of the value. */
export function ofValue<T>(indices: readonly LeftIndex[], own: number, all: readonly T[]): readonly T[] {
  const ofBinder = Array.from({ length: own }, () => true);
  const ofSlice = Array.from({ length: all.length - own }, () => false);
  const isBinder = laidOut(indices, ofBinder, ofSlice);
  return all.filter((_, axis) => !isBinder[axis]);
}

/** What one equation makes at each point. */
export interface Whole {
  readonly dims: readonly Dim[];
  readonly variables: readonly IndexVariable[];
  readonly body: Element;
}

/** The value of a right side under the left side; undefined where it has not the axes for it, which is reported. */
export function wholeOf(
  checker: Checker,
  indices: readonly LeftIndex[],
  bound: Bound,
  value: Exclude<Value, { kind: 'unknown' }>,
  { span, at }: { readonly span: Span; readonly at: Span },
): Whole | undefined {
  const slices = slicesOf(indices);
  if (slices === 0) {
    const body = scalarElement(checker, value, at);
    if (body === undefined) return report(checker, bodyNotScalar(span, value));
    return { dims: bound.dims, variables: bound.variables, body };
  }
  const tensor = toTensor(value);
  if (tensor.kind !== 'tensor' || tensor.dims.length < slices)
    return report(checker, tooFewAxes(span, slices, value));
  const taken = bound.variables.map(({ name }) => name);
  const made = newVariables(checker, tensor.dims, taken);
  return {
    dims: laidOut(indices, bound.dims, withIndices(tensor.dims, made)),
    variables: laidOut(indices, bound.variables, made),
    body: tensor.element(made.map(variableElement)),
  };
}
