/** One example is written as seven are: axes of extent 1 keep the indices that the author gave them, backwards, too. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower } from '../../compiler/lower/index.ts';
import { programOf } from '../prelude/program.ts';
import { nameOf, type Replayed, replayed } from '../replay/networks.ts';

const batched = replayed.filter(({ set }) => 'B' in set);

/** What each line of a graph reads and makes, with its indices and without their extents. */
const written = (text: string): readonly string[] =>
  text
    .replace(/\n {6,}/g, ' ')
    .replace(/: \d+/g, '')
    .split('\n')
    .map((line) => [...new Set(line.match(/%[\w.]+(?:\[[^\]]*\])?/g))].toSorted().join(' '));

const graphOf = ({ text, set, purpose }: Replayed, extent: number): Graph => {
  const bindings = new Map(Object.entries({ ...set, B: extent }));
  return lower(programOf(text, { training: true, bindings }), purpose);
};

describe.each(batched.map((network) => [nameOf(network), network] as const))('%s', (_, network) => {
  const [one, seven] = [graphOf(network, 1), graphOf(network, 7)];

  test('as the author wrote it', () => {
    expect(written(printGraph(one))).toEqual(written(printGraph(seven)));
  });

  test('backwards', () => {
    const [first, second] = [one, seven].map((graph) => written(printGraph(differentiate(graph))));
    expect(first).toEqual(second);
  });
});
