import { describe, expect, it } from 'vitest';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { randomGraph } from './random-graph.ts';

const seeds = Array.from({ length: 300 }, (_, seed) => seed);

describe('random graphs', () => {
  it('are valid, small and finite', () => {
    for (const seed of seeds) {
      const { graph, feeds } = randomGraph(seed);
      expect(verify(graph), printGraph(graph)).toEqual([]);
      for (const [name, { data }] of evaluateGraph(graph, feeds).results) {
        const bad = data.find((x) => !Number.isFinite(x) || Math.abs(x) > 200);
        if (bad !== undefined) expect.fail(`seed ${seed}: %${name} is ${bad}\n${printGraph(graph)}`);
      }
    }
  });

  it('come back from their text', () => {
    for (const seed of seeds) {
      const { graph } = randomGraph(seed);
      expect(parseGraph(printGraph(graph)), printGraph(graph)).toEqual(graph);
    }
  });

  it('are the same for the same seed', () => {
    expect(randomGraph(7)).toEqual(randomGraph(7));
    expect(randomGraph(7).graph).not.toEqual(randomGraph(8).graph);
  });

  it('contain every kind of reduction, gathers, divisions and guards', () => {
    const text = seeds.map((seed) => printGraph(randomGraph(seed).graph)).join('\n');
    for (const piece of [
      'sum[',
      'prod[',
      'max[',
      'min[',
      'argmax[',
      'argmin[',
      'any[',
      'all[',
      ' where ',
      ' div ',
      ' mod ',
    ]) {
      expect(text).toContain(piece);
    }
    expect(text).toMatch(/\[%t\d+\[/);
  });
});
