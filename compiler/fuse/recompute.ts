/** Graph -> graph: what readers are said to make themselves (`keep.ts`) stands in their bodies, and is gone where nobody else reads it. */
import { rangesOf } from '../index/query.ts';
import { bodyAt } from '../ir/body-at.ts';
import { boundIndices, mapExpressions, mapLoads } from '../ir/equation.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { consumersOf, isComputed, mapOperands } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import { simplify } from '../scalar/simplify/index.ts';
import type { Recomputed } from './keep.ts';
import { relocation } from './relocate.ts';

export function recompute(graph: Graph, list: readonly Recomputed[]): Graph {
  const { out, place, put, finish } = relocation(graph);
  const consumers = consumersOf(graph);
  const made = new Map<ValueId, Recomputed>(list.map((one) => [one.value, one]));
  graph.nodes.forEach((node, id) => {
    const own = made.get(id);
    if (own !== undefined && consumers[id]!.every((reader) => own.readers.has(reader))) return;
    if (!isComputed(node)) {
      put(id, mapOperands(node, place));
      return;
    }
    const expanded = mapLoads(node, (load) => {
      const source = made.get(load.value);
      return source?.readers.has(id) ? bodyAt(source.equation, load) : load;
    });
    const ranges = rangesOf(boundIndices(node));
    const there = mapOperands(expanded, place);
    put(
      id,
      expanded === node
        ? there
        : protectLoads(
            mapExpressions(there, (e) => simplify(e, ranges)),
            out.node,
          ),
    );
  });
  return finish();
}
