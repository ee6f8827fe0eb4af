import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { graphBuilder } from '../../compiler/ir/build.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { passes, pipeline, runPasses, splitReductions } from '../../compiler/passes/index.ts';
import { expectSameResults } from '../support/agreement.ts';
import { randomGraph } from '../support/random-graph.ts';

const seeds = Array.from({ length: Number(process.env.NNC_FUZZ ?? 120) }, (_, seed) => seed);

/** A random graph with the gradients of the sum of its first f32 result. */
function withGradients(graph: Graph): Graph {
  const builder = graphBuilder(graph.name, graph.nodes);
  const first = graph.results.find(({ value }) => graph.nodes[value]!.dtype === 'f32');
  if (first === undefined) return graph;
  const { indices, name } = graph.nodes[first.value]!;
  const origin = { path: [] };
  const at = indices.map((i) => ({
    kind: 'index' as const,
    dtype: 'i32' as const,
    of: { constant: 0, terms: [{ coefficient: 1, atom: { kind: 'index' as const, name: i.name } }] },
  }));
  const of = builder.add({
    kind: 'equation',
    name: `${name}_sum`,
    dtype: 'f32',
    indices: [],
    ...(indices.length > 0 && { reduce: { by: 'sum', indices, guards: [] } }),
    body: { kind: 'load', dtype: 'f32', value: first.value, indices: at },
    origin,
  });
  const gradients = graph.nodes.flatMap((leaf, wrt) => {
    if ((leaf.kind !== 'input' && leaf.kind !== 'param') || leaf.dtype !== 'f32') return [];
    const gradient: Node = {
      kind: 'gradient',
      name: `d.${leaf.name}`,
      dtype: 'f32',
      indices: leaf.indices,
      of,
      wrt,
      origin,
    };
    return [{ name: gradient.name, role: 'gradient' as const, value: builder.add(gradient) }];
  });
  return differentiate(builder.finish([...graph.results, ...gradients], []));
}

describe('passes keep the meaning of random graphs', () => {
  for (const pass of passes.values()) {
    it(pass.name, () => {
      let changed = 0;
      for (const seed of seeds) {
        const { graph, feeds } = randomGraph(seed);
        const after = pass.run(graph);
        if (after !== graph) changed += 1;
        expectSameResults(graph, after, feeds);
      }
      if (pass.name === 'canonicalise' || pass.name === 'eliminate-dead') expect(changed).toBeGreaterThan(10);
    });
  }

  it('all of them, on graphs with gradients', () => {
    for (const seed of seeds) {
      const { graph, feeds } = randomGraph(seed);
      const whole = withGradients(graph);
      expectSameResults(whole, runPasses(whole), feeds, 1e-7);
    }
  });

  it('splitting of every reduction', () => {
    for (const seed of seeds) {
      const { graph, feeds } = randomGraph(seed);
      expectSameResults(graph, splitReductions({ longest: 3, fewest: 1000 }).run(graph), feeds);
    }
  });

  it('and leave a settled graph as it is', () => {
    for (const seed of seeds.slice(0, 40)) {
      const once = runPasses(withGradients(randomGraph(seed).graph));
      const twice = runPasses(once);
      const thrice = runPasses(twice);
      expect(thrice).toBe(twice);
    }
  });
});

describe('the runner', () => {
  it('tells observers of each pass in order', () => {
    const seen: string[] = [];
    runPasses(randomGraph(3).graph, [
      (pass, _before, _after, seconds) => seen.push(`${pass.name} ${seconds >= 0}`),
    ]);
    expect(seen).toEqual(pipeline.map(({ name }) => `${name} true`));
  });

  it('refuses a pass that breaks an invariant', () => {
    const { graph } = randomGraph(3);
    const broken = { name: 'broken', doc: '', run: (g: Graph) => ({ ...g, nodes: g.nodes.toReversed() }) };
    expect(() => runPasses(graph, [], [broken])).toThrow(/broken/);
  });
});
