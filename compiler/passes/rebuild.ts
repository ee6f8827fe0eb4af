/** What passes share: ways to rebuild a graph node by node. */
import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { isComputed, mapOperands } from '../ir/nodes.ts';

/** A transformation of graphs that keeps the meaning of every result and update. */
export interface Pass {
  readonly name: string;
  readonly doc: string;
  readonly run: (graph: Graph) => Graph;
}

/**
 * The graph with each equation replaced by what `visit` gives: an equation, or the position of a node of the
 * new graph that stands for it from now on. `visit` gets the equation with its loads already renumbered, and
 * may add nodes before it. The same graph where nothing changes.
 */
export function rebuild(
  graph: Graph,
  visit: (equation: Equation, builder: GraphBuilder, id: ValueId) => Equation | ValueId,
): Graph {
  const builder = graphBuilder(graph.name);
  const moved: ValueId[] = [];
  const place = (value: ValueId): ValueId => moved[value]!;
  let changed = false;
  graph.nodes.forEach((node, id) => {
    const visited = isComputed(node)
      ? visit(mapOperands(node, place), builder, id)
      : builder.add(mapOperands(node, place));
    const at = typeof visited === 'number' ? visited : builder.add(visited);
    changed ||= at !== id || builder.node(at) !== node;
    moved.push(at);
  });
  return changed ? relocateEnds(builder, graph, moved) : graph;
}

/** The graph that a builder holds, with the results and updates of the old one. */
export const relocateEnds = (builder: GraphBuilder, graph: Graph, moved: readonly ValueId[]): Graph =>
  builder.finish(
    graph.results.map((result) => ({ ...result, value: moved[result.value]! })),
    graph.updates.map(({ target, value }) => ({ target: moved[target]!, value: moved[value]! })),
  );
