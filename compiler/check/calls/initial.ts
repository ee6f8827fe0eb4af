/** What `init` says in, the tensor with the first value of a parameter or a state out. */
import type { Expression } from '../../../grammar/ast.ts';
import type { Span } from '../../../grammar/source.ts';
import { convert } from '../../scalar/build.ts';
import type { DType } from '../../scalar/expr.ts';
import { aligned, broadcast, constantOf } from '../arithmetic/arithmetic.ts';
import { type Checker, inside, report } from '../checker.ts';
import { initialDiffers } from '../problems/shapes.ts';
import { rootOf, type Scope } from '../scope.ts';
import { variableElement } from '../tensors/element.ts';
import { defineEquation, newVariables, withIndices } from '../tensors/tensors.ts';
import type { Dim, Tensor } from '../typed.ts';
import { scalarValue, type TensorValue, type Value } from '../values.ts';

/** In the expression, `...` is the whole shape; a scalar fills it; nothing means 0. */
export function initialValue(
  checker: Checker,
  init: Expression | undefined,
  path: string,
  dtype: DType,
  dims: readonly Dim[],
  at: Span,
  scope: Scope,
): Tensor | undefined {
  const own: Scope = {
    ...rootOf(scope),
    kind: 'initial',
    shape: dims,
    ellipsis: dims,
    evaluated: new Map(),
  };
  // It is drawn once, also in a recurrence.
  const drawing = inside(checker, { drawing: 'initial', steps: [], group: undefined });
  const value = init === undefined ? zeros : called(drawing, drawing.evaluate(init, own), init.span, own);
  return value.kind === 'unknown' ? undefined : filled(drawing, value, path, dtype, dims, init?.span ?? at);
}

const zeros: Value = { kind: 'number', value: 0, integer: true };

/** `init zeros` is `init zeros()`; either way, functions called there draw for the parameter's shape. */
const called = (checker: Checker, value: Value, at: Span, scope: Scope): Value =>
  value.kind === 'function' ? checker.apply(value, [], at, scope) : value;

function filled(
  checker: Checker,
  value: Value,
  path: string,
  dtype: DType,
  dims: readonly Dim[],
  at: Span,
): Tensor | undefined {
  const given: TensorValue | undefined =
    value.kind === 'number'
      ? scalarValue(constantOf(checker, value.value, dtype, at))
      : value.kind === 'tensor'
        ? value
        : undefined;
  const target: TensorValue = {
    kind: 'tensor',
    dims,
    dtype,
    element: () => constantOf(checker, 0, dtype, at),
  };
  const fits = given !== undefined && fitsInto(given.dims, dims);
  if (!fits || (given.dtype === 'f32' && dtype !== 'f32'))
    return report(checker, initialDiffers(at, path, dtype, dims, value));
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
