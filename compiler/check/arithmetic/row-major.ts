/** Positions of elements in tensors: indices in, the number of the element row by row out, and back. */
import { constant, isConstant } from '../../scalar/build.ts';
import type { FunctionName } from '../../scalar/functions.ts';
import type { Checker } from '../checker.ts';
import { call } from '../tensors/element.ts';
import type { Element } from '../typed.ts';

type Extents = readonly { readonly extent: number }[];

const by = ({ ranges }: Checker, fn: FunctionName, a: Element, b: number): Element =>
  call(fn, [a, constant(b, 'i32')], ranges);

/** The number of an element among all. */
export const rowMajor = (checker: Checker, dims: Extents, indices: readonly Element[]): Element =>
  indices.reduce<Element>(
    (before, index, axis) =>
      isConstant(before, 0)
        ? index
        : call('add', [by(checker, 'multiply', before, dims[axis]!.extent), index], checker.ranges),
    constant(0, 'i32'),
  );

/** The indices of the element that has this number. */
export function unravelled(checker: Checker, dims: Extents, position: Element): readonly Element[] {
  let stride = dims.reduce((count, { extent }) => count * extent, 1);
  return dims.map(({ extent }, axis) => {
    stride /= extent;
    if (extent === 1) return constant(0, 'i32');
    const quotient = stride === 1 ? position : by(checker, 'divide', position, stride);
    return axis === 0 ? quotient : by(checker, 'modulo', quotient, extent);
  });
}
