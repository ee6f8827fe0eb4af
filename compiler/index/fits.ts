/**
 * Does index arithmetic stay within 32 bits? A quasi-affine expression and the ranges of its variables in, the
 * values that leave them out.
 *
 * An expression is computed as its canonical form says: sums, and quotients and remainders of sums. A sum may
 * wrap around on its way and is right in the end if its value fits; what is divided must fit itself. So each sum
 * must fit, the outer one and those that are divided.
 */
import type { Affine, Range, Ranges } from './affine.ts';
import { bounds } from './bounds.ts';

export const largestInteger = 2_147_483_647;
export const smallestInteger = -2_147_483_648;

/** Whether every value of the range is an i32. An empty range is. */
export const isWithin32Bits = ({ min, max }: Range): boolean =>
  (min >= smallestInteger && max <= largestInteger) || min > max;

/** The values of the first sum inside that leave 32 bits; undefined where all stay. */
export function leaves32Bits(a: Affine, boundsOf: (of: Affine) => Range): Range | undefined {
  for (const { atom } of a.terms) {
    if (atom.kind === 'index') continue;
    const inner = leaves32Bits(atom.of, boundsOf) ?? divisorLeaves(atom.by);
    if (inner !== undefined) return inner;
  }
  const range = boundsOf(a);
  return isWithin32Bits(range) ? undefined : range;
}

const divisorLeaves = (by: number): Range | undefined =>
  by <= largestInteger ? undefined : { min: by, max: by };

export const fits = (a: Affine, ranges: Ranges): boolean =>
  leaves32Bits(a, (of) => bounds(of, ranges)) === undefined;
