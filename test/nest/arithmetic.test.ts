/** The arithmetic of positions means the expression, in 32 bits, on any target. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../compiler/index/query.ts';
import { type Arithmetic, arithmeticOf, reciprocal } from '../../compiler/nest/arithmetic.ts';
import { build, points, ranges, trees } from '../support/affine.ts';

const wrap = (value: bigint): bigint => BigInt.asUintN(32, value);

/** Fails where what is divided is not what the division says of it. */
function run(of: Arithmetic, point: ReadonlyMap<string, number>): bigint {
  const sum = (parts: readonly Arithmetic[]): bigint =>
    parts.reduce((total, part) => total + run(part, point), 0n);
  switch (of.kind) {
    case 'number':
      expect(of.value).toBe(of.value >>> 0);
      return BigInt(of.value);
    case 'name':
      return wrap(BigInt(point.get(of.name)!));
    case 'product':
      return wrap(BigInt(of.factor) * run(of.of, point));
    case 'sum':
      return wrap(sum(of.plus) - sum(of.minus));
    case 'quotient':
    case 'remainder': {
      const unsigned = run(of.of, point);
      const dividend = of.signed ? BigInt.asIntN(32, unsigned) : unsigned;
      expect(dividend).toBeLessThanOrEqual(BigInt(of.max));
      const by = BigInt(of.by);
      const remainder = ((dividend % by) + by) % by;
      return wrap(of.kind === 'remainder' ? remainder : (dividend - remainder) / by);
    }
    default:
      return of satisfies never;
  }
}

test('it means the expression, modulo 2^32', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const affine = build(tree, ranges);
      const arithmetic = arithmeticOf(affine, ranges);
      for (const point of points()) {
        expect(run(arithmetic, point)).toBe(wrap(BigInt(evaluate(affine, point))));
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
