/** How many threads, in which groups: an amount of work and a target in, sizes out. */
import { classOf } from '../classes/index.ts';
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

/** Equal units of work; each thread takes as many as is right for the class of the adapter. */
export function gridOf(units: number, target: Target): Grid {
  const { grid } = classOf(target);
  const workgroupSize = Math.min(grid.workgroupSize(units), mostThreads(target));
  const perThread = grid.perThread(Math.ceil(units / workgroupSize));
  return { workgroupSize, perThread, workgroups: Math.ceil(units / (workgroupSize * perThread)) };
}
