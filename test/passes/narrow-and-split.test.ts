/** Sums over parts of an axis, and axes in two: the same values on every road, and products where there were none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { narrowSums } from '../../compiler/passes/narrow-sums.ts';
import { splitAxes } from '../../compiler/passes/split-axes.ts';
import { scheduleAll } from '../../compiler/schedule/all.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { completed } from '../support/gradient.ts';
import { expectProgramAgrees } from '../support/nests.ts';
import { randomSource } from '../support/random.ts';

const equationsOf = (graph: Graph): readonly string[] =>
  graph.nodes.filter(({ kind }) => kind === 'equation').map((node) => printNode(node, graph.nodes));

const cases = fc.record({
  heads: fc.constantFrom(1, 2, 3, 4),
  each: fc.constantFrom(1, 2, 3, 4, 8),
  rows: fc.constantFrom(1, 3, 8),
  length: fc.constantFrom(1, 7, 8, 12),
  part: fc.constantFrom(0, 1, 2),
  offset: fc.constantFrom(0, 1),
  condition: fc.constantFrom(
    'low <= d, d <= high',
    'd <= high, low <= d, d + j <= top',
    'd - low >= 0, high - d >= 0',
  ),
  seed: fc.integer({ min: 1, max: 1000 }),
});

describe('narrowing and splitting', () => {
  it('keep the values', () => {
    let [narrower, splits] = [0, 0];
    fc.assert(
      fc.property(cases, ({ heads, each, rows, length, part, offset, condition, seed }) => {
        const width = heads * each;
        const [low, high] = [part * width, (part + 1) * width - 1 - Math.min(offset, width - 1)];
        const guards = condition
          .replaceAll('low', String(low))
          .replaceAll('high', String(high))
          .replaceAll('top', String(high + 2));
        const graph = parseGraph(`graph test {
          input %a[h: ${heads}, i: ${rows}, j: ${length}]: f32
          input %v[j: ${length}, d: ${3 * width}]: f32
          input %e[i: ${rows}, d: ${3 * width}]: f32
          %o[i: ${rows}, d: ${width}]: f32 = sum[j: ${length}] %a[d div ${each}, i, j] * %v[j, d + ${width}]
          %q[i: ${rows}, d: ${3 * width}]: f32 = sum[j: ${length} where ${guards}] (if 0 <= d div ${each} - ${part * heads} and d div ${each} - ${part * heads} < ${heads} then %a[d div ${each} - ${part * heads}, i, j] else 0.0) * %v[j, d]
          %y[i: ${rows}, d: ${3 * width}]: f32 = %e[i, d] + (%q[i, d] + %o[i, d mod ${width}])
          %z[d: ${width}]: f32 = sum[i: ${rows}] %o[i, d] * %o[i, d]
          result value %y
          result value %z
        }`);
        const feeds = completed(graph, new Map(), randomSource(seed));
        const narrow = narrowSums.run(graph);
        if (narrow !== graph) narrower++;
        expectSameResults(graph, narrow, feeds);
        const made = splitAxes.run(narrow);
        if (made !== narrow) splits++;
        expectSameResults(graph, made, feeds);
        const whole = runPasses(graph);
        expectSameResults(graph, whole, feeds);
        for (const target of Object.values(defaultTargets)) expectProgramAgrees(whole, feeds, target);
      }),
      { numRuns: 80 },
    );
    expect(narrower).toBeGreaterThan(20);
    expect(splits).toBeGreaterThan(30);
  });

  const heads = `
    input %a[n: 8, h: 4, i: 64, j: 64]: f32
    input %g[n: 8, i: 64, c: 128]: f32
    input %v[n: 8, j: 64, c: 384]: f32`;

  it('make one product a head of attention', () => {
    const graph = parseGraph(`graph test {${heads}
      input %W[o: 16, c: 128]: f32
      %o[n: 8, i: 64, c: 128]: f32 = sum[j: 64] %a[n, c div 32, i, j] * %v[n, j, c + 256]
      %y[n: 8, i: 64, o: 16]: f32 = sum[c: 128] %o[n, i, c] * %W[o, c]
      result value %y
    }`);
    expect(equationsOf(splitAxes.run(graph)).slice(0, 2)).toEqual([
      '%o.split[n: 8, i: 64, c_div: 4, c: 32]: f32 = sum[j: 64] %a[n, c_div, i, j] * %v[n, j, 32*c_div + c + 256]',
      '%o[n: 8, i: 64, c: 128]: f32 = %o.split[n, i, c div 32, c mod 32]',
    ]);
    for (const target of Object.values(defaultTargets)) {
      const fused = fuse(runPasses(graph), target);
      const chosen = scheduleAll(fused.kernels, fused.values, target).map(({ decision }) => decision.chosen);
      expect(chosen).toEqual(['contract', 'contract']);
    }
  });

  it('write the parts of the gradient of one product for q, k and v', () => {
    const graph = parseGraph(`graph test {${heads}
      %d[n: 8, j: 64, o: 384]: f32 = sum[i: 64 where 256 <= o] %g[n, i, o - 256] * %a[n, o div 32 - 8, i, j]
      result value %d
    }`);
    const [part, whole] = equationsOf(narrowSums.run(graph));
    expect(part).toBe('%d.part[n: 8, j: 64, o: 128]: f32 = sum[i: 64] %g[n, i, o] * %a[n, o div 32, i, j]');
    expect(whole).toBe('%d[n: 8, j: 64, o: 384]: f32 = if 256 <= o then %d.part[n, j, o - 256] else 0.0');
  });

  it('leave alone what is over most of an axis, and what is a result', () => {
    const graph = parseGraph(`graph test {${heads}
      %d[n: 8, j: 64, o: 384]: f32 = sum[i: 64 where 100 <= o] %v[n, i, o - 100] * %a[n, 0, i, j]
      %o[n: 8, i: 64, c: 128]: f32 = sum[j: 64] %a[n, c div 32, i, j] * %v[n, j, c + 256]
      result value %d
      result value %o
    }`);
    expect(narrowSums.run(graph)).toBe(graph);
    expect(splitAxes.run(graph)).toBe(graph);
  });
});
