/** Scheduled kernels in; those that bind, run or keep more than the target allows out. */
import { limitText } from '../../runtime/limits.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import type { Target } from '../target.ts';
import { allowed, hintFor, type LimitProblem } from './problem.ts';

export const kernelProblems = (
  kernels: readonly ScheduledKernel[],
  target: Target,
): readonly LimitProblem[] => kernels.flatMap((kernel) => problemsOf(kernel, target));

/** What a kernel takes of one limit. */
interface Need {
  readonly code: LimitProblem['code'];
  readonly limit: Exclude<keyof Target, 'from' | 'name' | 'class' | 'subgroups'>;
  readonly amount: number;
  /** `binds 17 buffers`. */
  readonly what: string;
  readonly smaller: string;
}

function needsOf(kernel: ScheduledKernel): readonly Need[] {
  const { bindings, workgroups, workgroupSize, workgroupStorage } = kernel;
  const threads = workgroupSize[0] * workgroupSize[1] * workgroupSize[2];
  const most = Math.max(...workgroups);
  const size = `runs workgroups of ${workgroupSize.join(' x ')} threads`;
  const fewer = 'make its dimensions smaller';
  return [
    {
      code: 'NN602',
      limit: 'storageBuffersPerStage',
      amount: bindings.length,
      what: `binds ${bindings.length} buffers`,
      smaller: 'split the equation so that each part reads fewer tensors',
    },
    {
      code: 'NN603',
      limit: 'workgroupsPerDimension',
      amount: most,
      what: `runs ${most} workgroups along a dimension`,
      smaller: fewer,
    },
    {
      code: 'NN604',
      limit: 'workgroupStorage',
      amount: workgroupStorage,
      what: `keeps ${limitText('workgroupStorage', workgroupStorage)} in workgroup memory`,
      smaller: fewer,
    },
    { code: 'NN605', limit: 'invocationsPerWorkgroup', amount: threads, what: size, smaller: fewer },
    { code: 'NN605', limit: 'workgroupSizeX', amount: workgroupSize[0], what: size, smaller: fewer },
    { code: 'NN605', limit: 'workgroupSizeY', amount: workgroupSize[1], what: size, smaller: fewer },
    { code: 'NN605', limit: 'workgroupSizeZ', amount: workgroupSize[2], what: size, smaller: fewer },
  ];
}

function problemsOf(kernel: ScheduledKernel, target: Target): readonly LimitProblem[] {
  const [first, ...others] = kernel.kernel.steps;
  return needsOf(kernel).flatMap(({ code, limit, amount, what, smaller }): readonly LimitProblem[] => {
    const most = target[limit];
    if (most === undefined || amount <= most) return [];
    const tensors = kernel.nest.buffers.map(({ name }) => name).join(', ');
    return [
      {
        code,
        message: `kernel ${kernel.name}, which computes ${first!.name}, ${what}; ${allowed('at most', limit, target)}`,
        origin: first!.origin,
        remark: code === 'NN602' ? `reads and writes ${tensors}` : `%${first!.name} is made here`,
        hint: hintFor(amount, limit, smaller, target),
        related: others.map(({ name, origin }) => ({ origin, remark: `and %${name}` })),
      },
    ];
  });
}
