/** A graph in; the same without the equations that no result and no update needs, out. */
import type { ValueId } from '../ir/graph.ts';
import { keeping, neededFor } from '../ir/needed.ts';
import { isLeaf } from '../ir/nodes.ts';
import { type Pass, withEnds } from './rebuild.ts';

export const eliminateDead: Pass = {
  name: 'eliminate-dead',
  doc: 'Drops equations that nothing needs. Leaves stay: they are what the graph is called with.',
  run: (graph) => {
    const ends = [...graph.results, ...graph.updates].map(({ value }) => value);
    const needed = neededFor(graph.nodes, ends);
    const isKept = (id: ValueId): boolean => isLeaf(graph.nodes[id]!) || needed.has(id);
    if (graph.nodes.every((_, id) => isKept(id))) return graph;
    const { nodes, place } = keeping(graph.nodes, isKept);
    return withEnds(graph, nodes, place);
  },
};
