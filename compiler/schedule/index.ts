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
import type { KernelNest } from '../nest/kernel.ts';
import { violationsOf } from '../nest/verify/index.ts';
import type { Target } from '../target.ts';
import { builderOf } from './builder.ts';
import { contract } from './contract/index.ts';
import { factsOf, type KernelFacts } from './facts.ts';
import { beyond, workgroupStorageOf } from './fits.ts';
import { dimensionsOf } from './grid.ts';
import { makeLists } from './lists/make.ts';
import { walkLists } from './lists/walk.ts';
import { map } from './map.ts';
import { reduce } from './reduce/index.ts';
import type { Attempt, Schedule } from './schedule.ts';
import { describeUnrolling, shortest, textCost, textCounter, tooDear, withinCounter } from './text-cost.ts';

export interface ScheduledKernel extends KernelNest {
  /** The same object for all kernels that share the nest. */
  readonly pattern: Pattern;
  readonly workgroups: readonly [number, number, number];
  readonly workgroupSize: readonly [number, number, number];
  /** In bytes. */
  readonly workgroupStorage: number;
  readonly features: readonly ('subgroups' | 'shader-f16')[];
  readonly decision: Decision;
}

/** Kernels of one structure: they differ in names and origins. */
export interface Pattern {
  /** Whose names the nest has: by role where several share it. */
  readonly kernel: Kernel;
  readonly serves: readonly Kernel[];
}

/** From the most particular to the most general. */
export const schedules: readonly Schedule[] = [makeLists, walkLists, contract, map, reduce];

type Rejected = Decision['rejected'][number];

export function schedule(kernel: Kernel, values: ValueTable, target: Target): ScheduledKernel {
  const rejected: Rejected[] = [];
  const facts = factsOf(kernel, values);
  for (const candidate of schedules) {
    const { attempt, holds } = withinText(candidate, facts, target);
    if (attempt.kind === 'refused') {
      const { because } = attempt;
      if (because !== undefined) rejected.push({ option: candidate.name, because });
      continue;
    }
    const tooMuch = beyond(attempt.nest, target);
    if (tooMuch !== undefined) {
      rejected.push({ option: candidate.name, because: tooMuch });
      continue;
    }
    return scheduled(
      { kernel, bindings: facts.bindings, holds },
      attempt,
      candidate.name,
      [...rejected, ...attempt.rejected],
      target,
    );
  }
  throw new InternalError('no schedule fits', { pass: 'schedule', node: kernel.name });
}

/** The attempt that unrolls most and whose text is not too long; the shortest text is taken whatever it costs. */
function withinText(
  candidate: Schedule,
  facts: KernelFacts,
  target: Target,
): { readonly attempt: Attempt } & Pick<KernelNest, 'holds'> {
  const { mostText, readsAround } = classOf(target);
  const dropped: Rejected[] = [];
  for (const unrolling of candidate.unrolls) {
    const most = unrolling === shortest ? Number.POSITIVE_INFINITY : mostText;
    const builder = builderOf(facts, { most: mostText, spend: textCounter(most) }, readsAround);
    const attempt = withinCounter(() => candidate.attempt(builder, target, unrolling));
    const { holds } = builder;
    if (attempt?.kind === 'refused') return { attempt, holds };
    if (attempt !== undefined && textCost(attempt.nest) <= most) {
      return { attempt: { ...attempt, rejected: [...dropped, ...attempt.rejected] }, holds };
    }
    dropped.push({ option: describeUnrolling[unrolling], because: tooDear(mostText) });
  }
  throw new InternalError('the shortest text is taken whatever it costs', { pass: 'schedule' });
}

function scheduled(
  { kernel, bindings, holds }: Pick<KernelNest, 'kernel' | 'bindings' | 'holds'>,
  { nest, because }: Extract<Attempt, { kind: 'built' }>,
  chosen: string,
  rejected: Decision['rejected'],
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
    holds,
    workgroups: dimensionsOf(nest.workgroups, target),
    workgroupSize: [nest.workgroupSize, 1, 1],
    workgroupStorage: workgroupStorageOf(nest),
    features: [],
    decision: { chosen, because, rejected },
  };
}
