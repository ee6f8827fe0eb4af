/** How long index arithmetic is, written out; and how long it may be. */
import type { Affine } from './affine.ts';

const known = new WeakMap<Affine, number>();

/** The indices, quotients and remainders in it, each as often as its text has it. */
export function sizeOf(a: Affine): number {
  const before = known.get(a);
  if (before !== undefined) return before;
  const size = a.terms.reduce((sum, { atom }) => sum + (atom.kind === 'index' ? 1 : 1 + sizeOf(atom.of)), 0);
  known.set(a, size);
  return size;
}

/**
 * What is larger stays arithmetic of integers. The canonical form writes some parts twice (`3*q div 2` is
 * `q + q div 2`), so quotients of quotients double with each step.
 */
export const largestSize = 100;

export const isTooLarge = (a: Affine): boolean => sizeOf(a) > largestSize;
