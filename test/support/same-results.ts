/** Two graphs and values for their leaves in; fails unless all their results are the same to rounding in f64. */
import { expect } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { namedIn } from '../../compiler/ir/origin.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';

/** The graph, which has no violation. */
export const soundly = (graph: Graph): Graph => {
  expect(verify(graph, { gone: namedIn(graph.nodes) }), printGraph(graph)).toEqual([]);
  return graph;
};

/** The largest difference, relative to 1 + the expected magnitude; what is not a number differs from what is. */
export const furthest = (found: ArrayLike<number>, expected: ArrayLike<number>): number =>
  Array.from(found, (x, k) => {
    const difference = Math.abs(x - expected[k]!) / (1 + Math.abs(expected[k]!));
    return Object.is(x, expected[k]) ? 0 : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }).reduce((most, x) => Math.max(most, x), 0);

export function expectSame(graph: Graph, other: Graph, feeds: ReadonlyMap<string, Tensor64>): void {
  const [found, expected] = [evaluateGraph(graph, feeds).results, evaluateGraph(other, feeds).results];
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [name, { data, shape }] of found) {
    expect(shape).toEqual(expected.get(name)!.shape);
    const text = `%${name}\n${printGraph(graph)}`;
    expect(furthest(data, expected.get(name)!.data), text).toBeLessThan(1e-10);
  }
}
