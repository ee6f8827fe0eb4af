/** Sums over divisible points: the same values on every road, no condition on a remainder, and a quarter of the points. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { residues } from '../../compiler/passes/residues.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { completed } from '../support/gradient.ts';
import { expectProgramAgrees } from '../support/nests.ts';
import { randomSource } from '../support/random.ts';

/** A strided convolution over one axis, with the gradient by its input. */
function gradientOf(length: number, kernel: number, stride: number, pad: number, filters: number): Graph {
  const out = Math.floor((length + 2 * pad - kernel) / stride) + 1;
  return differentiate(
    parseGraph(`graph test {
      input %x[n: 2, c: 3, p: ${length}]: f32
      input %w[f: ${filters}, c: 3, u: ${kernel}]: f32
      input %g[n: 2, f: ${filters}, j: ${out}]: f32
      %y[n: 2, f: ${filters}, j: ${out}]: f32 = sum[c: 3, u: ${kernel}] (if 0 <= ${stride}*j + u - ${pad} and ${stride}*j + u - ${pad} < ${length} then %w[f, c, u] * %x[n, c, ${stride}*j + u - ${pad}] else 0.0)
      %l: f32 = sum[n: 2, f: ${filters}, j: ${out}] %g[n, f, j] * %y[n, f, j]
      %d.x[n: 2, c: 3, p: ${length}]: f32 = gradient %l wrt %x
      %z[n: 2, c: 3, p: ${length}]: f32 = maximum(%d.x[n, c, p], 0.0)
      result value %z
    }`),
  );
}

const shapes = fc
  .record({
    length: fc.constantFrom(15, 16, 21),
    kernel: fc.constantFrom(1, 2, 3, 4, 5),
    stride: fc.constantFrom(1, 2, 3, 4),
    pad: fc.constantFrom(0, 1, 2),
    filters: fc.constantFrom(1, 4),
    seed: fc.integer({ min: 1, max: 1000 }),
  })
  .filter(({ length, kernel, pad }) => length + 2 * pad >= kernel);

describe('residues', () => {
  it('keep the values of gradients of strided convolutions', () => {
    let fewer = 0;
    fc.assert(
      fc.property(shapes, ({ length, kernel, stride, pad, filters, seed }) => {
        const graph = gradientOf(length, kernel, stride, pad, filters);
        const feeds = completed(graph, new Map(), randomSource(seed));
        const made = residues.run(graph);
        if (made !== graph) fewer++;
        expectSameResults(graph, made, feeds);
        const whole = runPasses(graph);
        expectSameResults(graph, whole, feeds);
        for (const target of Object.values(defaultTargets)) expectProgramAgrees(whole, feeds, target);
      }),
      { numRuns: 80 },
    );
    expect(fewer).toBeGreaterThan(20);
  });

  it('leave no condition on a remainder, and no idle point', () => {
    const text = printGraph(runPasses(gradientOf(32, 4, 2, 1, 4)));
    expect(text).not.toMatch(/where[^\]]* mod 2 (<=|==) 0/);
    expect(text).toMatch(/sum\[f: 4, u: 2/);
  });
});
