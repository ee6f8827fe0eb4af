/** Program -> text: the buffers with what they hold, and the dispatches in order. */
import type { Program, TensorSpec } from '../../runtime/program.ts';

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
  const dispatches = program.dispatches.map((d, k) => {
    const kernel = program.kernels[d.kernel]!;
    const bound = d.buffers.map((b, i) => `b${b}${kernel.bindings[i] === 'read_write' ? '*' : ''}`).join(' ');
    return `  ${String(k + 1).padStart(3)}  ${kernel.name.padEnd(28)} ${d.workgroups.join('x').padEnd(12)} of ${kernel.workgroupSize.join('x').padEnd(8)} ${bound}`;
  });
  const copies = program.copies.map((c) => `  copy b${c.from} -> b${c.to}`);
  const total = program.buffers.reduce((n, b) => n + b.bytes, 0);
  return [
    `program ${program.name}: ${program.kernels.length} kernels, ${program.dispatches.length} dispatches, ${total} bytes`,
    'buffers',
    ...buffers,
    'dispatches (* is written)',
    ...dispatches,
    ...copies,
    '',
  ].join('\n');
}
