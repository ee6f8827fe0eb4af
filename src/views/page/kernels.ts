/** A compilation in; its dispatches with their steps and code, and the buffers with who lives there, out. */
import type { Fused } from '../../../compiler/fuse/index.ts';
import type { Kernel } from '../../../compiler/fuse/kernel.ts';
import { stretchText } from '../../../compiler/fuse/print.ts';
import type { Index } from '../../../compiler/ir/graph.ts';
import { printExpr } from '../../../compiler/ir/print.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import { spokenLinesOf } from '../../../compiler/plan/targets.ts';
import { dispatchesOf as runsOf } from '../../../runtime/program.ts';
import type { BufferData, CodeLine, DispatchData } from './data.ts';

type NumberOf = ReadonlyMap<string, number>;

const over = (indices: readonly Index[]): string => indices.map((i) => `${i.name}: ${i.extent}`).join(', ');

export function dispatchesOf(compilation: Compilation, numberOf: NumberOf): readonly DispatchData[] {
  const { fused, printed, program } = compilation;
  const numberOfId = (id: number): number => numberOf.get(fused.graph.nodes[id]!.name)!;
  const firsts = new Map<number, number>();
  const dispatches = runsOf(program);
  return printed.map(({ scheduled }, k): DispatchData => {
    const { decision, kernel } = scheduled;
    const run = dispatches[k]!;
    const same = firsts.get(run.kernel);
    if (same === undefined) firsts.set(run.kernel, k);
    const buffers = run.buffers.map((buffer, b) => ({
      buffer,
      written: scheduled.bindings[b]!.access === 'read_write',
    }));
    return {
      name: kernel.name,
      rows: over(kernel.rows),
      columns: over(kernel.columns),
      steps: kernel.steps.map((step) => ({
        value: numberOfId(step.value),
        level: step.level,
        text: stepText(step, kernel, fused),
      })),
      stores: kernel.stores.map((id) => {
        const old = kernel.inPlace.get(id);
        return { value: numberOfId(id), ...(old !== undefined && { over: numberOfId(old) }) };
      }),
      because: kernel.because,
      schedule: decision.chosen,
      why: decision.because,
      rejected: decision.rejected,
      workgroups: [
        `${scheduled.workgroups.join(' × ')} workgroups of ${scheduled.workgroupSize.filter((n) => n > 1).join(' × ') || '1'}`,
        ...(kernel.position ? [`at each of ${stretchText(kernel.position)}`] : []),
      ].join(', '),
      buffers,
      code: spokenLinesOf(scheduled, program.code.target).map(
        ({ text, values, declares }): CodeLine => ({
          text,
          ...(values.length > 0 && { values: values.map(numberOfId) }),
          ...(declares !== undefined && { buffer: buffers[declares]!.buffer }),
        }),
      ),
      ...(same !== undefined && { same }),
    };
  });
}

function stepText(step: Kernel['steps'][number], kernel: Kernel, fused: Fused): string {
  const { nodes } = fused.graph;
  const where =
    step.guards.length === 0 ? '' : ` where ${step.guards.map((g) => printExpr(g, nodes)).join(' and ')}`;
  const reduce = step.by ? `${step.by}[${kernel.columns.map((c) => c.name).join(', ')}${where}] ` : '';
  const shape = step.indices.length === 0 ? '' : `[${step.indices.join(', ')}]`;
  return `%${step.name}${shape} = ${reduce}${printExpr(step.body, nodes)}`;
}

export function buffersOf(compilation: Compilation, numberOf: NumberOf): readonly BufferData[] {
  const { fused, printed, program } = compilation;
  const numberOfId = (id: number): number => numberOf.get(fused.graph.nodes[id]!.name)!;
  const lives = new Map<number, Map<number, { from: number; to: number }>>();
  const touches = new Map<number, { dispatch: number; written: boolean }[]>();
  const dispatches = runsOf(program);
  printed.forEach(({ scheduled }, dispatch) => {
    scheduled.bindings.forEach(({ values, access }, k) => {
      const buffer = dispatches[dispatch]!.buffers[k]!;
      const list = touches.get(buffer) ?? [];
      touches.set(buffer, [...list, { dispatch, written: access === 'read_write' }]);
      const here = lives.get(buffer) ?? new Map<number, { from: number; to: number }>();
      for (const value of values.map(numberOfId)) {
        here.set(value, { from: here.get(value)?.from ?? dispatch, to: dispatch });
      }
      lives.set(buffer, here);
    });
  });
  const end = Math.max(0, printed.length - 1);
  const keptIn = new Map(
    [...program.inputs, ...program.persistent, ...program.scalars].map((t) => [t.buffer, t.name] as const),
  );
  const results = new Set(program.results.map((t) => t.buffer));
  return program.buffers.map(({ label, bytes, role }, buffer): BufferData => {
    const here = [...(lives.get(buffer) ?? [])].map(([value, life]) => ({ value, ...life }));
    const owner = numberOf.get(keptIn.get(buffer) ?? '');
    const others = here
      .filter(({ value }) => value !== owner)
      .map((life) => (owner !== undefined || results.has(buffer) ? { ...life, to: end } : life));
    const own = owner === undefined ? [] : [{ value: owner, from: 0, to: (others[0]?.from ?? end + 1) - 1 }];
    return {
      label,
      bytes,
      role,
      lives: [...own.filter(({ from, to }) => to >= from), ...others],
      touches: touches.get(buffer) ?? [],
    };
  });
}
