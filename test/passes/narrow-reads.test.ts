/** Values at the positions that are read alone: the same results and gradients on every road, and no position for nobody. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { narrowReads } from '../../compiler/passes/narrow-reads.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { completed } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';

const printed = (graph: Graph, name: string): string => {
  const node = graph.nodes.find((other) => other.name === name)!;
  return printNode(node, graph.nodes);
};

/** Reads along an axis of `t` positions, by an index of `j`; some leave it where a condition says so. */
const reads: readonly ((t: number, j: number) => string)[] = [
  () => '%n[b, 0, o]',
  (t) => `%n[b, ${t - 1}, o]`,
  (t) => `%n[b, ${t - 1}, o] + %n[b, 0, o]`,
  (t) => `%n[b, ${t >> 1}, o] * %n[b, ${t >> 1}, 1 - o]`,
  (t, j) => `%n[b, ${Math.floor((t - 1) / Math.max(1, j - 1))}*j, o]`,
  (t) => `(if 2*j + 1 < ${t} then %n[b, 2*j + 1, o] else 0.0)`,
  (t) => `(if 0 <= 3*j - 4 and 3*j - 4 < ${t} then %n[b, 3*j - 4, o] else 0.5)`,
  (t) => `(if 2*j < ${t} then %n[b, 2*j, o] else 0.0) + (if 4*j + 3 < ${t} then %n[b, 4*j + 3, o] else 0.0)`,
  (t) => `(if 1 <= j and j <= ${t} then %n[b, j - 1, o] else 0.0)`,
  () => '%n[b, j div 8, o]',
  () => '%n[b, %p[j], o]',
];

const cases = fc.record({
  batch: fc.constantFrom(1, 2),
  t: fc.constantFrom(1, 2, 3, 4, 7, 8, 13),
  j: fc.constantFrom(1, 2, 3, 5),
  first: fc.integer({ min: 0, max: reads.length - 1 }),
  second: fc.integer({ min: 0, max: reads.length - 1 }),
  alone: fc.boolean(),
  asked: fc.constantFrom('w', 'x', 'n'),
  recurrent: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1000 }),
});

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

/** A product, what a mean and the position make of it, maybe summed up along the axis, and what reads of that give. */
function graphOf({ batch, t, j, first, second, alone, asked, recurrent }: Case): Graph {
  const shape = { w: 'o: 2, i: 3', x: `b: ${batch}, t: ${t}, i: 3`, n: `b: ${batch}, t: ${t}, o: 2` }[asked];
  const along =
    recurrent && t > 1
      ? `%s[b: ${batch}, t: ${t}, o: 2]: f32 = %h[b, t, o] + (if 1 <= t then 0.5 * %s[b, t - 1, o] else 0.0)`
      : `%s[b: ${batch}, t: ${t}, o: 2]: f32 = %h[b, t, o] - 0.25`;
  return parseGraph(`graph test {
    input %x[b: ${batch}, t: ${t}, i: 3]: f32
    param %w[o: 2, i: 3]: f32
    input %p[j: ${j}]: i32
    %h[b: ${batch}, t: ${t}, o: 2]: f32 = sum[i: 3 where i <= t + 1] %x[b, t, i] * %w[o, i]
    ${along}
    %m[b: ${batch}, t: ${t}]: f32 = sum[o: 2] %s[b, t, o]
    %n[b: ${batch}, t: ${t}, o: 2]: f32 = tanh(%s[b, t, o] - %m[b, t] / 2.0) * to_f32(t + 1)
    %y[b: ${batch}, j: ${j}, o: 2]: f32 = ${reads[first]!(t, j)}
    %z[b: ${batch}, j: ${j}, o: 2]: f32 = ${alone ? '0.5' : reads[second]!(t, j)}
    %l: f32 = sum[b: ${batch}, j: ${j}, o: 2] %y[b, j, o] ** 2 + %z[b, j, o] * %y[b, j, o]
    %d.it[${shape}]: f32 = gradient %l wrt %${asked}
    result value %y
    result gradient %d.it
  }`);
}

describe('narrow-reads', () => {
  it('keeps results and gradients', () => {
    let narrower = 0;
    fc.assert(
      fc.property(cases, (drawn) => {
        const graph = graphOf(drawn);
        const { j, t, seed } = drawn;
        const random = randomSource(seed);
        const p = Float64Array.from({ length: j }, () => random.integer(0, t - 1));
        const feeds = completed(graph, new Map([['p', { shape: [j], data: p }]]), random);
        if (narrowReads.run(graph) !== graph) narrower++;
        const fault = firstFault(graph, Object.values(defaultTargets), feeds);
        expect(fault).toBeUndefined();
      }),
      { numRuns: 40 },
    );
    expect(narrower).toBeGreaterThan(12);
  });

  const encoder = `
    input %x[b: 4, t: 16, c: 8]: f32
    param %Q[c: 8, e: 8]: f32
    param %K[c: 8, e: 8]: f32
    param %W[c: 8, e: 8]: f32
    %h[b: 4, t: 16, c: 8]: f32 = sum[e: 8] %x[b, t, e] * %W[c, e]
    %q[b: 4, t: 16, c: 8]: f32 = sum[e: 8] %h[b, t, e] * %Q[c, e]
    %k[b: 4, t: 16, c: 8]: f32 = sum[e: 8] %h[b, t, e] * %K[c, e]
    %s[b: 4, i: 16, j: 16]: f32 = sum[c: 8] %q[b, i, c] * %k[b, j, c]
    %a[b: 4, i: 16, c: 8]: f32 = sum[j: 16] exp(%s[b, i, j]) * %h[b, j, c]`;

  it('makes one query of an encoder whose first position is read, and all keys', () => {
    const graph = narrowReads.run(
      parseGraph(`graph test {${encoder}
        %first[b: 4, c: 8]: f32 = %a[b, 0, c]
        result output %first
      }`),
    );
    expect(['h', 'q', 'k', 's', 'a', 'first'].map((name) => printed(graph, name))).toEqual([
      '%h[b: 4, t: 16, c: 8]: f32 = sum[e: 8] %x[b, t, e] * %W[c, e]',
      '%q[b: 4, t: 1, c: 8]: f32 = sum[e: 8] %h[b, 0, e] * %Q[c, e]',
      '%k[b: 4, t: 16, c: 8]: f32 = sum[e: 8] %h[b, t, e] * %K[c, e]',
      '%s[b: 4, i: 1, j: 16]: f32 = sum[c: 8] %q[b, 0, c] * %k[b, j, c]',
      '%a[b: 4, i: 1, c: 8]: f32 = sum[j: 16] exp(%s[b, 0, j]) * %h[b, j, c]',
      '%first[b: 4, c: 8]: f32 = %a[b, 0, c]',
    ]);
  });

  it('keeps the positions of a progression, and what they are multiplied with', () => {
    const graph = narrowReads.run(
      parseGraph(`graph test {
        input %x[t: 32]: f32
        %a[t: 32]: f32 = sum[k: 4] %x[t] * to_f32(t + k)
        %y[j: 8]: f32 = %a[4*j + 1] + %a[9]
        result output %y
      }`),
    );
    expect(printed(graph, 'a')).toBe('%a[t: 8]: f32 = sum[k: 4] %x[4*t + 1] * to_f32(4*t + k + 1)');
    expect(printed(graph, 'y')).toBe('%y[j: 8]: f32 = %a[j] + %a[2]');
  });

  it('leaves alone results, recurrences, gathers, what a gradient is asked by, and what is read at most positions', () => {
    const graph = parseGraph(`graph test {
      input %x[t: 8]: f32
      input %p[j: 2]: i32
      %a[t: 8]: f32 = exp(%x[t])
      %b[t: 8]: f32 = exp(%x[t])
      %c[t: 8]: f32 = exp(%x[t])
      %d[t: 8]: f32 = exp(%x[t])
      %s[t: 8]: f32 = %a[t] + (if 1 <= t then %s[t - 1] else 0.0)
      %y[j: 2]: f32 = %s[7] + %b[j] + %c[%p[j]] + %a[0]
      %z[j: 5]: f32 = %d[j]
      %l: f32 = %y[0] + %z[0] + %y[1]
      %g[t: 8]: f32 = gradient %l wrt %b
      result output %z
      result output %y
      result gradient %g
    }`);
    expect(narrowReads.run(graph)).toBe(graph);
  });

  it('gives the values of the whole', () => {
    const graph = parseGraph(`graph test {${encoder}
      %last[b: 4, c: 8]: f32 = %a[b, 15, c] + %a[b, 5, c]
      result output %last
    }`);
    const made = narrowReads.run(graph);
    expect(printed(made, 'a')).toMatch(/^%a\[b: 4, i: 2, c: 8\]/);
    expectSameResults(graph, made, completed(graph, new Map(), randomSource(3)));
  });
});
