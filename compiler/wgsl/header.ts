/** A scheduled kernel in, the comment above its text out: its equations, where they are from, how it runs and why. */
import type { Origin } from '../ir/graph.ts';
import type { ScheduledKernel } from '../schedule/index.ts';

export function headerLines({
  pattern: { kernel, serves },
  decision,
  nest,
  workgroups,
}: ScheduledKernel): readonly string[] {
  const lines = [
    kernel.name,
    ...(serves.length === 1
      ? []
      : [`serves: ${serves.map(({ name }) => name).join(', ')}`, `in ${serves[0]!.name}:`]),
    ...kernel.steps.flatMap((step) => [`  ${step.equation}`, ...originLine(step.origin)]),
    ...kernel.because.map((why) => `together: ${why}`),
    `schedule: ${decision.chosen}: ${decision.because}`,
    ...decision.rejected.map(({ option, because }) => `not ${option}: ${because}`),
    `runs: ${workgroups.join(' x ')} workgroups of ${nest.workgroupSize}`,
  ];
  return lines.flatMap((line) => line.split('\n')).map((line) => `// ${line}`.trimEnd());
}

/** `mlp.nn:7:16 mlp > Dense_2: Dense`, if the equation as printed does not say it. */
export function originText({ place, path, adjoint }: Origin): string {
  const where = place === undefined ? [] : [`${place.file}:${place.line}:${place.column}`];
  const calls = path.length === 0 ? [] : [path.join(' > ')];
  const of = adjoint === undefined ? [] : [`adjoint of %${adjoint.of} by ${adjoint.rule}`];
  return [...where, ...calls, ...of].join(' ');
}

function originLine(origin: Origin): readonly string[] {
  const text = originText(origin);
  return text === '' ? [] : [`    @ ${text}`];
}
