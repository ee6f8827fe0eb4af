/**
 * Graph -> what must run before what: data, and the order that updates in place ask for.
 *
 * A parameter is overwritten where it lies, so whatever reads the old value must run first. Where that cannot
 * be (the new value is itself needed by a reader of the old one) the update goes through a copy at the end.
 */
import type { Graph, ValueId } from '../ir/graph.ts';
import { consumersOf } from './values.ts';

export interface Dependencies {
  /** For each value, the values that must be made after it. */
  readonly successors: readonly ReadonlySet<ValueId>[];
  /** New value -> the param or state whose memory it may take over. */
  readonly inPlace: ReadonlyMap<ValueId, ValueId>;
}

export function dependenciesOf(graph: Graph): Dependencies {
  const consumers = consumersOf(graph);
  const successors = consumers.map((list) => new Set(list));
  const inPlace = new Map<ValueId, ValueId>();
  for (const { target, value } of graph.updates) {
    if (graph.nodes[value]!.kind !== 'equation' || inPlace.has(value)) continue;
    const readers = consumers[target]!.filter((r) => r !== value);
    const later = reachable(successors, value);
    if (readers.some((r) => later.has(r))) continue;
    for (const r of readers) successors[r]!.add(value);
    inPlace.set(value, target);
  }
  return { successors, inPlace };
}

function reachable(successors: readonly ReadonlySet<ValueId>[], from: ValueId): ReadonlySet<ValueId> {
  const seen = new Set<ValueId>();
  const open = [from];
  for (let v = open.pop(); v !== undefined; v = open.pop()) {
    for (const next of successors[v]!) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return seen;
}

/**
 * Would these members, as one group, depend on themselves through something outside? `groupOf` gives the other
 * members of the group that a value is in: a group runs as a whole.
 */
export function closesCycle(
  dependencies: Dependencies,
  members: readonly ValueId[],
  groupOf: (value: ValueId) => readonly ValueId[],
): boolean {
  const inside = new Set(members);
  const seen = new Set<ValueId>(members);
  const open = [...members];
  for (let v = open.pop(); v !== undefined; v = open.pop()) {
    const outside = !inside.has(v);
    for (const next of dependencies.successors[v]!) {
      if (inside.has(next)) {
        if (outside) return true;
        continue;
      }
      for (const mate of groupOf(next)) {
        if (seen.has(mate)) continue;
        seen.add(mate);
        open.push(mate);
      }
    }
  }
  return false;
}
