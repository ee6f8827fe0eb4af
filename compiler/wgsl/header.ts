/** A scheduled kernel in, the comment above its text out: its equations, where they are from, how it runs and why. */
import { stretchText } from '../fuse/print.ts';
import type { Origin } from '../ir/graph.ts';
import { describeOrigin } from '../ir/origin.ts';
import type { ScheduledKernel } from '../schedule/index.ts';
import { type Line, line } from './lines.ts';

export function headerLines({
  pattern: { kernel, serves },
  decision,
  nest,
  workgroups,
}: ScheduledKernel): readonly Line[] {
  const at = kernel.position ? `, at each of ${stretchText(kernel.position)}` : '';
  const comment = (text: string): Line => line(`// ${text}`.trimEnd());
  return [
    comment(kernel.name),
    ...(serves.length === 1
      ? []
      : [comment(`serves: ${serves.map(({ name }) => name).join(', ')}`), comment(`in ${serves[0]!.name}:`)]),
    ...kernel.steps.flatMap(({ equation, origin }, step) =>
      [`  ${equation}`, ...originLine(origin)]
        .flatMap((text) => text.split('\n'))
        .map((text) => line(`// ${text}`.trimEnd(), { step })),
    ),
    ...kernel.because.map((why) => comment(`together: ${why}`)),
    comment(`schedule: ${decision.chosen}: ${decision.because}`),
    ...decision.rejected.map(({ option, because }) => comment(`not ${option}: ${because}`)),
    comment(`runs: ${workgroups.join(' x ')} workgroups of ${nest.workgroupSize}${at}`),
  ];
}

/** Where an equation comes from, if the equation as printed does not say it. */
function originLine(origin: Origin): readonly string[] {
  const text = describeOrigin(origin, { withLoad: false });
  return text === '' ? [] : [`    @ ${text}`];
}
