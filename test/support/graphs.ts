/** Small ways to make graphs and tensors in tests. */

import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';

/** A graph from the lines of its text, without the head and the closing brace. */
export const graphOf = (lines: string): Graph => parseGraph(`graph test {\n${lines}\n}\n`);

export const tensor = (shape: readonly number[], data: readonly number[]): Tensor64 => ({
  shape,
  data: Float64Array.from(data),
});

/** The values of one result or node, by its name. */
export function numbersOf(
  graph: Graph,
  name: string,
  feeds: Readonly<Record<string, Tensor64>> = {},
): readonly number[] {
  const { values } = evaluateGraph(graph, new Map(Object.entries(feeds)));
  const value = values[graph.nodes.findIndex((node) => node.name === name)];
  if (value === undefined) throw new Error(`no value %${name}`);
  return [...value.data];
}
