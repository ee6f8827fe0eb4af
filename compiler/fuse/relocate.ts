/**
 * The nodes of a graph as they come in, their places in the graph that is built from them out.
 *
 * A node that an earlier one, or itself, reads is the back of a recurrence: it gets its place before it is made, so that
 * what reads it can name it.
 */
import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import { spansOf } from '../ir/components.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { loadsOfNode } from '../ir/nodes.ts';

export interface Relocation {
  readonly out: GraphBuilder;
  /** Where a value of the old graph is in the new one. */
  readonly place: (value: ValueId) => ValueId;
  /** Whether a value is read before it is made: it must get a node. */
  readonly isReserved: (value: ValueId) => boolean;
  /** Puts what a node has become in its place. */
  readonly put: (value: ValueId, node: Node) => void;
  /** The new graph, in an order that graphs have, with the results and updates of the old one. */
  readonly finish: () => Graph;
}

export function relocation(graph: Graph): Relocation {
  const out = graphBuilder(graph.name);
  const places = new Map<ValueId, ValueId>();
  const reserved = new Set<ValueId>();
  for (const { first, last } of spansOf(graph.nodes)) {
    for (let id = first; id <= last; id++)
      for (const { value } of loadsOfNode(graph.nodes[id]!)) if (value >= id) reserved.add(value);
  }
  // Until it is replaced the node stands for itself; nothing looks at what it reads.
  const place = (value: ValueId): ValueId => {
    const known = places.get(value) ?? out.add(graph.nodes[value]!);
    places.set(value, known);
    return known;
  };
  return {
    out,
    place,
    isReserved: (value) => reserved.has(value),
    put: (value, node) => {
      if (places.has(value)) out.replace(places.get(value)!, node);
      else places.set(value, out.add(node));
    },
    finish: () => {
      const arranged = out.arrange();
      const end = (value: ValueId): ValueId => arranged(places.get(value)!);
      return out.finish(
        graph.results.map((r) => ({ ...r, value: end(r.value) })),
        graph.updates.map((u) => ({ target: end(u.target), value: end(u.value) })),
      );
    },
  };
}
