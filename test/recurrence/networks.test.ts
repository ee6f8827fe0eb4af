/** Recurrent networks: values against plain loops and the unrolled graph, gradients to second order, before and after passes. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { unrolled } from '../../compiler/ir/unroll.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { completed, expectGradient, withGradients } from '../support/gradient.ts';
import { graphOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';
import { type Extents, feedOf, networks } from '../support/recurrences.ts';
import { expectSame, furthest, soundly } from '../support/same-results.ts';

const sizes: readonly Extents[] = [
  { batch: 2, steps: 4, units: 3 },
  { batch: 3, steps: 3, units: 3 },
  { batch: 1, steps: 2, units: 1 },
];

describe.each(Object.entries(networks))('%s', (_, { text, values }) => {
  test.each(sizes)('$batch rows of $steps steps, $units units', (extents) => {
    const graph = soundly(graphOf(text(extents)));
    expect(recurrencesOf(graph.nodes).length).toBeGreaterThan(0);
    const feeds = completed(graph, new Map(), randomSource(7));
    const y = evaluateGraph(graph, feeds).results.get('y')!;
    expect(furthest(y.data, values(extents, feedOf(feeds)))).toBeLessThan(1e-12);
    expectSame(graph, soundly(unrolled(graph)), feeds);
    expectSame(soundly(runPasses(graph)), graph, feeds);
  });

  test('its gradients are those of the unrolled graph, before and after passes', () => {
    for (const extents of sizes) {
      const graph = graphOf(text(extents));
      const asked = withGradients(graph, new Map(), 3);
      const feeds = completed(asked.graph, asked.feeds, randomSource(5));
      const expanded = soundly(differentiate(asked.graph));
      expectSame(expanded, soundly(differentiate(unrolled(asked.graph))), feeds);
      expectSame(runPasses(expanded), expanded, feeds);
    }
  });

  test('its gradients to second order are those of central differences', () => {
    expectGradient(graphOf(text(sizes[0]!)));
    expectGradient(graphOf(text(sizes[1]!)));
  });
});
