/** A graph in; the same without the equations that no result and no update needs, out. */
import { graphBuilder } from '../ir/build.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { isLeaf, mapOperands, operandsOf } from '../ir/nodes.ts';
import { type Pass, relocateEnds } from './rebuild.ts';

export const eliminateDead: Pass = {
  name: 'eliminate-dead',
  doc: 'Drops equations that nothing needs. Leaves stay: they are what the graph is called with.',
  run: (graph) => {
    const needed = neededOf(graph);
    const isKept = (id: ValueId): boolean => isLeaf(graph.nodes[id]!) || needed.has(id);
    if (graph.nodes.every((_, id) => isKept(id))) return graph;
    const builder = graphBuilder(graph.name);
    const moved: ValueId[] = [];
    graph.nodes.forEach((node, id) => {
      // The place of a dropped node is never asked for.
      if (!isKept(id)) moved.push(-1);
      else moved.push(builder.add(mapOperands(node, (value) => moved[value]!)));
    });
    return relocateEnds(builder, graph, moved);
  },
};

function neededOf(graph: Graph): ReadonlySet<ValueId> {
  const needed = new Set([...graph.results, ...graph.updates].map(({ value }) => value));
  for (let id = graph.nodes.length - 1; id >= 0; id--) {
    if (!needed.has(id)) continue;
    for (const value of operandsOf(graph.nodes[id]!)) needed.add(value);
  }
  return needed;
}
