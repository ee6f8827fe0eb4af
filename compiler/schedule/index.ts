/**
 * A kernel, what is known of its values and a target in, a scheduled kernel out: a loop nest, how many
 * workgroups run it, and why it is done this way.
 *
 * Schedules are recognised from index maps and not from a layer's name. The table is tried in order; a
 * schedule that does not fit says why, and the last ones fit always.
 */
import { classOf } from '../classes/index.ts';
import type { Decision } from '../decision.ts';
import type { Kernel, ValueTable } from '../fuse/kernel.ts';
import { InternalError } from '../internal-error.ts';
import type { Binding, KernelNest } from '../nest/kernel.ts';
import { violationsOf } from '../nest/verify/index.ts';
import type { Target } from '../target.ts';
import { type Builder, builderOf } from './builder.ts';
import { contract } from './contract/index.ts';
import { beyond, workgroupStorageOf } from './fits.ts';
import { dimensionsOf } from './grid.ts';
import { map } from './map.ts';
import { reduce } from './reduce/index.ts';
import type { Attempt, Schedule, ScheduleName } from './schedule.ts';
import { describeUnrolling, textCost, tooDear, unrollings } from './text-cost.ts';

export type { ScheduleName } from './schedule.ts';

export interface ScheduledKernel extends KernelNest {
  /** The same object for all kernels that share the nest. */
  readonly pattern: Pattern;
  readonly workgroups: readonly [number, number, number];
  readonly workgroupSize: readonly [number, number, number];
  /** In bytes. */
  readonly workgroupStorage: number;
  readonly features: readonly ('subgroups' | 'shader-f16')[];
  readonly decision: Decision<ScheduleName>;
}

/** Kernels of one structure: they differ in names and origins. */
export interface Pattern {
  /** Whose names the nest has: by role where several share it. */
  readonly kernel: Kernel;
  readonly serves: readonly Kernel[];
}

/** From the most particular to the most general. */
export const schedules: readonly Schedule[] = [contract, map, reduce];

type Rejected = Decision<ScheduleName>['rejected'][number];

export function schedule(kernel: Kernel, values: ValueTable, target: Target): ScheduledKernel {
  const rejected: Rejected[] = [];
  for (const candidate of schedules) {
    const { attempt, builder } = withinText(candidate, kernel, values, target);
    if (attempt.kind === 'refused') {
      rejected.push({ option: candidate.name, because: attempt.because });
      continue;
    }
    const tooMuch = beyond(attempt.nest, target);
    if (tooMuch !== undefined) {
      rejected.push({ option: candidate.name, because: tooMuch });
      continue;
    }
    return scheduled(
      kernel,
      attempt,
      candidate.name,
      [...rejected, ...attempt.rejected],
      builder.bindings,
      target,
    );
  }
  throw new InternalError('no schedule fits', { pass: 'schedule', node: kernel.name });
}

/** The attempt that unrolls most and whose text is not too long; the shortest text is taken whatever it costs. */
function withinText(
  candidate: Schedule,
  kernel: Kernel,
  values: ValueTable,
  target: Target,
): { readonly attempt: Attempt; readonly builder: Builder } {
  const dropped: Rejected[] = [];
  const { mostText } = classOf(target);
  for (const unrolling of unrollings) {
    const builder = builderOf(kernel, values);
    const attempt = candidate.attempt(builder, target, unrolling);
    if (attempt.kind === 'refused') return { attempt, builder };
    const cost = textCost(attempt.nest);
    if (cost <= mostText) {
      return { attempt: { ...attempt, rejected: [...dropped, ...attempt.rejected] }, builder };
    }
    dropped.push({ option: describeUnrolling[unrolling], because: tooDear(cost, mostText) });
  }
  const builder = builderOf(kernel, values);
  return { attempt: candidate.attempt(builder, target, 'none'), builder };
}

function scheduled(
  kernel: Kernel,
  { nest, because }: Extract<Attempt, { kind: 'built' }>,
  chosen: ScheduleName,
  rejected: Decision<ScheduleName>['rejected'],
  bindings: readonly Binding[],
  target: Target,
): ScheduledKernel {
  const violations = violationsOf(nest, bindings);
  if (violations.length > 0) {
    throw new InternalError(violations.join('; '), { pass: `schedule/${chosen}`, node: kernel.name });
  }
  return {
    name: kernel.name,
    kernel,
    pattern: { kernel, serves: [kernel] },
    nest,
    bindings,
    workgroups: dimensionsOf(nest.workgroups, target),
    workgroupSize: [nest.workgroupSize, 1, 1],
    workgroupStorage: workgroupStorageOf(nest),
    features: [],
    decision: { chosen, because, rejected },
  };
}
