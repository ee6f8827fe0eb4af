/**
 * Equations that share a kernel in; which of them overwrite a parameter where it lies, and how many buffers the
 * kernel binds, out.
 */
import type { Graph, ValueId } from '../ir/graph.ts';
import { asComputed, consumersOf, loadsByValue, loadsOfNode } from '../ir/nodes.ts';
import { bareVariable } from '../scalar/walk.ts';
import type { Dependencies } from './dependencies.ts';
import type { Group, Member } from './group.ts';
import { liveOuts } from './values.ts';

/** The values of a group that must be in memory after its kernel. */
export function storesOf(
  { members }: Group,
  consumers: readonly (readonly ValueId[])[],
  outs: ReadonlySet<ValueId>,
): readonly ValueId[] {
  const inside = new Set(members.map((m) => m.value));
  return [...inside].filter((v) => outs.has(v) || consumers[v]!.some((c) => !inside.has(c)));
}

/** Stored value -> the old value that it overwrites: every member reads that only at the point that is stored. */
export function overwrittenBy(
  graph: Graph,
  group: Group,
  stores: readonly ValueId[],
  { inPlace }: Dependencies,
): ReadonlyMap<ValueId, ValueId> {
  return new Map(
    stores.flatMap((value) => {
      const old = inPlace.get(value);
      return old !== undefined && readsOnlyItsPoint(graph, group, value, old) ? [[value, old] as const] : [];
    }),
  );
}

function readsOnlyItsPoint(graph: Graph, group: Group, value: ValueId, old: ValueId): boolean {
  const at = placeOf(graph, group.members.find((m) => m.value === value)!);
  return group.members.every((m) => {
    const reads = loadsByValue(graph.nodes[m.value]!).get(old);
    if (reads === undefined) return true;
    // The tiles of a contraction's operands are read for many rows at once.
    if (group.contraction && m.level === 'reduce') return false;
    return reads.every((l) =>
      l.indices.every((e, k) => {
        const name = bareVariable(e);
        return name !== undefined && m.names.get(name) === at[k];
      }),
    );
  });
}

/** The group's names of the indices at which a member is stored. */
const placeOf = (graph: Graph, { value, names }: Member): readonly string[] =>
  asComputed(graph.nodes[value]).indices.map((i) => names.get(i.name)!);

/** How many buffers a group binds: what it reads from memory, and what it stores beside what it overwrites. */
export function bindingCounter(graph: Graph, dependencies: Dependencies): (group: Group) => number {
  const consumers = consumersOf(graph);
  const outs = liveOuts(graph);
  return (group) => {
    const inside = new Set(group.members.map((m) => m.value));
    const stores = storesOf(group, consumers, outs);
    const overwritten = overwrittenBy(graph, group, stores, dependencies);
    const read = group.members.flatMap((m) => loadsOfNode(graph.nodes[m.value]!).map((l) => l.value));
    const bound = read.filter((value) => !inside.has(value));
    const buffers = [...bound, ...stores.map((value) => overwritten.get(value) ?? value)];
    return new Set(buffers.map((value) => dependencies.sameBuffer.get(value) ?? value)).size;
  };
}
