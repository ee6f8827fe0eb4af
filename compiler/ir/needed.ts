/** Nodes and some of them in; what these are made from, and the nodes without the others, out. */
import type { Node, ValueId } from './graph.ts';
import { mapOperands, operandsOf } from './nodes.ts';

/** The values, and all that they are made from. */
export function neededFor(nodes: readonly Node[], values: Iterable<ValueId>): ReadonlySet<ValueId> {
  const needed = new Set(values);
  // A set goes on with what is added to it.
  for (const id of needed) for (const value of operandsOf(nodes[id]!)) needed.add(value);
  return needed;
}

/** The nodes that are kept, which read no others, closer together; `place` tells where each stands. */
export function keeping(
  nodes: readonly Node[],
  isKept: (id: ValueId) => boolean,
): { readonly nodes: readonly Node[]; readonly place: (id: ValueId) => ValueId } {
  const kept = [...nodes.keys()].filter(isKept);
  const places = new Map(kept.map((id, k) => [id, k] as const));
  const place = (id: ValueId): ValueId => places.get(id)!;
  return { nodes: kept.map((id) => mapOperands(nodes[id]!, place)), place };
}
