/**
 * Recurrences -> kernels of loops: the equations of one position are grouped like any others, once for each stretch of
 * positions in which their conditions are decided.
 */
import { variable } from '../index/build.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { consumersOf, isLeaf, loadsOfNode } from '../ir/nodes.ts';
import { printNode } from '../ir/print.ts';
import type { Recurrence } from '../ir/recurrences.ts';
import { index } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { rewrite } from '../scalar/walk.ts';
import type { Dependencies } from './dependencies.ts';
import { kernelsOf } from './emit.ts';
import type { Grouping } from './group.ts';
import type { Kernel, Slots, Step } from './kernel.ts';
import { inlined, positionName, pruned, type Slice, sliceOf } from './slice.ts';
import { slotsOf } from './slots.ts';
import { stretchesOf } from './stretches.ts';
import { liveOuts } from './values.ts';

export interface Loop {
  readonly recurrence: Recurrence;
  /** Stretch by stretch. */
  readonly kernels: readonly Kernel[];
  readonly slots: ReadonlyMap<ValueId, Slots>;
}

/** How the equations of one position become kernels. */
export interface LoopBodies {
  readonly group: (slice: Graph, dependencies: Dependencies) => Grouping;
  /** A kernel binds so many tensors that it reads. */
  readonly mostReads: number;
}

/** For an adapter of which a kernel binds so many buffers, with that of its result. */
export const loopBodies = (group: LoopBodies['group'], buffers: number): LoopBodies => ({
  group,
  mostReads: buffers - 1,
});

export function loopsOf(graph: Graph, { recurrences }: Dependencies, bodies: LoopBodies): readonly Loop[] {
  const consumers = consumersOf(graph);
  const outs = liveOuts(graph);
  return recurrences.map((recurrence, loop) => {
    const inside = new Set(recurrence.members);
    const kept = new Set(
      recurrence.members.filter((id) => outs.has(id) || consumers[id]!.some((reader) => !inside.has(reader))),
    );
    const name = positionName(graph.nodes, recurrence);
    const slices = stretchesOf(graph.nodes, recurrence, loop, name).map((position) =>
      sliceOf(graph.nodes, recurrence, position),
    );
    const kernels = prunedTogether(slices, kept, bodies.mostReads).flatMap(({ slice, wanted }) => {
      const results = [...wanted].map(
        (value) => ({ name: slice.graph.nodes[value]!.name, role: 'value', value }) as const,
      );
      const whole = { ...slice.graph, results };
      const dependencies = dependenciesIn(slice, whole);
      return kernelsOf(whole, bodies.group(whole, dependencies), dependencies).flatMap((unit) =>
        unit.kernels.map((kernel) => restored(kernel, slice, graph, recurrence)),
      );
    });
    return { recurrence, kernels, slots: slotsOf(recurrence, kernels, kept) };
  });
}

/** The slices without what nobody needs; and which of their values must be in memory: what other positions read. */
function prunedTogether(
  slices: readonly Slice[],
  kept: ReadonlySet<ValueId>,
  mostReads: number,
): readonly { readonly slice: Slice; readonly wanted: ReadonlySet<ValueId> }[] {
  const stored = new Set(kept);
  for (;;) {
    const needed = slices.map((slice) => pruned(slice, wantedIn(slice, stored)));
    const before = stored.size;
    for (const { elsewhere } of needed) for (const value of elsewhere.keys()) stored.add(value);
    if (stored.size > before) continue;
    return needed.map((slice) => {
      const tried = inlined(slice, wantedIn(slice, stored));
      const shorter = readsAtMost(tried.graph, mostReads) ? tried : slice;
      return { slice: shorter, wanted: wantedIn(shorter, stored) };
    });
  }
}

const readsAtMost = ({ nodes }: Graph, most: number): boolean =>
  nodes.every((node) => new Set(loadsOfNode(node).map(({ value }) => value)).size <= most);

const wantedIn = ({ here }: Slice, stored: ReadonlySet<ValueId>): ReadonlySet<ValueId> =>
  new Set([...here].flatMap(([value, id]) => (stored.has(value) ? [id] : [])));

function dependenciesIn({ here, elsewhere, apart }: Slice, graph: Graph): Dependencies {
  const successors = consumersOf(graph).map((list) => new Set(list));
  // What stands between two groups keeps them two.
  for (const { value, reader } of apart) {
    successors[value]!.add(successors.length);
    successors.push(new Set([reader]));
  }
  const sameBuffer = new Map(
    [...elsewhere].flatMap(([value, leaf]) => {
      const made = here.get(value);
      return made === undefined ? [] : [[leaf, made] as const];
    }),
  );
  return { successors, inPlace: new Map(), recurrences: [], sameBuffer };
}

/** A kernel of a slice in terms of the whole graph. */
function restored(kernel: Kernel, slice: Slice, graph: Graph, { axes }: Recurrence): Kernel {
  const { position, originals } = slice;
  const at = index(variable(position.name));
  const original = (value: ValueId): ValueId => originals[value]!;
  const expr = (e: Expr): Expr =>
    rewrite(e, (part) => {
      if (part.kind !== 'load') return part;
      const value = original(part.value);
      if (isLeaf(slice.graph.nodes[part.value]!)) return { ...part, value };
      return { ...part, value, indices: part.indices.toSpliced(axes.get(value)!, 0, at) };
    });
  const step = (one: Step): Step => {
    const value = original(one.value);
    return {
      ...one,
      value,
      indices: one.indices.toSpliced(axes.get(value)!, 0, position.name),
      guards: one.guards.map(expr),
      body: expr(one.body),
      equation: printNode(graph.nodes[value]!, graph.nodes),
    };
  };
  return { ...kernel, steps: kernel.steps.map(step), stores: kernel.stores.map(original), position };
}
