/**
 * Kernels in the order of a program in; how they run out: alone, or as a stretch of a loop, all of its kernels at one
 * position after the other.
 */
import type { ValueId } from '../scalar/expr.ts';
import type { Kernel, Position } from './kernel.ts';

export type Unit =
  | { readonly kind: 'kernel'; readonly at: number }
  | { readonly kind: 'stretch'; readonly position: Position; readonly from: number; readonly until: number };

export function unitsOf(kernels: readonly Pick<Kernel, 'position'>[]): readonly Unit[] {
  const units: Unit[] = [];
  kernels.forEach(({ position }, at) => {
    const last = units.at(-1);
    if (position === undefined) units.push({ kind: 'kernel', at });
    else if (last?.kind === 'stretch' && isSameStretch(last.position, position)) {
      units[units.length - 1] = { ...last, until: at + 1 };
    } else units.push({ kind: 'stretch', position, from: at, until: at + 1 });
  });
  return units;
}

const isSameStretch = (a: Position, b: Position): boolean => a.loop === b.loop && a.from === b.from;

/** The positions of a stretch, in the order in which they run. */
export const positionsOf = ({ from, count, by }: Position): readonly number[] =>
  Array.from({ length: count }, (_, k) => from + k * by);

/** The values that are stored at all of their positions, in the order of the kernels. */
export function storedWhole(kernels: readonly Kernel[]): ReadonlySet<ValueId> {
  const positions = new Map<ValueId, number>();
  const whole = new Set<ValueId>();
  for (const { position, stores } of kernels) {
    for (const value of stores) {
      const known = (positions.get(value) ?? 0) + (position?.count ?? 0);
      positions.set(value, known);
      if (known === (position?.extent ?? 0)) whole.add(value);
    }
  }
  return whole;
}

/** For each kernel the first and the last kernel of its loop, or itself: what the one needs is needed from there to there. */
export function loopSpans(
  kernels: readonly Pick<Kernel, 'position'>[],
): readonly { readonly first: number; readonly last: number }[] {
  const spans = new Map<number, { first: number; last: number }>();
  kernels.forEach(({ position }, at) => {
    if (position === undefined) return;
    const known = spans.get(position.loop);
    spans.set(position.loop, { first: known?.first ?? at, last: at });
  });
  return kernels.map(({ position }, at) => (position && spans.get(position.loop)) ?? { first: at, last: at });
}
