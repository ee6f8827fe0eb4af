/** How many threads, in which groups: an amount of work and a target in, sizes out. */
import type { Target } from '../target.ts';

/**
 * A fold as near to a square, or else a cube, as possible, where one dimension does not hold all; the last ones
 * may idle. What three dimensions do not hold is beyond the target, and is refused for that.
 */
export function dimensionsOf(workgroups: number, target: Target): readonly [number, number, number] {
  const most = target.workgroupsPerDimension;
  if (workgroups <= most) return [workgroups, 1, 1];
  const x = Math.ceil(Math.sqrt(workgroups));
  if (x <= most) return [x, Math.ceil(workgroups / x), 1];
  const side = Math.ceil(Math.cbrt(workgroups));
  return [side, side, Math.ceil(workgroups / side ** 2)];
}

/** Threads that a workgroup may have along its first axis, which is the only one that kernels use. */
export const mostThreads = ({ invocationsPerWorkgroup, workgroupSizeX }: Target): number =>
  Math.min(invocationsPerWorkgroup, workgroupSizeX);

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
    const workgroupSize = Math.min(units > 16_384 ? 256 : 64, mostThreads(target));
    return { workgroupSize, perThread: 1, workgroups: Math.ceil(units / workgroupSize) };
  }
  const workgroupSize = Math.min(units >= 1024 ? 64 : units >= 64 ? 16 : 4, mostThreads(target));
  const groups = Math.ceil(units / workgroupSize);
  const perThread = Math.max(1, Math.min(16, Math.floor(groups / 16)));
  return { workgroupSize, perThread, workgroups: Math.ceil(units / (workgroupSize * perThread)) };
}
