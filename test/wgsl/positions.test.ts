import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../compiler/index/query.ts';
import { namer } from '../../compiler/wgsl/names.ts';
import { positionText, reciprocal } from '../../compiler/wgsl/positions.ts';
import { build, points, ranges, trees } from '../support/affine.ts';

/** The value of the text in u32 arithmetic. */
function run(text: string, point: ReadonlyMap<string, number>): number {
  const names = [...point.keys()];
  const body = text.replace(/(\d+)u\b/g, '$1n');
  const result: unknown = new Function(...names, `return BigInt.asUintN(32, ${body});`)(
    ...[...point.values()].map(BigInt),
  );
  return Number(result);
}

test('the text means the expression, modulo 2^32', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const affine = build(tree, ranges);
      const text = positionText(affine, ranges, namer([]));
      for (const point of points()) {
        expect(run(text, point)).toBe(Number(BigInt.asUintN(32, BigInt(evaluate(affine, point)))));
      }
    }),
  );
});

test('division by a product and a shift is exact up to the bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 0, max: 1_000_000 }), (by, max) => {
      const found = reciprocal(by, max);
      if (found === undefined) return;
      const samples = [
        0,
        1,
        by - 1,
        by,
        by + 1,
        max - 1,
        max,
        Math.floor(max / by) * by,
        Math.floor(max / by) * by - 1,
      ];
      for (const n of samples.filter((sample) => sample >= 0 && sample <= max)) {
        const product = n * found.factor;
        expect(product).toBeLessThan(2 ** 32);
        expect(Math.floor(product / 2 ** found.shift)).toBe(Math.floor(n / by));
      }
    }),
  );
});

test('division by small numbers of small numbers needs no division', () => {
  for (const by of [3, 5, 7, 10, 28, 784]) expect(reciprocal(by, 40_000)).toBeDefined();
});
