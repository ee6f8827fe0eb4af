/** Graph -> graph: leaves take the index names of the equation that reads them first. */

import type { Graph, Index, Node, ValueId } from '../ir/graph.ts';
import { isComputed, isGradient } from '../ir/nodes.ts';
import { bareVariable, loadsOf } from '../scalar/walk.ts';

/**
 * A declaration `W: f32[units, I]` names dimensions, not indices. `y[o] = sum[i] W[o, i] * x[i]` does, and its
 * gradient is to read `d.W[o, i]`.
 */
export function nameIndicesByUse(graph: Graph): Graph {
  const names = new Map<ValueId, readonly string[]>();
  for (const node of graph.nodes) {
    if (!isComputed(node)) continue;
    for (const load of loadsOf(node.body)) {
      const used = load.indices.map(bareVariable);
      if (names.has(load.value) || new Set(used).size < used.length || used.includes(undefined)) continue;
      names.set(load.value, used as readonly string[]);
    }
  }
  const renamed = (indices: readonly Index[], used: readonly string[] | undefined): readonly Index[] =>
    used ? indices.map((index, k) => ({ ...index, name: used[k]! })) : indices;
  return {
    ...graph,
    nodes: graph.nodes.map((node, id): Node => {
      if (isComputed(node)) return node;
      const named = isGradient(node) ? node.wrt : id;
      return { ...node, indices: renamed(node.indices, names.get(named)) };
    }),
  };
}
