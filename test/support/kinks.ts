/** A graph and values for its leaves in; whether the largest or the smallest of a row has a rival close by, out: a kink. */

import { boundIndices } from '../../compiler/ir/equation.ts';
import type { Equation, Graph, Reduce } from '../../compiler/ir/graph.ts';
import { isEquation } from '../../compiler/ir/nodes.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { conjunction } from '../../compiler/scalar/build.ts';
import { countPoints } from '../../runtime/extents.ts';

/** Differences step by 0.02 at most. */
const apart = 0.05;

type Extreme = Equation & { readonly reduce: Reduce };

const isExtreme = (node: Equation): node is Extreme => node.reduce?.by === 'max' || node.reduce?.by === 'min';

export const hasKink = (graph: Graph, feeds: ReadonlyMap<string, Tensor64>): boolean =>
  graph.nodes
    .filter(isEquation)
    .filter(isExtreme)
    .some((node) => hasRival(graph, feeds, node));

/** The elements of all rows are evaluated one by one, and where they take part. */
function hasRival(graph: Graph, feeds: ReadonlyMap<string, Tensor64>, node: Extreme): boolean {
  const { reduce, body, origin } = node;
  const shared = { kind: 'equation', indices: boundIndices(node), origin } as const;
  const nodes = [
    ...graph.nodes,
    { ...shared, name: 'kinks.element', dtype: 'f32', body } as const,
    { ...shared, name: 'kinks.part', dtype: 'bool', body: conjunction(reduce.guards) } as const,
  ];
  const { values } = evaluateGraph({ ...graph, nodes, results: [], updates: [] }, feeds);
  const [elements, parts] = [values.at(-2)!.data, values.at(-1)!.data];
  const length = countPoints(reduce.indices);
  return Array.from({ length: countPoints(node.indices) }, (_, row) => row * length).some((start) => {
    const row = [...elements.slice(start, start + length)].filter((_, k) => parts[start + k] !== 0);
    const [first, second] = row.sort((a, b) => (reduce.by === 'max' ? b - a : a - b));
    return second !== undefined && Math.abs(first! - second) < apart;
  });
}
