/** Program -> text: the buffers with what they hold, and the dispatches in order. */
import { type DispatchStep, dispatchesOf, type Program, type TensorSpec } from '../../runtime/program.ts';

export function printProgram(program: Program): string {
  const holds = new Map<number, string[]>();
  const note = (kind: string, tensors: readonly TensorSpec[]): void => {
    for (const t of tensors) {
      const text = `${kind} ${t.name}: ${t.dtype}[${t.shape.join(', ')}]`;
      holds.set(t.buffer, [...(holds.get(t.buffer) ?? []), text]);
    }
  };
  note('input', program.inputs);
  note('scalar', program.scalars);
  for (const t of program.persistent) note(t.role, [t]);
  for (const t of program.results) note(t.role, [t]);
  const buffers = program.buffers.map(
    (b, k) =>
      `  b${k}`.padEnd(7) +
      `${b.bytes} bytes`.padStart(16) +
      `  ${b.role.padEnd(10)} ${holds.get(k)?.join('; ') ?? b.label}`,
  );
  const { kernels } = program.code;
  let number = 0;
  const dispatchLine = ({ kernel, name, buffers: bound, workgroups }: DispatchStep): string => {
    const use = kernels[kernel]!;
    const { bindings } = use;
    const size = 'workgroupSize' in use ? use.workgroupSize.join('x') : '1';
    const uses = bound.map((b, i) => `b${b}${bindings[i] === 'read_write' ? '*' : ''}`).join(' ');
    number += 1;
    return `  ${String(number).padStart(3)}  ${name.padEnd(28)} ${workgroups.join('x').padEnd(12)} of ${size.padEnd(8)} ${uses}`;
  };
  const steps = program.steps.flatMap((step): readonly string[] => {
    switch (step.kind) {
      case 'dispatch':
        return [dispatchLine(step)];
      case 'copy':
        return [`  copy b${step.from} -> b${step.to}`];
      case 'loop': {
        const last = step.from + (step.count - 1) * step.by;
        const by = Math.abs(step.by) === 1 ? '' : ` by ${step.by}`;
        return [
          `  loop ${step.index} from ${step.from} to ${last}${by}`,
          ...step.steps.map((one) => `  ${dispatchLine(one)}`),
        ];
      }
    }
    return step satisfies never;
  });
  const total = program.buffers.reduce((n, b) => n + b.bytes, 0);
  return [
    `program ${program.name}: ${kernels.length} kernels, ${dispatchesOf(program).length} dispatches, ${total} bytes`,
    'buffers',
    ...buffers,
    'steps (* is written)',
    ...steps,
    '',
  ].join('\n');
}
