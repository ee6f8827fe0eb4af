/** Random recurrences: the reference, gradients to second order, passes and orders against the unrolled graph. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { spansOf } from '../../compiler/ir/components.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { unrolled } from '../../compiler/ir/unroll.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { completed, withGradients } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';
import {
  recurrences as all,
  graphFrom,
  type RandomRecurrence,
  textOf,
} from '../support/random-recurrence.ts';
import { expectSame, soundly } from '../support/same-results.ts';

/** The reference differentiates them twice. */
const recurrences = all.filter(({ steps, batch, units }) => steps * batch * units <= 18);

const runs = { numRuns: Number(process.env.NNC_FUZZ ?? 40), seed: 11 };

function feedsFor({ batch, units }: RandomRecurrence, graph: Graph): ReadonlyMap<string, Tensor64> {
  const random = randomSource(batch + 10 * units);
  const ids = Float64Array.from({ length: batch }, () => random.integer(0, units - 1));
  return completed(graph, new Map([['ids', { shape: [batch], data: ids }]]), random);
}

test('come back from their text, in any order of their equations', () => {
  fc.assert(
    fc.property(recurrences, fc.nat(9), (choice, rotate) => {
      const lines = textOf(choice);
      const graph = graphFrom(lines, rotate);
      expect(parseGraph(printGraph(graph))).toEqual(graph);
      expectSame(graph, graphFrom(lines), feedsFor(choice, graph));
    }),
    runs,
  );
});

test('one position leaves none, and what would be read earlier is not', () => {
  fc.assert(
    fc.property(recurrences, fc.nat(9), (given, rotate) => {
      const choice = { ...given, steps: 1 };
      const graph = graphFrom(textOf(choice), rotate);
      expect(spansOf(graph.nodes)).toEqual([]);
      expectSame(graph, graphFrom(textOf(choice, true)), feedsFor(choice, graph));
    }),
    runs,
  );
});

test('values, gradients and gradients of gradients are those of the unrolled graph, before and after passes', () => {
  let groups = 0;
  fc.assert(
    fc.property(recurrences, (choice) => {
      const graph = graphFrom(textOf(choice));
      groups += recurrencesOf(graph.nodes).length;
      const first = withGradients(graph, new Map(), 3);
      const feeds = new Map([...first.feeds, ...feedsFor(choice, first.graph)]);
      const once = soundly(differentiate(first.graph));
      const onceUnrolled = soundly(differentiate(unrolled(first.graph)));
      expectSame(once, onceUnrolled, feeds);
      expectSame(soundly(runPasses(once)), once, feeds);
      expectSame(soundly(unrolled(runPasses(once))), once, feeds);
      const second = withGradients({ ...once, results: once.results.slice(1) }, feeds, 4, 'second');
      const twice = soundly(differentiate(second.graph));
      const given = new Map([...feeds, ...second.feeds]);
      const secondUnrolled = withGradients(
        { ...onceUnrolled, results: onceUnrolled.results.slice(1) },
        feeds,
        4,
        'second',
      );
      expectSame(twice, differentiate(secondUnrolled.graph), given);
      expectSame(soundly(runPasses(twice)), twice, given);
    }),
    runs,
  );
  expect(groups).toBeGreaterThan(runs.numRuns / 4);
});
