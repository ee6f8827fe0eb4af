/** Random graphs as the tests on devices draw them: every third is smooth, and asks for its gradients too. */
import { withGradients } from './gradient.ts';
import { type RandomGraph, randomGraph } from './random-graph.ts';

export function randomCase(seed: number): RandomGraph {
  if (seed % 3 !== 0) return randomGraph(seed, { equations: 2 + (seed % 6) });
  const { graph, feeds } = randomGraph(seed, { equations: 1 + (seed % 4), smooth: true });
  const hasFloats = graph.results.some((r) => graph.nodes[r.value]!.dtype === 'f32');
  return hasFloats ? withGradients(graph, feeds, seed) : { graph, feeds };
}
