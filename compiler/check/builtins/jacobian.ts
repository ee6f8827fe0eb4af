/** `jacobian(y, x)` in, the derivative of each element of y for each element of x out; of a gradient, that is the Hessian. */
import { countPoints } from '../../../runtime/extents.ts';
import { constant, load } from '../../scalar/build.ts';
import { rowMajor, unravelled } from '../arithmetic/row-major.ts';
import { type Checker, type Given, limits, wrong } from '../checker.ts';

import { gradientByWhat, jacobianOfWhat, jacobianTooLarge } from '../problems/recipes.ts';
import { rootOf } from '../scope.ts';
import { call, selectElement } from '../tensors/element.ts';
import { defineGradient, store } from '../tensors/tensors.ts';
import type { Element, GradientTensor, Readable } from '../typed.ts';
import { scalarValue, tensorOf, unknown, type Value } from '../values.ts';
import type { Call } from './builtin.ts';

/** One gradient an element of y, picked by its position; the axes are those of y, then those of x. */
export function jacobian({ checker, at }: Call, of: Given, wrt: Given): Value {
  if (of.value.kind !== 'tensor' || of.value.dtype !== 'f32')
    return wrong(checker, jacobianOfWhat(of.at, of.value));
  if (wrt.value.kind !== 'tensor' || wrt.value.tensor === undefined || wrt.value.dtype !== 'f32')
    return wrong(checker, gradientByWhat(wrt.at, wrt.value));
  const { prefix } = rootOf(checker.scope);
  const stored = store(checker, of.value, { name: `${prefix}of_jacobian`, claimed: false }, of.at);
  if (stored.kind === 'unknown') return unknown;
  const y = stored.tensor;
  if (y === undefined) return wrong(checker, jacobianOfWhat(of.at, of.value));
  const count = countPoints(y.dims);
  if (count > limits.jacobian) return wrong(checker, jacobianTooLarge(of.at, count, limits.jacobian));
  const { tensor: x, dims } = wrt.value;
  const gradients: GradientTensor[] = [];
  for (let k = 0; k < count; k++) {
    const element = load<Readable>(y, 'f32', unravelled(checker, y.dims, constant(k, 'i32')));
    const one = store(checker, scalarValue(element), { name: `${y.label.name}.${k}`, claimed: true }, at);
    if (one.kind === 'unknown' || one.tensor === undefined) return unknown;
    gradients.push(defineGradient(checker, one.tensor, x, `${prefix}d.${y.label.name}.${k}`, at));
  }
  const rank = y.dims.length;
  return tensorOf([...of.value.dims, ...dims], 'f32', (indices) => {
    const position = rowMajor(checker, y.dims, indices.slice(0, rank));
    return picked(checker, gradients, position, indices.slice(rank));
  });
}

/** The gradient at a position, found by halving. */
function picked(
  checker: Checker,
  gradients: readonly GradientTensor[],
  position: Element,
  indices: readonly Element[],
  first = 0,
): Element {
  const [only] = gradients;
  if (only !== undefined && gradients.length === 1) return load<Readable>(only, 'f32', indices);
  const half = gradients.length >> 1;
  const below = call('less', [position, constant(first + half, 'i32')], checker.ranges);
  return selectElement(
    below,
    picked(checker, gradients.slice(0, half), position, indices, first),
    picked(checker, gradients.slice(half), position, indices, first + half),
  );
}
