/** A scheduled kernel in, the lines of the comment above its text out: its equations, where they are from, how it runs and why. */
import { stretchText } from '../fuse/print.ts';
import type { Origin } from '../ir/graph.ts';
import { describeOrigin } from '../ir/origin.ts';
import type { ScheduledKernel } from './index.ts';

export interface HeaderLine {
  readonly text: string;
  /** The step of the kernel that it quotes. */
  readonly step?: number;
}

export function headerLines({
  pattern: { kernel, serves },
  decision,
  nest,
  workgroups,
}: ScheduledKernel): readonly HeaderLine[] {
  const at = kernel.position ? `, at each of ${stretchText(kernel.position)}` : '';
  const comments = (...texts: readonly string[]): readonly HeaderLine[] => texts.map((text) => ({ text }));
  return [
    ...comments(kernel.name),
    ...(serves.length === 1
      ? []
      : comments(`serves: ${serves.map(({ name }) => name).join(', ')}`, `in ${serves[0]!.name}:`)),
    ...kernel.steps.flatMap(({ equation, origin }, step) =>
      [`  ${equation}`, ...originLine(origin)]
        .flatMap((text) => text.split('\n'))
        .map((text) => ({ text, step })),
    ),
    ...comments(
      ...kernel.because.map((why) => `together: ${why}`),
      `schedule: ${decision.chosen}: ${decision.because}`,
      ...decision.rejected.map(({ option, because }) => `not ${option}: ${because}`),
      `runs: ${workgroups.join(' x ')} workgroups of ${nest.workgroupSize}${at}`,
    ),
  ];
}

/** Where an equation comes from, if the equation as printed does not say it. */
function originLine(origin: Origin): readonly string[] {
  const text = describeOrigin(origin, { withLoad: false });
  return text === '' ? [] : [`    @ ${text}`];
}
