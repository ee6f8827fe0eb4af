/** Graph in, kernels out: of each equation one, nothing moved and nothing fused. To compare with. */

import type { Graph } from '../ir/graph.ts';
import { isComputed } from '../ir/nodes.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import { emit } from './emit.ts';
import { type Group, type Grouping, isContraction } from './group.ts';
import type { Fused } from './index.ts';
import { groupOrder } from './order.ts';
import { squeeze } from './squeeze.ts';

export function separate(graph: Graph): Fused {
  const squeezed = squeeze(graph);
  const dependencies = dependenciesOf(squeezed);
  return emit(graph, squeezed, alone(squeezed, dependencies), dependencies, {
    group: alone,
    mostReads: Number.POSITIVE_INFINITY,
  });
}

function alone(graph: Graph, dependencies: Dependencies): Grouping {
  const inLoops = new Set(dependencies.recurrences.flatMap(({ members }) => members));
  const groups = graph.nodes.flatMap((node, value): readonly Group[] => {
    if (!isComputed(node) || inLoops.has(value)) return [];
    const columns = node.reduce?.indices ?? [];
    const names = new Map([...node.indices, ...columns].map(({ name }) => [name, name]));
    const level = node.reduce ? 'reduce' : 'row';
    return [
      {
        rows: node.indices,
        columns,
        members: [{ value, level, names }],
        contraction: isContraction(node),
        because: ['each equation has a kernel of its own'],
      },
    ];
  });
  const groupOf = new Map(groups.map(({ members }, k) => [members[0]!.value, k]));
  return { groups, groupOf, order: groupOrder(dependencies) };
}
