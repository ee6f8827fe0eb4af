/** Random quasi-affine expressions, as a tree beside what the constructors make of it. */
import fc from 'fast-check';
import type { Affine, Ranges } from '../../compiler/index/affine.ts';
import { add, constant, divide, modulo, scale, variable } from '../../compiler/index/build.ts';
import { rangesOf } from '../../compiler/index/query.ts';

export const extents = { i: 5, j: 4, k: 7 } as const;
export const ranges: Ranges = rangesOf(Object.entries(extents).map(([name, extent]) => ({ name, extent })));

/** How an expression is built: the meaning is that of the tree, however the constructors simplify. */
export type Tree =
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'variable'; readonly name: keyof typeof extents }
  | { readonly op: 'add'; readonly a: Tree; readonly b: Tree }
  | { readonly op: 'scale' | 'div' | 'mod'; readonly a: Tree; readonly by: number };

const small = fc.oneof(
  fc.integer({ min: -6, max: 6 }),
  fc.constantFrom(-28, -12, 8, 12, 20, 24, 28, 35, 140),
);
const divisor = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(4, 5, 7, 12, 20, 28, 35, 140));

export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.record({
      op: fc.constant('variable' as const),
      name: fc.constantFrom('i' as const, 'j' as const, 'k' as const),
    }),
    fc.record({ op: fc.constant('number' as const), value: small }),
    fc.record({ op: fc.constant('add' as const), a: tie('tree'), b: tie('tree') }),
    fc.record({ op: fc.constantFrom('scale' as const), a: tie('tree'), by: small }),
    fc.record({ op: fc.constantFrom('div' as const, 'mod' as const), a: tie('tree'), by: divisor }),
  ),
})).tree;

export function build(tree: Tree, within: Ranges): Affine {
  switch (tree.op) {
    case 'number':
      return constant(tree.value);
    case 'variable':
      return variable(tree.name);
    case 'add':
      return add(build(tree.a, within), build(tree.b, within));
    case 'scale':
      return scale(build(tree.a, within), tree.by);
    case 'div':
      return divide(build(tree.a, within), tree.by, within);
    case 'mod':
      return modulo(build(tree.a, within), tree.by, within);
    default:
      return tree satisfies never;
  }
}

export function meaning(tree: Tree, point: ReadonlyMap<string, number>): number {
  switch (tree.op) {
    case 'number':
      return tree.value;
    case 'variable':
      return point.get(tree.name)!;
    case 'add':
      return meaning(tree.a, point) + meaning(tree.b, point);
    case 'scale':
      return meaning(tree.a, point) * tree.by;
    case 'div':
      return Math.floor(meaning(tree.a, point) / tree.by);
    case 'mod': {
      const value = meaning(tree.a, point);
      return value - tree.by * Math.floor(value / tree.by);
    }
    default:
      return tree satisfies never;
  }
}

/** Every point of the box. */
export function points(): readonly ReadonlyMap<string, number>[] {
  return [...Array(extents.i).keys()].flatMap((i) =>
    [...Array(extents.j).keys()].flatMap((j) =>
      [...Array(extents.k).keys()].map(
        (k) =>
          new Map([
            ['i', i],
            ['j', j],
            ['k', k],
          ]),
      ),
    ),
  );
}
