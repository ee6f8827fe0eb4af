/** Random graphs as the tests on devices draw them: every third is smooth, and asks for its gradients too. */
import { withGradients } from './gradient.ts';
import { type RandomGraph, randomGraph } from './random-graph.ts';

export const randomCase = (seed: number): RandomGraph => drawn(seed, 2 + (seed % 6), 1 + (seed % 4));

/** Of one equation: a quarter of the time, for what depends on no other value. */
export const smallCase = (seed: number): RandomGraph => drawn(seed, 1, 1);

function drawn(seed: number, equations: number, smooth: number): RandomGraph {
  if (seed % 3 !== 0) return randomGraph(seed, { equations });
  const { graph, feeds } = randomGraph(seed, { equations: smooth, smooth: true });
  const hasFloats = graph.results.some((r) => graph.nodes[r.value]!.dtype === 'f32');
  return hasFloats ? withGradients(graph, feeds, seed) : { graph, feeds };
}
