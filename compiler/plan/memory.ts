/**
 * A compilation in; what each tensor of the program takes in memory, why, and for how long, out.
 *
 * Buffers are placed when a program is compiled and all of them are there for the whole run, so the sum of the
 * buffers is what a device must give. Scratch tensors share buffers: `live` tells what of it is in use when.
 */
import { dispatchesOf, type Program } from '../../runtime/program.ts';
import type { Fused } from '../fuse/index.ts';
import { type Keeping, keepingsOf } from '../fuse/keep.ts';
import { shapesOf } from '../fuse/squeeze.ts';
import { loopSpans } from '../fuse/units.ts';
import type { Graph, Leaf, Node, Origin, ValueId } from '../ir/graph.ts';
import { consumersOf, isComputed, isLeaf } from '../ir/nodes.ts';
import { rangeText } from '../ir/print.ts';
import { recurrencesOf } from '../ir/recurrences.ts';
import type { Target } from '../target.ts';
import { bytesOf, type Printed } from './index.ts';

/**
 * `activation`: a value of the forward part that the backward part reads again. `gradient`: made in the backward
 * part. `temporary`: any other scratch.
 */
export const memoryKinds = [
  'input',
  'parameter',
  'layer state',
  'optimizer state',
  'activation',
  'gradient',
  'temporary',
  'result',
  'scalar',
] as const;

export type MemoryKind = (typeof memoryKinds)[number];

export interface TensorMemory {
  readonly name: string;
  readonly kind: MemoryKind;
  readonly shape: readonly number[];
  /** Of what a loop makes: how many positions are kept, of how many: all that its steps, or what is outside, read. */
  readonly kept?: { readonly positions: number; readonly of: number };
  readonly bytes: number;
  /** Of what one kernel stores and another one reads: what that costs, and what to make it again would. */
  readonly costs?: Keeping;
  /** Index into the program's buffers. */
  readonly buffer: number;
  /** The first and the last dispatch that it must be there for, from 0. */
  readonly from: number;
  readonly to: number;
  readonly origin: Origin;
}

/** A recurrence, with its values by name. */
export interface LoopMemory {
  /** `t = 0 .. 5`, in the order in which its positions are made. */
  readonly over: string;
  /** What has memory: for all positions, or for the latest ones. */
  readonly stored: readonly string[];
  readonly recomputed: readonly string[];
  /** On chip, from one equation of a kernel to the next. */
  readonly unstored: readonly string[];
}

export interface Memory {
  readonly tensors: readonly TensorMemory[];
  /** What its readers make again instead of reading it. */
  readonly recomputed: readonly Keeping[];
  readonly loops: readonly LoopMemory[];
  /** The sum of the buffers: what the device gives. */
  readonly allocated: number;
  /** What the tensors would take if none shared a buffer. */
  readonly unshared: number;
  /** Bytes in use while each dispatch runs. */
  readonly live: readonly number[];
  /** The dispatch with the most, from 0. */
  readonly peakAt: number;
}

/** The last stages of a compilation. */
interface Planned {
  readonly optimized: Graph;
  readonly fused: Fused;
  readonly printed: readonly Printed[];
  readonly program: Program;
}

/** For what the program was compiled; `optimizerStates`: the paths of the states that belong to an optimizer. */
export function memoryOf(
  { optimized, fused, printed, program }: Planned,
  target: Target,
  optimizerStates: ReadonlySet<string>,
): Memory {
  const { nodes } = fused.graph;
  const shapeOf = shapesOf(fused);
  const last = Math.max(0, printed.length - 1);
  const buffers = new Map<ValueId, number>();
  const uses = new Map<ValueId, { from: number; to: number }>();
  const dispatches = dispatchesOf(program);
  const spans = loopSpans(printed.map(({ scheduled }) => scheduled.kernel));
  printed.forEach(({ scheduled }, at) => {
    scheduled.bindings.forEach(({ values }, k) => {
      for (const value of values) {
        buffers.set(value, dispatches[at]!.buffers[k]!);
        const known = uses.get(value);
        // What a loop uses it may use at each position.
        const { first, last: end } = spans[at]!;
        uses.set(value, { from: known?.from ?? first, to: end });
      }
    });
  });
  const owned = new Map(
    [...program.inputs, ...program.persistent, ...program.scalars].map((spec) => [spec.name, spec.buffer]),
  );
  const kinds = kindsOf(fused, optimizerStates);
  const positions = new Map(
    fused.kernels.flatMap(({ stores, position }) =>
      position ? stores.map((value) => [value, position.extent] as const) : [],
    ),
  );
  const copied = new Set(fused.copies.map(({ from }) => from));
  const costs = new Map(keepingsOf(fused, target).map((one) => [one.name, one] as const));
  const tensors = nodes.flatMap((node, id): TensorMemory[] => {
    const kind = kinds.get(id);
    const buffer = isComputed(node) ? buffers.get(id) : owned.get(node.name);
    if (kind === undefined || buffer === undefined) return [];
    const shape = shapeOf(id);
    const info = fused.values.get(id)!;
    const scratch = kind === 'activation' || kind === 'gradient' || kind === 'temporary';
    const of = positions.get(id);
    const own = costs.get(node.name);
    const { from, to } = uses.get(id) ?? { from: 0, to: last };
    return [
      {
        name: node.name,
        kind,
        shape,
        ...(of !== undefined && { kept: { positions: info.slots?.count ?? of, of } }),
        bytes: bytesOf(info),
        ...(own && { costs: own }),
        buffer,
        from: scratch ? from : 0,
        to: scratch && !copied.has(id) ? to : last,
        origin: node.origin,
      },
    ];
  });
  const live = liveBytes(tensors, printed.length);
  return {
    tensors,
    recomputed: fused.recomputed ?? [],
    loops: loopsOf(optimized, fused),
    allocated: program.buffers.reduce((sum, { bytes }) => sum + bytes, 0),
    unshared: total(tensors),
    live,
    peakAt: live.indexOf(Math.max(0, ...live)),
  };
}

function loopsOf({ nodes }: Graph, { graph, kernels, recomputed = [] }: Fused): readonly LoopMemory[] {
  const inMemory = new Set(kernels.flatMap(({ stores }) => stores.map((value) => graph.nodes[value]!.name)));
  const again = new Set(recomputed.map(({ name }) => name));
  return recurrencesOf(nodes).map((recurrence) => {
    const names = recurrence.members.map((id) => nodes[id]!.name);
    return {
      over: rangeText(nodes, recurrence),
      stored: names.filter((name) => inMemory.has(name)),
      recomputed: names.filter((name) => again.has(name)),
      unstored: names.filter((name) => !inMemory.has(name) && !again.has(name)),
    };
  });
}

/** The bytes of the tensors that are there while each dispatch runs. */
function liveBytes(tensors: readonly TensorMemory[], dispatches: number): readonly number[] {
  const change = Array.from({ length: dispatches + 1 }, () => 0);
  for (const { from, to, bytes } of tensors) {
    change[from]! += bytes;
    if (to < dispatches) change[to + 1]! -= bytes;
  }
  let bytes = 0;
  return change.slice(0, dispatches).map((by) => {
    bytes += by;
    return bytes;
  });
}

export const total = (tensors: readonly TensorMemory[]): number =>
  tensors.reduce((sum, { bytes }) => sum + bytes, 0);

/** What every value is that has memory of its own; one that is made in place has that of the value it replaces. */
function kindsOf(fused: Fused, optimizerStates: ReadonlySet<string>): ReadonlyMap<ValueId, MemoryKind> {
  const { nodes, results } = fused.graph;
  const kinds = new Map<ValueId, MemoryKind>();
  nodes.forEach((node, id) => {
    const kind = leafKind(node, optimizerStates);
    if (kind !== undefined) kinds.set(id, kind);
  });
  const isResult = new Set(results.map(({ value }) => value));
  const consumers = consumersOf(fused.graph);
  for (const { stores, inPlace } of fused.kernels) {
    for (const value of stores) {
      if (inPlace.has(value)) continue;
      const { adjoint } = nodes[value]!.origin;
      const kept = consumers[value]!.some((reader) => nodes[reader]!.origin.adjoint !== undefined);
      kinds.set(
        value,
        isResult.has(value) ? 'result' : adjoint ? 'gradient' : kept ? 'activation' : 'temporary',
      );
    }
  }
  return kinds;
}

function leafKind(node: Node, optimizerStates: ReadonlySet<string>): MemoryKind | undefined {
  if (!isLeaf(node)) return undefined;
  const kinds: Readonly<Record<Leaf['kind'], MemoryKind>> = {
    input: 'input',
    param: 'parameter',
    frozen: 'parameter',
    state: optimizerStates.has(node.name) ? 'optimizer state' : 'layer state',
    scalar: 'scalar',
  };
  return kinds[node.kind];
}
