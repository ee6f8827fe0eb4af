/** A scheduled kernel in, the comment above its text out: its equations, where they are from, how it runs and why. */
import { stretchText } from '../fuse/print.ts';
import type { Origin } from '../ir/graph.ts';
import { describeOrigin } from '../ir/origin.ts';
import type { ScheduledKernel } from '../schedule/index.ts';

export function headerLines({
  pattern: { kernel, serves },
  decision,
  nest,
  workgroups,
}: ScheduledKernel): readonly string[] {
  const at = kernel.position ? `, at each of ${stretchText(kernel.position)}` : '';
  const lines = [
    kernel.name,
    ...(serves.length === 1
      ? []
      : [`serves: ${serves.map(({ name }) => name).join(', ')}`, `in ${serves[0]!.name}:`]),
    ...kernel.steps.flatMap((step) => [`  ${step.equation}`, ...originLine(step.origin)]),
    ...kernel.because.map((why) => `together: ${why}`),
    `schedule: ${decision.chosen}: ${decision.because}`,
    ...decision.rejected.map(({ option, because }) => `not ${option}: ${because}`),
    `runs: ${workgroups.join(' x ')} workgroups of ${nest.workgroupSize}${at}`,
  ];
  return lines.flatMap((line) => line.split('\n')).map((line) => `// ${line}`.trimEnd());
}

/** Where an equation comes from, if the equation as printed does not say it. */
function originLine(origin: Origin): readonly string[] {
  const text = describeOrigin(origin, { withLoad: false });
  return text === '' ? [] : [`    @ ${text}`];
}
