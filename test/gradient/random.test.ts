import { describe, it } from 'vitest';
import { expectGradient } from '../support/gradient.ts';
import { randomGraph } from '../support/random-graph.ts';

const seeds = Array.from({ length: Number(process.env.NNC_FUZZ ?? 300) }, (_, seed) => seed);

describe('the adjoint of random smooth graphs agrees with central differences', () => {
  for (const seed of seeds) {
    it(`seed ${seed}`, () => {
      const { graph, feeds } = randomGraph(seed, { smooth: true, equations: 4 });
      expectGradient(graph, { feeds, order: seed % 4 === 0 ? 2 : 1, step: 2e-4, tolerance: 1e-6 });
    });
  }
});
