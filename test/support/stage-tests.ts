/** A quarter of the random graphs of a run in CI, as tests: each file of `test/stages` has another one. */
import { describe, expect, test } from 'vitest';
import { failureText, gradientFailure, stageFailure } from './stage-cases.ts';

const graphs = 750;
/** A failure names its seeds, and the other tests go on. */
const chunk = 50;

/** Outputs, updates, first and some second gradients, for both classes of adapters; seeds are the same every day. */
export function stageTests(quarter: 0 | 1 | 2 | 3): void {
  describe('graph, optimized graph, kernels and nests say the same', () => {
    const first = 1 + quarter * graphs;
    for (let start = first; start < first + graphs; start += chunk) {
      const seeds = Array.from({ length: chunk }, (_, k) => start + k);
      test(`seeds ${start} to ${start + chunk - 1}`, { timeout: 300_000 }, () => {
        const failures = seeds.flatMap((seed) => {
          const failure = stageFailure(seed) ?? (seed % 10 === 0 ? gradientFailure(seed) : undefined);
          return failure === undefined ? [] : [failureText(failure)];
        });
        expect(failures.join('\n\n')).toBe('');
      });
    }
  });
}
