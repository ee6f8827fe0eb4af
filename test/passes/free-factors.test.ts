/** Factors that leave a sum: the same values on every road, one sum for several, and none where a factor may be no number. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { freeFactors } from '../../compiler/passes/free-factors.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { completed } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';

const equationsOf = (graph: Graph): readonly string[] =>
  graph.nodes.filter(({ kind }) => kind === 'equation').map((node) => printNode(node, graph.nodes));

/** Factors of `sum[k]`; those without a k are free. */
const factors = [
  '%x[b, k]',
  '%w[k, o]',
  '%v[b]',
  '%u[o]',
  '-%v[b]',
  '(%x[b, k] - %v[b])',
  'exp(%v[b] * %x[b, k])',
  'to_f32(k + 1)',
  'to_f32(o + 1)',
  '(if 1 <= b then %x[b - 1, k] else 0.0)',
  '(if 1 <= b then %v[b - 1] else 0.5)',
  '0.5',
];
const operators = ['*', '*', '/', 'by a quotient'];
const conditions = ['', 'where b <= 1', 'where 1 <= b', 'where 0 == o', 'where k <= b', 'where %v[b] < 0.5'];

const cases = fc.record({
  batch: fc.constantFrom(1, 2, 3, 5),
  length: fc.constantFrom(1, 2, 3, 7),
  out: fc.constantFrom(1, 2, 3),
  parts: fc.array(fc.tuple(fc.constantFrom(...operators), fc.constantFrom(...factors)), {
    minLength: 1,
    maxLength: 5,
  }),
  others: fc.array(fc.tuple(fc.constantFrom(...operators), fc.constantFrom(...factors)), {
    minLength: 1,
    maxLength: 4,
  }),
  condition: fc.constantFrom(...conditions),
  recurrent: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1000 }),
});

type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

function graphOf({ batch, length, out, parts, others, condition, recurrent }: Case): Graph {
  // Divided by what is not small.
  const times = (text: string, by: string, of: string): string => {
    if (by === '*') return `${text} * ${of}`;
    return by === '/'
      ? `${text} / (%u[o] ** 0 * (1.0 + ${of} ** 2))`
      : `${text} / (%x[b, k] ** 0 / (1.0 + ${of} ** 2))`;
  };
  const product = (each: Case['parts']): string =>
    each.reduce((text, [by, of]) => times(text, by, of), '1.0');
  const before = recurrent && batch > 1 ? '(if 1 <= b then 0.25 * tanh(%y[b - 1, o]) else 1.0) * ' : '';
  return parseGraph(`graph test {
    input %x[b: ${batch}, k: ${length}]: f32
    input %w[k: ${length}, o: ${out}]: f32
    input %v[b: ${batch}]: f32
    input %u[o: ${out}]: f32
    %y[b: ${batch}, o: ${out}]: f32 = sum[k: ${length} ${condition}] ${before}(${product(parts)})
    %z[b: ${batch}, o: ${out}]: f32 = sum[k: ${length}] ${product(others)}
    %l: f32 = sum[b: ${batch}, o: ${out}] sin(%y[b, o]) * %z[b, o]
    %d.x[b: ${batch}, k: ${length}]: f32 = gradient %l wrt %x
    %d.v[b: ${batch}]: f32 = gradient %l wrt %v
    result value %y
    result value %z
    result gradient %d.x
    result gradient %d.v
  }`);
}

describe('free-factors', () => {
  it('keeps values and gradients', () => {
    let freed = 0;
    fc.assert(
      fc.property(cases, (drawn) => {
        const graph = graphOf(drawn);
        const feeds = completed(graph, new Map(), randomSource(drawn.seed));
        if (freeFactors.run(graph) !== graph) freed++;
        expect(firstFault(graph, Object.values(defaultTargets).slice(0, 1), feeds)).toBeUndefined();
      }),
      { numRuns: 40 },
    );
    expect(freed).toBeGreaterThan(12);
  });

  it('makes one product of the gradients of a GRU by its gate and by its state', () => {
    const graph = runPasses(
      parseGraph(`graph test {
        input %a[n: 4, t: 8, i: 16]: f32
        input %r[n: 4, t: 8, j: 16]: f32
        input %h[n: 4, t: 8, j: 16]: f32
        input %U[i: 16, j: 16]: f32
        %d.h[n: 4, t: 8, j: 16]: f32 = sum[i: 16 where t <= 6] %a[n, t + 1, i] * %U[i, j] * %r[n, t + 1, j]
        %d.s[n: 4, t: 8, g: 2, j: 16]: f32 = sum[i: 16 where 0 == g, 1 <= t] %a[n, t, i] * %U[i, j] * %h[n, t - 1, j]
        result value %d.h
        result value %d.s
      }`),
    );
    expect(equationsOf(graph)).toEqual([
      '%d.h.inner[n: 4, t: 8, j: 16]: f32 = sum[i: 16] %a[n, t, i] * %U[i, j]',
      '%d.h[n: 4, t: 8, j: 16]: f32 = if t <= 6 then %r[n, t + 1, j] * %d.h.inner[n, t + 1, j] else 0.0',
      '%d.s[n: 4, t: 8, g: 2, j: 16]: f32 = if 0 == g and 1 <= t then %h[n, t - 1, j] * %d.h.inner[n, t, j] else 0.0',
    ]);
  });

  it('makes one sum of the gradients of a batch norm by its scale and by its variance', () => {
    const graph = runPasses(
      parseGraph(`graph test {
        input %d[n: 32, c: 8]: f32
        input %x[n: 32, c: 8]: f32
        input %m[c: 8]: f32
        input %s[c: 8]: f32
        input %g[c: 8]: f32
        %d.g[c: 8]: f32 = sum[n: 32] %d[n, c] / %s[c] * (%x[n, c] - %m[c])
        %d.v[c: 8]: f32 = sum[n: 32] -(0.5 * (%d[n, c] * (%g[c] * (%x[n, c] - %m[c]) / %s[c] / %s[c])) / %s[c])
        result value %d.g
        result value %d.v
      }`),
    );
    expect(equationsOf(graph).filter((text) => text.includes('sum['))).toEqual([
      '%d.g.inner[c: 8]: f32 = sum[n: 32] %d[n, c] * (%x[n, c] - %m[c])',
    ]);
  });

  it('computes no more rows than counted: a condition that spares most of them stays', () => {
    const graph = parseGraph(`graph test {
      input %x[b: 16, k: 8]: f32
      input %v[b: 16]: f32
      %y[b: 16]: f32 = sum[k: 8 where b <= 3] %x[b, k] * %v[b]
      result value %y
    }`);
    expect(equationsOf(freeFactors.run(graph))).toEqual([
      '%y.inner[b: 16]: f32 = sum[k: 8 where b <= 3] %x[b, k]',
      '%y[b: 16]: f32 = if b <= 3 then %v[b] * %y.inner[b] else 0.0',
    ]);
  });

  it('leaves a factor inside where points may be left out for its sake, and where there is nothing else', () => {
    const graph = parseGraph(`graph test {
      input %x[b: 4, k: 8]: f32
      input %v[b: 4]: f32
      %y[b: 4]: f32 = sum[k: 8 where k < b] %x[b, k] / %v[b]
      %z[b: 4]: f32 = sum[k: 8] 0.5 * %x[b, k]
      %m[b: 4]: f32 = max[k: 8] %x[b, k] * %v[b]
      result value %y
      result value %z
      result value %m
    }`);
    expect(freeFactors.run(graph)).toBe(graph);
  });

  it('gives 0, and not no number, where a condition excludes what would be infinite', () => {
    const graph = parseGraph(`graph test {
      input %x[b: 4, k: 8]: f32
      input %v[b: 4]: f32
      %y[b: 4]: f32 = sum[k: 8 where %v[b] < 0.0] %x[b, k] / %v[b]
      result value %y
    }`);
    const feeds = new Map([
      ['x', { shape: [4, 8], data: Float64Array.from({ length: 32 }, (_, k) => k) }],
      ['v', { shape: [4], data: Float64Array.of(-1, 0, 2, -0.5) }],
    ]);
    const made = freeFactors.run(graph);
    expect(made).not.toBe(graph);
    expectSameResults(graph, made, feeds);
    expect([...evaluateGraph(made, feeds).results.get('y')!.data]).toEqual([-28, 0, 0, -440]);
  });
});
