/** Products with one-hot vectors: the same values on every road, for positions inside and outside, and a row's work for each. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { oneHots } from '../../compiler/passes/one-hots.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { completed } from '../support/gradient.ts';
import { expectProgramAgrees } from '../support/nests.ts';
import { randomSource } from '../support/random.ts';

const forms = ['named', 'inside', 'around', 'truth', 'named truth', 'named number', 'chosen truth'] as const;

interface Shape {
  readonly B: number;
  readonly C: number;
  readonly D: number;
  /** An equation of its own, in the sum, or a choice around the whole; and truth values that are taken as numbers. */
  readonly form: (typeof forms)[number];
  readonly before: boolean;
  readonly swapped: boolean;
  /** Two of them in one product. */
  readonly twice: boolean;
  /** Summed over the batch, too, or read elsewhere. */
  readonly over: 'rows' | 'all';
  readonly also: boolean;
}

function graphOf({ B, C, D, form, before, swapped, twice, over, also }: Shape): Graph {
  const condition = swapped ? 'c == %t[b]' : '%t[b] == c';
  const truth = 'to_f32(%truth[b, c])';
  const written = { truth: `to_f32(${condition})`, 'named truth': truth, 'named number': '%number[b, c]' };
  const hot =
    form === 'named'
      ? '%hot[b, c]'
      : form === 'inside' || form === 'around' || form === 'chosen truth'
        ? `(if ${form === 'chosen truth' ? '%truth[b, c]' : condition} then 1.0 else 0.0)`
        : written[form];
  const rest = twice ? '(if %s[b, d] == c then %W[c, d] else 0.0)' : '%W[c, d]';
  const product = before ? `${hot} * ${rest}` : `${rest} * ${hot}`;
  const body = form === 'around' ? `if ${condition} then ${rest} else 0.0` : product;
  const sum =
    over === 'rows'
      ? `%z[b: ${B}, d: ${D}]: f32 = sum[c: ${C}] ${body}`
      : `%z[d: ${D}]: f32 = sum[b: ${B}, c: ${C}] ${body}`;
  const at = over === 'rows' ? 'b, d' : 'd';
  return differentiate(
    parseGraph(`graph test {
      input %t[b: ${B}]: i32
      input %s[b: ${B}, d: ${D}]: i32
      input %W[c: ${C}, d: ${D}]: f32
      %hot[b: ${B}, c: ${C}]: f32 = if ${condition} then 1.0 else 0.0
      %truth[b: ${B}, c: ${C}]: bool = ${condition}
      %number[b: ${B}, c: ${C}]: f32 = ${truth}
      ${sum}
      %l: f32 = sum[${over === 'rows' ? `b: ${B}, ` : ''}d: ${D}] %z[${at}] ** 2
      %d.W[c: ${C}, d: ${D}]: f32 = gradient %l wrt %W
      result value %z
      result loss %l
      result gradient %d.W
      ${also ? 'result value %hot' : ''}
    }`),
  );
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  B: fc.constantFrom(1, 2, 3, 5),
  C: fc.constantFrom(1, 2, 3, 5),
  D: fc.constantFrom(1, 2, 3),
  form: fc.constantFrom(...forms),
  before: fc.boolean(),
  swapped: fc.boolean(),
  twice: fc.boolean(),
  over: fc.constantFrom('rows', 'all'),
  also: fc.boolean(),
});

describe('one-hots', () => {
  it('keep the values of products and of their gradients', () => {
    let changed = 0;
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 1000 }), (shape, seed) => {
        const graph = graphOf(shape);
        const random = randomSource(seed);
        // Below, in and beyond the index.
        const positions = (n: number): Float64Array =>
          Float64Array.from({ length: n }, () => random.integer(-1, shape.C + 1));
        const given = new Map([
          ['t', { shape: [shape.B], data: positions(shape.B) }],
          ['s', { shape: [shape.B, shape.D], data: positions(shape.B * shape.D) }],
        ]);
        const feeds = completed(graph, given, randomSource(seed));
        const made = oneHots.run(graph);
        if (made !== graph) changed++;
        expectSameResults(graph, made, feeds);
        const whole = runPasses(graph);
        expectSameResults(graph, whole, feeds);
        for (const target of Object.values(defaultTargets)) expectProgramAgrees(whole, feeds, target);
      }),
      { numRuns: 120 },
    );
    expect(changed).toBeGreaterThan(100);
  });

  const wide: Shape = {
    B: 64,
    C: 2048,
    D: 16,
    form: 'named',
    before: true,
    swapped: false,
    twice: false,
    over: 'rows',
    also: false,
  };

  it.each(forms)(
    'leave a read for each element, a list for the gradient, and no vector in memory: %s',
    (form) => {
      const whole = runPasses(graphOf({ ...wide, form }));
      const text = printGraph(whole);
      expect(text).toContain(
        '%z[b: 64, d: 16]: f32 = if 0 <= %t[b] and %t[b] < 2048 then %W[%t[b], d] else 0.0',
      );
      expect(text).toContain('%t.lists');
      expect(text).not.toMatch(/%hot|%truth|%number/);
      for (const kernel of fuse(whole, defaultTargets.hardware).kernels)
        expect(kernel.steps.map(({ name }) => name)).not.toContain('hot');
    },
  );

  it('leave the gradient of few a product of matrices', () => {
    const text = printGraph(runPasses(graphOf({ ...wide, C: 32 })));
    expect(text).toContain('%W[%t[b], d]');
    expect(text).not.toContain('lists');
    expect(text).toContain('%hot');
  });

  it.each([
    [
      'an index that is a part of some arithmetic',
      'sum[c: 4] (if %t[b] == c then 1.0 else 0.0) * %W[c + 1, d]',
    ],
    ['a greatest element', 'max[c: 4] (if %t[b] == c then 1.0 else 0.0) * %W[c, d]'],
    ['a condition that is no equality', 'sum[c: 4] (if %t[b] <= c then 1.0 else 0.0) * %W[c, d]'],
    ['a choice that is else not 0', 'sum[c: 4] (if %t[b] == c then 1.0 else 0.5) * %W[c, d]'],
    ['a sum beside the vector', 'sum[c: 4] (if %t[b] == c then 1.0 else 0.0) + %W[c, d]'],
  ])('have nothing to do with %s', (_, body) => {
    const graph = parseGraph(`graph test {
      input %t[b: 3]: i32
      input %W[c: 5, d: 2]: f32
      %z[b: 3, d: 2]: f32 = ${body}
      result value %z
    }`);
    expect(oneHots.run(graph)).toBe(graph);
  });
});
