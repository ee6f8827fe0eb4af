/** One example is written as seven are: axes of extent 1 keep the indices that the author gave them. */
import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower } from '../../compiler/lower/index.ts';
import { programOf } from '../prelude/program.ts';
import { nameOf, type Replayed, replayed } from '../replay/networks.ts';

const batched = replayed.filter(({ set }) => 'B' in set);

/** What each line of a graph reads and makes, with its indices and without their extents. */
const written = (graph: Graph): readonly string[] =>
  printGraph(graph)
    .replace(/\n {6,}/g, ' ')
    .replace(/: \d+/g, '')
    .split('\n')
    .map((line) => [...new Set(line.match(/%[\w.]+(?:\[[^\]]*\])?/g))].toSorted().join(' '));

const graphOf = ({ text, set, purpose }: Replayed, extent: number): Graph => {
  const bindings = new Map(Object.entries({ ...set, B: extent }));
  return lower(programOf(text, { training: true, bindings }), purpose);
};

test.each(batched.map((network) => [nameOf(network), network] as const))('%s', (_, network) => {
  expect(written(graphOf(network, 1))).toEqual(written(graphOf(network, 7)));
});
