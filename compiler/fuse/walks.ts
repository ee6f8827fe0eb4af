/**
 * Which walk over a row comes first. A kernel may walk its columns several times: an element or a reduction waits for
 * the reductions that it needs, and for nothing else.
 */
import type { ValueId } from '../scalar/expr.ts';
import type { Step } from './kernel.ts';

/** An equation of a kernel or of a group, and the values that it loads. */
export interface Part {
  readonly value: ValueId;
  readonly level: Step['level'];
  readonly reads: readonly ValueId[];
}

/**
 * Where `by` overwrites what `reader` reads at the same point: does the reader come first, in whatever order the walks
 * run? A row is stored when it is done. An element is stored in its walk: whatever reduces the old value must be needed
 * for the new one, and an element may not wait for more than the new one does. An element is computed anew in each walk
 * that uses it, so the same holds for all that read the reader.
 */
export function readsBefore(parts: readonly Part[], reader: Part, by: Part): boolean {
  if (by.level !== 'element' || reader.level === 'row') return true;
  const before = neededBy(parts, by);
  const isReduction = new Set(parts.filter(({ level }) => level === 'reduce').map(({ value }) => value));
  const walks = new Set([reader]);
  for (const walk of walks) {
    if (walk.level === 'reduce') {
      if (!before.has(walk.value)) return false;
      continue;
    }
    for (const value of neededBy(parts, walk)) if (isReduction.has(value) && !before.has(value)) return false;
    for (const user of parts) if (user.level !== 'row' && user.reads.includes(walk.value)) walks.add(user);
  }
  return true;
}

/** The parts that one needs, directly or not. */
function neededBy(parts: readonly Part[], part: Part): ReadonlySet<ValueId> {
  const byValue = new Map(parts.map((other) => [other.value, other]));
  const needed = new Set<ValueId>();
  const open = [...part.reads];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const other = byValue.get(value);
    if (other === undefined || needed.has(value)) continue;
    needed.add(value);
    open.push(...other.reads);
  }
  return needed;
}
