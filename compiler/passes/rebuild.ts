/** What passes share: ways to rebuild a graph node by node. */
import { arranged } from '../ir/arrange.ts';
import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import { blocksOfGraph } from '../ir/components.ts';
import type { Equation, Graph, Leaf, Node, ValueId } from '../ir/graph.ts';
import { isComputed, mapOperands } from '../ir/nodes.ts';

/** A transformation of graphs that keeps the meaning of every result and update. */
export interface Pass {
  readonly name: string;
  readonly doc: string;
  readonly run: (graph: Graph) => Graph;
}

/** The new graph, where an equation is visited. */
export interface Rebuilding {
  /** A node of the new graph; a member of the recurrence at hand that is not visited yet is as it was. */
  readonly node: (id: ValueId) => Node;
  /** Adds an equation or a leaf that the visited one may read. */
  readonly add: (node: Equation | Leaf) => ValueId;
  /** Puts an equation in place of the visited one, and tells where that is. */
  readonly put: (equation: Equation) => ValueId;
  /** The members of the recurrence that the visited equation is in; empty where it is in none. */
  readonly members: ReadonlySet<ValueId>;
}

const noMembers: ReadonlySet<ValueId> = new Set();

/**
 * The graph with each equation replaced by what `visit` gives: an equation of the same shape, or the position of a node
 * of the new graph that stands for it from now on. `visit` gets the equation with its loads already renumbered: the
 * members of a recurrence have their positions before they are visited. What a recurrence no longer needs leaves it, and
 * what is added for a member goes where it is needed. The same graph where nothing changes.
 */
export function rebuild(
  graph: Graph,
  visit: (equation: Equation, rebuilding: Rebuilding, id: ValueId) => Equation | ValueId,
): Graph {
  const builder = graphBuilder(graph.name);
  const moved: ValueId[] = [];
  const place = (value: ValueId): ValueId => moved[value]!;
  /** Positions of members that another node stands for. */
  const left = new Map<ValueId, ValueId>();
  const { node: nodeAt, add } = builder;

  const replaced = (node: Node, id: ValueId, put: Rebuilding['put'], members = noMembers): ValueId => {
    if (!isComputed(node)) return add(mapOperands(node, place));
    const visited = visit(mapOperands(node, place), { node: nodeAt, add, put, members }, id);
    return typeof visited === 'number' ? visited : put(visited);
  };
  const rebuildRecurrence = (ids: readonly ValueId[]): void => {
    const start = builder.nodes().length;
    for (const [k, id] of ids.entries()) moved[id] = start + k;
    const members = new Set(ids.map(place));
    for (const id of ids) add(mapOperands(graph.nodes[id]!, place));
    for (const id of ids) {
      const own = place(id);
      const put = (equation: Equation): ValueId => {
        builder.replace(own, equation);
        return own;
      };
      const at = replaced(graph.nodes[id]!, id, put, members);
      if (at === own) continue;
      moved[id] = at;
      left.set(own, at);
    }
  };

  const blocks = blocksOfGraph(graph);
  for (const { members, isRecurrence } of blocks) {
    if (isRecurrence) rebuildRecurrence(members);
    else for (const id of members) moved[id] = replaced(graph.nodes[id]!, id, add);
  }
  if (graph.nodes.every((node, id) => moved[id] === id && nodeAt(id) === node)) return graph;
  return blocks.some(({ isRecurrence }) => isRecurrence)
    ? rearranged(builder, graph, moved, left)
    : withEnds(graph, [...builder.nodes()], place);
}

/** The graph that a builder holds, without the positions that were left, in order. */
function rearranged(
  builder: GraphBuilder,
  graph: Graph,
  moved: readonly ValueId[],
  left: ReadonlyMap<ValueId, ValueId>,
): Graph {
  const standing = (id: ValueId): ValueId => {
    const other = left.get(id);
    return other === undefined ? id : standing(other);
  };
  const kept = [...builder.nodes().keys()].filter((id) => !left.has(id));
  const closer = new Map(kept.map((id, k) => [id, k] as const));
  const atOf = (id: ValueId): ValueId => closer.get(standing(id))!;
  const { nodes, place } = arranged(kept.map((id) => mapOperands(builder.node(id), atOf)));
  return withEnds(graph, nodes, (id) => place(atOf(moved[id]!)));
}

/** Nodes with the results and updates of a graph, at their new positions. */
export const withEnds = (graph: Graph, nodes: readonly Node[], place: (id: ValueId) => ValueId): Graph => ({
  name: graph.name,
  nodes,
  results: graph.results.map((result) => ({ ...result, value: place(result.value) })),
  updates: graph.updates.map(({ target, value }) => ({ target: place(target), value: place(value) })),
});
