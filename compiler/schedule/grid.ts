/** How many threads, in which groups: an amount of work and a target in, sizes out. */
import type { Target } from './target.ts';

/** A fold as near to a square as possible, where one dimension does not hold all; the last ones may idle. */
export function dimensionsOf(workgroups: number, target: Target): readonly [number, number, number] {
  if (workgroups <= target.workgroupsPerDimension) return [workgroups, 1, 1];
  const x = Math.ceil(Math.sqrt(workgroups));
  return [x, Math.ceil(workgroups / x), 1];
}

export interface Grid {
  readonly workgroupSize: number;
  /** Units of work that one thread does, one after another. */
  readonly perThread: number;
  readonly workgroups: number;
}

/**
 * Equal units of work. A software adapter has few cores and pays for each thread, so threads take several
 * units as long as all cores stay busy; a hardware one wants as many threads as there are units.
 */
export function gridOf(units: number, target: Target): Grid {
  if (target.class === 'hardware') {
    const workgroupSize = Math.min(units > 16_384 ? 256 : 64, target.invocationsPerWorkgroup);
    return { workgroupSize, perThread: 1, workgroups: Math.ceil(units / workgroupSize) };
  }
  const workgroupSize = units >= 1024 ? 64 : units >= 64 ? 16 : 4;
  const groups = Math.ceil(units / workgroupSize);
  const perThread = Math.max(1, Math.min(16, Math.floor(groups / 16)));
  return { workgroupSize, perThread, workgroups: Math.ceil(units / (workgroupSize * perThread)) };
}
