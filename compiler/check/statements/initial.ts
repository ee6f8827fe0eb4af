/** What `init` says in, the tensor with the first value of a parameter or a state out. */
import type { Expression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { constant, convert } from '../../scalar/build.ts';
import { aligned, asTensor, broadcast } from '../arithmetic/arithmetic.ts';
import { type Checker, inside, report } from '../checker.ts';
import { initialDiffers } from '../problems/shapes.ts';
import { rootOf, type Scope } from '../scope.ts';
import { variableElement } from '../tensors/element.ts';
import { defineEquation, newVariables, withIndices } from '../tensors/tensors.ts';
import type { Dim, LeafTensor, Tensor } from '../typed.ts';
import { numberValue, tensorOf, type Value } from '../values.ts';

/** In the expression, `...` is the whole shape; a scalar fills it; nothing means 0. */
export function initialValue(
  checker: Checker,
  init: Expression | undefined,
  leaf: LeafTensor,
  dims: readonly Dim[],
): Tensor | undefined {
  const scope: Scope = {
    ...rootOf(checker.scope),
    kind: 'initial',
    shape: dims,
    ellipsis: dims,
    evaluated: new Map(),
  };
  // It is drawn once, also in a recurrence.
  const drawing = inside(checker, { scope, drawing: 'initial', steps: [], group: undefined });
  const value = init === undefined ? numberValue(0, true) : drawing.evaluate(init);
  // `init zeros` is `init zeros()`; either way, functions called there draw for the parameter's shape.
  const called = init && value.kind === 'function' ? drawing.apply(value, [], init.span) : value;
  return called.kind === 'unknown' ? undefined : filled(drawing, called, leaf, dims, init?.span ?? leaf.at);
}

function filled(
  checker: Checker,
  value: Value,
  { label: { name: path }, dtype }: LeafTensor,
  dims: readonly Dim[],
  at: Span,
): Tensor | undefined {
  const given = value.kind === 'number' ? asTensor(checker, value, dtype, at) : value;
  if (given.kind !== 'tensor' || !fitsInto(given.dims, dims) || (given.dtype === 'f32' && dtype !== 'f32'))
    return report(checker, initialDiffers(at, path, dtype, dims, value));
  const target = tensorOf(dims, dtype, () => constant(0, dtype));
  if (broadcast(checker, [target, given], [{ at }, { at }], at) === undefined) return undefined;
  const variables = newVariables(checker, dims);
  const indices = variables.map(variableElement);
  const body = convert(given.element(aligned(given.dims, dims, indices)), dtype);
  const naming = { name: `${path}.init`, claimed: true };
  const made = defineEquation(checker, naming, withIndices(dims, variables), variables, body, at);
  return made.kind === 'tensor' ? made.tensor : undefined;
}

const fitsInto = (own: readonly Dim[], dims: readonly Dim[]): boolean =>
  own.length <= dims.length &&
  own.every((dim, axis) => {
    const target = dims[dims.length - own.length + axis]!;
    return dim.extent === 1 || dim.extent === target.extent;
  });
