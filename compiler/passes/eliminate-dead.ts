/** A graph in; the same without the equations that no result and no update needs, out. */
import { blocksOf } from '../ir/components.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { isLeaf, mapOperands, operandsOf } from '../ir/nodes.ts';
import { type Pass, withEnds } from './rebuild.ts';

export const eliminateDead: Pass = {
  name: 'eliminate-dead',
  doc: 'Drops equations that nothing needs. Leaves stay: they are what the graph is called with.',
  run: (graph) => {
    const needed = neededOf(graph);
    const isKept = (id: ValueId): boolean => isLeaf(graph.nodes[id]!) || needed.has(id);
    if (graph.nodes.every((_, id) => isKept(id))) return graph;
    const kept = [...graph.nodes.keys()].filter(isKept);
    const moved = new Map(kept.map((id, k) => [id, k] as const));
    const place = (id: ValueId): ValueId => moved.get(id)!;
    return withEnds(
      graph,
      kept.map((id) => mapOperands(graph.nodes[id]!, place)),
      place,
    );
  },
};

function neededOf({ nodes, results, updates }: Graph): ReadonlySet<ValueId> {
  const needed = new Set([...results, ...updates].map(({ value }) => value));
  for (const { members } of blocksOf(nodes).toReversed()) {
    // Of a recurrence all members are needed, or none.
    if (!members.some((id) => needed.has(id))) continue;
    for (const id of members) for (const value of operandsOf(nodes[id]!)) needed.add(value);
  }
  return needed;
}
