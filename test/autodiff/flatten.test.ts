/** A tensor laid out flat, and back, with any extents: the adjoint reads each element where it stands, without a condition. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { completed } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';

const layouts = fc.record({
  extents: fc.array(fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8), { minLength: 1, maxLength: 4 }),
  /** Which digit of the flat position is which axis. */
  shuffle: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
  /** The two ways to write a digit. */
  modFirst: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  backwards: fc.boolean(),
});

type Layout = typeof layouts extends fc.Arbitrary<infer L> ? L : never;

/** Axes a0, a1, … in the order in which a shuffle leaves them. */
function orderOf(count: number, shuffle: readonly number[]): readonly number[] {
  const order = Array.from({ length: count }, (_, k) => k);
  for (const [k, by] of shuffle.slice(0, count).entries()) {
    const other = by % count;
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  return order;
}

function graphOf({ extents, shuffle, modFirst, backwards }: Layout): string {
  const order = orderOf(extents.length, shuffle);
  const size = extents.reduce<number>((product, extent) => product * extent, 1);
  const strideOf = (axis: number): number =>
    order.slice(order.indexOf(axis) + 1).reduce<number>((product, later) => product * extents[later]!, 1);
  const axes = extents.map((extent, k) => `a${k}: ${extent}`).join(', ');
  const digits = extents.map((extent, k) => {
    const stride = strideOf(k);
    return modFirst[k] ? `f mod ${stride * extent} div ${stride}` : `f div ${stride} mod ${extent}`;
  });
  const flat = extents.map((_, k) => `${strideOf(k)}*a${k}`).join(' + ');
  const [own, read, reads] = backwards ? [axes, `f: ${size}`, flat] : [`f: ${size}`, axes, digits.join(', ')];
  const point = own.replaceAll(/: \d+/g, '');
  return `graph test {
    input %x[${read}]: f32
    input %u[${own}]: f32
    %p[${own}]: f32 = %x[${reads}]
    %l: f32 = sum[${own}] %u[${point}] * %p[${point}]
    %g[${read}]: f32 = gradient %l wrt %x
    result value %p
    result gradient %g
  }`;
}

it('reads through', () => {
  fc.assert(
    fc.property(layouts, (layout) => {
      const made = runPasses(differentiate(parseGraph(graphOf(layout))));
      const [gradient] = made.nodes.slice(-1);
      expect(printNode(gradient!, made.nodes)).toMatch(/\]: f32 = %u\[[^\]]*\]$/);
      const u = completed(made, new Map(), randomSource(1)).get('u')!;
      const x = made.nodes.find(({ name }) => name === 'x')!.indices.map(({ extent }) => extent);
      // Each element of x holds its position: so p says where each element of u belongs.
      const feeds = new Map([
        ['u', u],
        ['x', { shape: x, data: Float64Array.from(u.data, (_, k) => k) }],
      ]);
      const { results } = evaluateGraph(made, feeds);
      const expected: number[] = [];
      for (const [k, position] of results.get('p')!.data.entries()) expected[position] = u.data[k]!;
      expect([...results.get('g')!.data]).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
