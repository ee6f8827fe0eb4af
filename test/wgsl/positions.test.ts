import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluate } from '../../compiler/index/query.ts';
import { namer } from '../../compiler/wgsl/names.ts';
import { positionText } from '../../compiler/wgsl/positions.ts';
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
