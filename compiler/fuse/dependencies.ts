/**
 * Graph -> what must run before what: data, and the order that updates in place ask for.
 *
 * A parameter is overwritten where it lies, so whatever reads the old value must run first. Where that cannot
 * be (the new value is itself needed by a reader of the old one) the update goes through a copy at the end.
 *
 * The members of a recurrence run in a loop, which is one unit: all before it is there when it begins, and nothing runs
 * in between.
 */
import type { Graph, ValueId } from '../ir/graph.ts';
import { consumersOf, isComputed } from '../ir/nodes.ts';
import { type Recurrence, recurrencesOf } from '../ir/recurrences.ts';

export interface Dependencies {
  /** For each unit, those that must run after it; a loop is known by its first member, and others are no units. */
  readonly successors: readonly ReadonlySet<ValueId>[];
  /** New value -> the param or state whose memory it may take over. */
  readonly inPlace: ReadonlyMap<ValueId, ValueId>;
  readonly recurrences: readonly Recurrence[];
  /** Values that lie in the buffer of another one. */
  readonly sameBuffer: ReadonlyMap<ValueId, ValueId>;
}

export function dependenciesOf(graph: Graph): Dependencies {
  const consumers = consumersOf(graph);
  const recurrences = recurrencesOf(graph.nodes);
  const loops = new Map(
    recurrences.flatMap(({ members }) => members.map((id) => [id, members[0]!] as const)),
  );
  const unitOf = (value: ValueId): ValueId => loops.get(value) ?? value;
  const successors = graph.nodes.map(() => new Set<ValueId>());
  consumers.forEach((list, value) => {
    for (const reader of list) {
      if (unitOf(reader) !== unitOf(value)) successors[unitOf(value)]!.add(unitOf(reader));
    }
  });
  const inPlace = new Map<ValueId, ValueId>();
  for (const { target, value } of graph.updates) {
    if (!isComputed(graph.nodes[value]!) || inPlace.has(value) || loops.has(value)) continue;
    const readers = consumers[target]!.filter((r) => r !== value).map(unitOf);
    if (reachesAny(successors, value, new Set(readers))) continue;
    for (const r of readers) successors[r]!.add(value);
    inPlace.set(value, target);
  }
  return { successors, inPlace, recurrences, sameBuffer: new Map() };
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
