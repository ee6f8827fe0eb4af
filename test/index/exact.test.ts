/** Index arithmetic near and beyond the ends of 32 bits: exact, or known not to fit. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { variable } from '../../compiler/index/build.ts';
import { fits } from '../../compiler/index/fits.ts';
import { bounds, evaluate, print, rangesOf, simplify, substitute } from '../../compiler/index/query.ts';
import { namer } from '../../compiler/wgsl/names.ts';
import { positionText } from '../../compiler/wgsl/positions.ts';
import { evaluateInteger } from '../support/wgsl-integers.ts';
import {
  boxes,
  buildFitting,
  exactly,
  samplePoints,
  type WideTree,
  wideTrees,
} from '../support/wide-affine.ts';

const runs = { numRuns: 2000 };
const numbers = (point: ReadonlyMap<string, bigint>): ReadonlyMap<string, number> =>
  new Map([...point].map(([name, value]) => [name, Number(value)] as const));

describe('index arithmetic of any size', () => {
  test('what fits is exact: its value, its bounds, and the text of WGSL', () => {
    let accepted = 0;
    fc.assert(
      fc.property(wideTrees, boxes, (tree, ranges) => {
        const made = buildFitting(tree, ranges);
        if (made === undefined) return;
        if (made.terms.length > 0) accepted += 1;
        const { min, max } = bounds(made, ranges);
        const text = positionText(made, ranges, namer([]));
        for (const point of samplePoints(ranges)) {
          const exact = exactly(tree, point);
          expect(BigInt(evaluate(made, numbers(point)))).toBe(exact);
          expect(exact >= BigInt(min) && exact <= BigInt(max)).toBe(true);
          expect(evaluateInteger(text, point), text).toEqual({
            type: 'u32',
            value: BigInt.asUintN(32, exact),
          });
          expect(evaluateInteger(`i32(${text})`, point).value).toBe(exact);
        }
        expect(print(simplify(made, ranges))).toBe(print(made));
      }),
      runs,
    );
    expect(accepted).toBeGreaterThan(runs.numRuns / 4);
  });

  test('what is refused as linear really leaves 32 bits', () => {
    const linear = (tree: WideTree): boolean =>
      tree.op === 'number' ||
      tree.op === 'variable' ||
      (tree.op === 'add' && linear(tree.a) && linear(tree.b)) ||
      (tree.op === 'scale' && linear(tree.a));
    const leaves = (tree: WideTree, points: readonly ReadonlyMap<string, bigint>[]): boolean =>
      points.some((point) => exactly(tree, point) !== BigInt.asIntN(32, exactly(tree, point))) ||
      ('a' in tree && leaves(tree.a, points)) ||
      ('b' in tree && leaves(tree.b, points));
    fc.assert(
      fc.property(wideTrees.filter(linear), boxes, (tree, ranges) => {
        expect(buildFitting(tree, ranges) === undefined).toBe(leaves(tree, samplePoints(ranges)));
      }),
      runs,
    );
  });

  test('an expression of a position, read at an expression within it, still fits and is exact', () => {
    let composed = 0;
    fc.assert(
      fc.property(wideTrees, wideTrees, boxes, (outer, inner, ranges) => {
        const at = buildFitting(inner, ranges);
        if (at === undefined) return;
        const { min, max } = bounds(at, ranges);
        if (min < 0) return;
        const there = new Map(ranges).set('i', { min: 0, max });
        const body = buildFitting(outer, there);
        if (body === undefined) return;
        composed += 1;
        const read = substitute(body, new Map([['i', at]]), ranges);
        expect(fits(read, ranges), `${print(body)} at i = ${print(at)} is ${print(read)}`).toBe(true);
        const text = positionText(read, ranges, namer([]));
        for (const point of samplePoints(ranges)) {
          const exact = exactly(outer, new Map(point).set('i', exactly(inner, point)));
          const found = [
            BigInt(evaluate(read, numbers(point))),
            evaluateInteger(`i32(${text})`, point).value,
          ];
          if (found.some((value) => value !== exact)) {
            expect.fail(`${print(read)}, ${text}: ${found} is not ${exact} at ${[...point]}`);
          }
        }
      }),
      runs,
    );
    expect(composed).toBeGreaterThan(runs.numRuns / 10);
  });

  test('a dividend that may be any i32 is divided with its sign', () => {
    const box = rangesOf([
      { name: 'i', extent: 2 ** 31 - 1 },
      { name: 'j', extent: 2 ** 31 - 1 },
    ]);
    for (const op of ['div', 'mod'] as const) {
      for (const by of [2, 3, 7, 28, 65_536, 2_147_483_646, 2_147_483_647]) {
        const difference: WideTree = {
          op: 'add',
          a: { op: 'variable', name: 'i' },
          b: { op: 'scale', a: { op: 'variable', name: 'j' }, by: -1 },
        };
        const tree: WideTree = { op, a: difference, by };
        const text = positionText(buildFitting(tree, box)!, box, namer([]));
        for (const point of samplePoints(box)) {
          expect(evaluateInteger(`i32(${text})`, point).value, text).toBe(exactly(tree, point));
        }
      }
    }
  });

  test('a sum whose parts leave 32 bits is right where its value does not', () => {
    const far = {
      constant: -2_000_000_000,
      terms: [{ coefficient: 2 ** 32 + 3, atom: variable('k').terms[0]!.atom }],
    };
    const text = positionText(far, new Map([['k', { min: 0, max: 1 }]]), namer([]));
    expect(evaluateInteger(`i32(${text})`, new Map([['k', 0n]])).value).toBe(-2_000_000_000n);
  });
});
