/** A compilation in; its dispatches with their steps and WGSL, and the buffers with who lives there, out. */
import type { Fused } from '../../../compiler/fuse/index.ts';
import type { Kernel } from '../../../compiler/fuse/kernel.ts';
import { stretchText } from '../../../compiler/fuse/print.ts';
import type { Index } from '../../../compiler/ir/graph.ts';
import { printExpr } from '../../../compiler/ir/print.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import type { Printed } from '../../../compiler/plan/index.ts';
import { dispatchesOf as runsOf } from '../../../runtime/program.ts';
import type { BufferData, DispatchData, WgslLine } from './data.ts';

type NumberOf = ReadonlyMap<string, number>;

const over = (indices: readonly Index[]): string => indices.map((i) => `${i.name}: ${i.extent}`).join(', ');

export function dispatchesOf(compilation: Compilation, numberOf: NumberOf): readonly DispatchData[] {
  const { fused, printed, program } = compilation;
  const numberOfId = (id: number): number => numberOf.get(fused.graph.nodes[id]!.name)!;
  const texts = new Map<string, number>();
  const dispatches = runsOf(program);
  return printed.map(({ scheduled, wgsl }, k): DispatchData => {
    const { decision, kernel } = scheduled;
    const code = wgsl.replace(/^(\/\/.*\n)+/, '');
    const same = texts.get(code);
    if (same === undefined) texts.set(code, k);
    const buffers = dispatches[k]!.buffers.map((buffer, b) => ({
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
      wgsl: wgslLines({ scheduled, wgsl }, kernel, buffers, numberOfId),
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

/**
 * Which line of the WGSL speaks of which values: the comments above it by the equation that they quote, the
 * bindings by their number, statements by the identifiers that were made from the values' names.
 */
function wgslLines(
  { scheduled, wgsl }: Printed,
  kernel: Kernel,
  buffers: DispatchData['buffers'],
  numberOfId: (id: number) => number,
): readonly WgslLine[] {
  const identifiers = new Map<string, number>();
  const legal = (name: string): string => name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '');
  // The text has the names of the pattern, and quotes the first kernel that it serves.
  const { pattern } = scheduled;
  const quotable = pattern.serves[0]!.steps.map(({ name }, k) => ({ name, value: kernel.steps[k]!.value }));
  pattern.kernel.steps.forEach(({ name }, k) => {
    identifiers.set(legal(name), numberOfId(kernel.steps[k]!.value));
  });
  const bound = /^@group\(0\) @binding\((\d+)\) var<[^>]*> (\w+)/;
  const lines = wgsl.replace(/\n$/, '').split('\n');
  const parameters = new Map<string, readonly number[]>();
  for (const line of lines) {
    const [, number, name] = bound.exec(line) ?? [];
    if (number === undefined || name === undefined) continue;
    parameters.set(name, scheduled.bindings[Number(number)]!.values.map(numberOfId));
  }
  let quoted: number | undefined;
  return lines.map((text): WgslLine => {
    const [, number] = bound.exec(text) ?? [];
    if (number !== undefined) {
      return {
        text,
        values: scheduled.bindings[Number(number)]!.values.map(numberOfId),
        buffer: buffers[Number(number)]!.buffer,
      };
    }
    if (text.startsWith('//')) {
      const step = quotable.find(
        (s) => text.startsWith(`//   %${s.name}`) && /^[[:\s]/.test(text.slice(`//   %${s.name}`.length)),
      );
      quoted = step !== undefined ? numberOfId(step.value) : text.startsWith('//   ') ? quoted : undefined;
      return { text, ...(quoted !== undefined && { values: [quoted] }) };
    }
    const values = new Set<number>();
    for (const [word] of text.matchAll(/[A-Za-z_]\w*/g)) {
      for (const value of parameters.get(word) ?? []) values.add(value);
      const value = valueOfIdentifier(word, identifiers);
      if (value !== undefined) values.add(value);
    }
    return { text, ...(values.size > 0 && { values: [...values] }) };
  });
}

/** `loss_sum_total_2` speaks of `loss.sum`: the longest name that it starts with, up to an underscore. */
function valueOfIdentifier(word: string, identifiers: ReadonlyMap<string, number>): number | undefined {
  for (let name = word; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('_')))) {
    const value = identifiers.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
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
