/** Arrays written out element by element, for formulas that are stated once more in plain loops. */
import { elementCount } from '../../runtime/extents.ts';

export type Reader = (...index: readonly number[]) => number;

/** Reads row-major numbers by their indices; `outside` where an index is no position. */
export const reader =
  (values: readonly number[], shape: readonly number[], outside = 0): Reader =>
  (...index) => {
    if (index.length !== shape.length) throw new Error(`${index.length} indices for ${shape.length} axes`);
    if (index.some((i, axis) => !Number.isInteger(i) || i < 0 || i >= shape[axis]!)) return outside;
    return values[index.reduce((all, i, axis) => all * shape[axis]! + i, 0)]!;
  };

/** All elements of a tensor of this shape, in row-major order. */
export function filled(shape: readonly number[], element: Reader): readonly number[] {
  return Array.from({ length: elementCount(shape) }, (_, position) => {
    const index = [...shape];
    let rest = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return element(...index);
  });
}

/** The sum over 0 … count - 1. */
export const sumOver = (count: number, term: (k: number) => number): number =>
  Array.from({ length: count }, (_, k) => term(k)).reduce((a, b) => a + b, 0);

/** 0 … count - 1. */
export const positions = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);

/** A number for both axes, or one for each: rows, columns. */
export type Each = number | readonly [number, number];

export const each = (value: Each, axis: 0 | 1): number => (typeof value === 'number' ? value : value[axis]);
