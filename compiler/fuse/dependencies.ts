/**
 * Graph -> what must run before what: data, and the order that updates in place ask for.
 *
 * A parameter is overwritten where it lies, so whatever reads the old value must run first. Where that cannot
 * be (the new value is itself needed by a reader of the old one) the update goes through a copy at the end.
 */
import type { Graph, ValueId } from '../ir/graph.ts';
import { consumersOf, isComputed } from '../ir/nodes.ts';

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
    if (!isComputed(graph.nodes[value]!) || inPlace.has(value)) continue;
    const readers = consumers[target]!.filter((r) => r !== value);
    if (reachesAny(successors, value, new Set(readers))) continue;
    for (const r of readers) successors[r]!.add(value);
    inPlace.set(value, target);
  }
  return { successors, inPlace };
}

function reachesAny(
  successors: readonly ReadonlySet<ValueId>[],
  from: ValueId,
  sought: ReadonlySet<ValueId>,
): boolean {
  const seen = new Set<ValueId>();
  const open = [from];
  for (let v = open.pop(); v !== undefined; v = open.pop()) {
    for (const next of successors[v]!) {
      if (sought.has(next)) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}
