/**
 * Scheduled kernels -> Program: which buffer holds which value, and the order of dispatches.
 *
 * Inputs, parameters, states and results have buffers of their own. Everything else is scratch: a value lives
 * from the dispatch that makes it to the last one that reads it, and values whose lives do not meet share. What a loop
 * uses lives until the loop is over.
 */

import { elementCount } from '../../runtime/extents.ts';
import type { BufferSpec, CopyStep, DispatchStep, Program, Step, TensorSpec } from '../../runtime/program.ts';
import type { Fused } from '../fuse/index.ts';
import { storedShape, type ValueInfo } from '../fuse/kernel.ts';
import { shapesOf } from '../fuse/squeeze.ts';
import { loopSpans, unitsOf } from '../fuse/units.ts';
import type { Leaf, ValueId } from '../ir/graph.ts';
import { isInput, isLeaf, isPersistent, isScalar } from '../ir/nodes.ts';
import { describeOrigin } from '../ir/origin.ts';
import type { Pattern, ScheduledKernel } from '../schedule/index.ts';
import type { Target } from '../target.ts';
import { indexRanges } from './ranges.ts';
import { codeOf } from './targets.ts';

/** A scheduled kernel and its text in the language of the target. */
export interface Printed {
  readonly scheduled: ScheduledKernel;
  readonly text: string;
}

/** The kernels of a program, one for each pattern, and the rest of it: what a target makes its code of. */
export interface Planned {
  readonly kernels: readonly Printed[];
  readonly buffers: readonly BufferSpec[];
  readonly steps: readonly Step[];
}

export function plan(
  name: string,
  fused: Fused,
  printed: readonly Printed[],
  target: Pick<Target, 'class'>,
): Program {
  const { graph } = fused;
  const shapeOf = shapesOf(fused);
  const layout = placeBuffers(fused, printed);
  const tensor = (id: ValueId, called: string): TensorSpec => ({
    name: called,
    dtype: graph.nodes[id]!.dtype,
    shape: shapeOf(id),
    buffer: layout.bufferOf.get(id)!,
  });
  const leaves = graph.nodes.flatMap((n, id) => (isLeaf(n) ? [{ n, id }] : []));
  const ranges = indexRanges(fused.given);
  const { kernels, kernelOf } = shareKernels(printed);
  const dispatches = printed.map(
    ({ scheduled }, k): DispatchStep => ({
      kind: 'dispatch',
      kernel: kernelOf[k]!,
      name: scheduled.name,
      buffers: scheduled.bindings.map((b) => layout.bufferOf.get(b.values[0]!)!),
      workgroups: scheduled.workgroups,
      equations: scheduled.kernel.steps.map((s) => s.equation),
      origins: [...new Set(scheduled.kernel.steps.map((s) => describeOrigin(s.origin, { withLoad: true })))],
    }),
  );
  const copies = fused.copies.map(
    (c): CopyStep => ({
      kind: 'copy',
      from: layout.bufferOf.get(c.from)!,
      to: layout.bufferOf.get(c.to)!,
    }),
  );
  const steps = [...inLoops(fused, dispatches), ...copies];
  return {
    format: 'nnc-program',
    version: 3,
    name,
    buffers: layout.buffers,
    inputs: leaves
      .filter(({ n }) => isInput(n))
      .map(({ n, id }) => {
        const range = ranges.get(n.name);
        return {
          ...tensor(id, n.name),
          ...(range && { range }),
          ...(n.default !== undefined && { default: n.default }),
        };
      }),
    persistent: leaves
      .filter(({ n }) => isPersistent(n))
      .map(({ n, id }) => ({ ...tensor(id, n.name), role: n.kind as 'param' | 'frozen' | 'state' })),
    results: graph.results.map((r) => ({ ...tensor(r.value, r.name), role: r.role })),
    scalars: leaves
      .filter(({ n }) => isScalar(n))
      .map(({ n, id }) => ({ ...tensor(id, n.name), ...(n.default !== undefined && { value: n.default }) })),
    code: codeOf(target, name, { kernels, buffers: layout.buffers, steps }),
    steps,
  };
}

/** Each stretch of a loop as one step. */
const inLoops = ({ kernels }: Fused, dispatches: readonly DispatchStep[]): readonly Step[] =>
  unitsOf(kernels).map((unit): Step => {
    if (unit.kind === 'kernel') return dispatches[unit.at]!;
    const { name, from, count, by } = unit.position;
    return { kind: 'loop', index: name, from, count, by, steps: dispatches.slice(unit.from, unit.until) };
  });

/** Who writes the buffer of a leaf. */
const leafRoles: Readonly<Record<Leaf['kind'], BufferSpec['role']>> = {
  input: 'input',
  param: 'persistent',
  frozen: 'persistent',
  state: 'persistent',
  scalar: 'scalar',
};

/** One kernel for each pattern, so that equal layers share their pipelines; and which each dispatch runs. */
function shareKernels(printed: readonly Printed[]): {
  readonly kernels: readonly Printed[];
  readonly kernelOf: readonly number[];
} {
  const kernels: Printed[] = [];
  const known = new Map<Pattern, number>();
  const kernelOf = printed.map((one): number => {
    const { pattern } = one.scheduled;
    const existing = known.get(pattern);
    if (existing !== undefined) return existing;
    known.set(pattern, kernels.length);
    kernels.push(one);
    return kernels.length - 1;
  });
  return { kernels, kernelOf };
}

interface Layout {
  readonly buffers: readonly BufferSpec[];
  readonly bufferOf: ReadonlyMap<ValueId, number>;
}

function placeBuffers(fused: Fused, printed: readonly Printed[]): Layout {
  const { graph, kernels } = fused;
  const buffers: { label: string; bytes: number; role: BufferSpec['role'] }[] = [];
  const bufferOf = new Map<ValueId, number>();
  const create = (id: ValueId, role: BufferSpec['role']): number =>
    buffers.push({ label: graph.nodes[id]!.name, bytes: bytesOf(fused.values.get(id)!), role }) - 1;

  graph.nodes.forEach((n, id) => {
    if (isLeaf(n)) bufferOf.set(id, create(id, leafRoles[n.kind]));
  });
  for (const k of kernels) for (const [value, old] of k.inPlace) bufferOf.set(value, bufferOf.get(old)!);
  for (const { value } of graph.results)
    if (!bufferOf.has(value)) bufferOf.set(value, create(value, 'result'));

  const spans = loopSpans(kernels);
  const lastUse = new Map<ValueId, number>();
  printed.forEach(({ scheduled }, at) => {
    // What a loop uses it may use at each position.
    for (const b of scheduled.bindings) for (const v of b.values) lastUse.set(v, spans[at]!.last);
  });
  for (const c of fused.copies) lastUse.set(c.from, printed.length);
  /** For each dispatch, the values that are not used after it. */
  const ending: ValueId[][] = printed.map(() => []);
  for (const [value, at] of lastUse) ending[at]?.push(value);
  const copied = new Set(fused.copies.map(({ from }) => from));

  /** Scratch buffers that hold nothing any more, by their size, the oldest first. */
  const free = new Map<number, number[]>();
  const release = (buffer: number): void => {
    const { bytes } = buffers[buffer]!;
    const others = free.get(bytes);
    if (others === undefined) free.set(bytes, [buffer]);
    else others.push(buffer);
  };
  /** The smallest that is large enough, else the largest, which grows. A copied value needs exactly its size. */
  const reuse = (bytes: number, exact: boolean): number | undefined => {
    const sizes = [...free.keys()].filter((size) => free.get(size)!.length > 0 && (!exact || size === bytes));
    const fit = sizes.filter((size) => size >= bytes);
    return free.get(fit.length > 0 ? Math.min(...fit) : Math.max(...sizes))?.shift();
  };
  kernels.forEach((k, at) => {
    for (const v of k.stores) {
      if (bufferOf.has(v)) continue;
      const bytes = bytesOf(fused.values.get(v)!);
      const best = reuse(bytes, copied.has(v));
      if (best === undefined) {
        bufferOf.set(v, create(v, 'temporary'));
        continue;
      }
      const buffer = buffers[best]!;
      buffers[best] = {
        ...buffer,
        label: `${buffer.label}, ${graph.nodes[v]!.name}`,
        bytes: Math.max(buffer.bytes, bytes),
      };
      bufferOf.set(v, best);
    }
    for (const v of ending[at]!) {
      const b = bufferOf.get(v);
      if (b !== undefined && buffers[b]!.role === 'temporary') release(b);
    }
  });
  return { buffers, bufferOf };
}

/** Row-major, four bytes an element, rounded up to what vec4 accesses need. */
export const bytesOf = (info: ValueInfo): number =>
  Math.ceil((elementCount(storedShape(info)) * 4) / 16) * 16;
