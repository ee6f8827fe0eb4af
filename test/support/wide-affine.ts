/**
 * Random quasi-affine expressions of indices with extents from 1 to 2^31 - 1 and coefficients and divisors of
 * any size, built step by step as the checker does, beside their exact meaning.
 */
import fc from 'fast-check';
import type { Affine, Ranges } from '../../compiler/index/affine.ts';
import { add, constant, divide, modulo, scale, variable } from '../../compiler/index/build.ts';
import { fits } from '../../compiler/index/fits.ts';
import { rangesOf } from '../../compiler/index/query.ts';

export type WideTree =
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'variable'; readonly name: 'i' | 'j' | 'k' }
  | { readonly op: 'add'; readonly a: WideTree; readonly b: WideTree }
  | { readonly op: 'scale' | 'div' | 'mod'; readonly a: WideTree; readonly by: number };

const sizes = [
  1, 2, 3, 5, 7, 28, 31, 127, 784, 65_535, 65_536, 46_341, 1_048_576, 1_073_741_824, 2_147_483_647,
];
const size = fc.oneof(fc.constantFrom(...sizes), fc.integer({ min: 1, max: 2_147_483_647 }));
const number = fc
  .tuple(fc.oneof(fc.integer({ min: 0, max: 9 }), size), fc.boolean())
  .map(([magnitude, negative]) => (negative ? 0 - magnitude : magnitude));

export const boxes: fc.Arbitrary<Ranges> = fc
  .tuple(size, size, fc.integer({ min: 1, max: 8 }))
  .map(([i, j, k]) =>
    rangesOf([
      { name: 'i', extent: i },
      { name: 'j', extent: j },
      { name: 'k', extent: k },
    ]),
  );

export const wideTrees: fc.Arbitrary<WideTree> = fc.letrec<{ tree: WideTree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    fc.record({
      op: fc.constant('variable' as const),
      name: fc.constantFrom('i' as const, 'j' as const, 'k' as const),
    }),
    fc.record({ op: fc.constant('number' as const), value: number }),
    fc.record({ op: fc.constant('add' as const), a: tie('tree'), b: tie('tree') }),
    fc.record({ op: fc.constantFrom('scale' as const), a: tie('tree'), by: number }),
    fc.record({ op: fc.constantFrom('div' as const, 'mod' as const), a: tie('tree'), by: size }),
  ),
})).tree;

/** What the constructors make of it; undefined where a step leaves 32 bits, as the checker refuses it. */
export function buildFitting(tree: WideTree, ranges: Ranges): Affine | undefined {
  const made = step(tree, ranges);
  return made === undefined || !fits(made, ranges) ? undefined : made;
}

function step(tree: WideTree, ranges: Ranges): Affine | undefined {
  if (tree.op === 'number') return constant(tree.value);
  if (tree.op === 'variable') return variable(tree.name);
  const a = buildFitting(tree.a, ranges);
  if (a === undefined) return undefined;
  switch (tree.op) {
    case 'add': {
      const b = buildFitting(tree.b, ranges);
      return b === undefined ? undefined : add(a, b);
    }
    case 'scale':
      return scale(a, tree.by);
    case 'div':
      return divide(a, tree.by, ranges);
    case 'mod':
      return modulo(a, tree.by, ranges);
    default:
      return tree satisfies never;
  }
}

const floorDivide = (a: bigint, by: bigint): bigint => {
  const quotient = a / by;
  return a % by < 0n ? quotient - 1n : quotient;
};

/** By the definition of each operation, exactly. */
export function exactly(tree: WideTree, point: ReadonlyMap<string, bigint>): bigint {
  switch (tree.op) {
    case 'number':
      return BigInt(tree.value);
    case 'variable':
      return point.get(tree.name)!;
    case 'add':
      return exactly(tree.a, point) + exactly(tree.b, point);
    case 'scale':
      return exactly(tree.a, point) * BigInt(tree.by);
    case 'div':
      return floorDivide(exactly(tree.a, point), BigInt(tree.by));
    case 'mod': {
      const a = exactly(tree.a, point);
      return a - BigInt(tree.by) * floorDivide(a, BigInt(tree.by));
    }
    default:
      return tree satisfies never;
  }
}

/** The ends of each range, their neighbours and points in between, in combinations that differ in every index. */
export function samplePoints(ranges: Ranges): readonly ReadonlyMap<string, bigint>[] {
  const count = 24;
  return Array.from(
    { length: count },
    (_, n) =>
      new Map(
        [...ranges].map(([name, { max }], axis) => {
          const wanted = [0, max, 1, max - 1, Math.floor(max / 3), Math.floor(max / 2)];
          const at = wanted[Math.floor(n / [1, 2, 4][axis]!) % wanted.length]!;
          return [name, BigInt(Math.min(max, Math.max(0, at)))] as const;
        }),
      ),
  );
}
