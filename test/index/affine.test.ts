import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Affine, Ranges } from '../../compiler/index/affine.ts';
import { add, constant, divide, modulo, scale, subtract, variable } from '../../compiler/index/build.ts';
import {
  bounds,
  equal,
  evaluate,
  isConstant,
  print,
  rangesOf,
  simplify,
  substitute,
  variablesOf,
} from '../../compiler/index/query.ts';
import { InternalError } from '../../compiler/internal-error.ts';
import { cursor } from '../../compiler/ir/lex.ts';
import { parseExpr } from '../../compiler/ir/parse-expression.ts';
import { asAffine } from '../../compiler/scalar/build.ts';
import { build, extents, meaning, points, ranges, trees } from '../support/affine.ts';

const [i, j, k] = [variable('i'), variable('j'), variable('k')];
const image: Ranges = rangesOf([
  { name: 'i', extent: 28 },
  { name: 'j', extent: 28 },
  { name: 'k', extent: 784 },
]);
const all = points();
const none: Ranges = new Map();

const read = (text: string): Affine =>
  asAffine(parseExpr(cursor(text), { valueNamed: () => expect.fail('no values here') }))!;

describe('what the constructors make', () => {
  const flat = add(scale(i, 28), j);
  const cases: readonly (readonly [string, Affine, string])[] = [
    ['like terms are added', add(add(i, j), subtract(i, j)), '2*i'],
    ['positive terms first', subtract(k, scale(i, 3)), 'k - 3*i'],
    ['large coefficients first, the constant last', add(constant(-1), add(j, scale(i, 3))), '3*i + j - 1'],
    ['only the constant is positive', subtract(constant(27), i), '27 - i'],
    ['nothing is positive', scale(i, -2), '-2*i'],
    ['the negative of a quotient', scale(divide(k, 28, image), -1), '-(k div 28)'],
    ['a flat index divided', divide(flat, 28, image), 'i'],
    ['its remainder', modulo(flat, 28, image), 'j'],
    ['without ranges it stays', divide(flat, 28, none), 'i + j div 28'],
    ['quotient and remainder joined', add(scale(divide(k, 28, none), 28), modulo(k, 28, none)), 'k'],
    ['three digits joined', threeDigits(k), 'k'],
    ['three digits of a flat index', threeDigits(add(scale(i, 49), j)), '49*i + j'],
    [
      'a number without its remainder',
      subtract(add(k, constant(3)), modulo(add(k, constant(3)), 28, none)),
      '28*((k + 3) div 28)',
    ],
    ['a number without its quotient', subtract(k, scale(divide(k, 28, none), 28)), 'k mod 28'],
    ['quotient of a quotient', divide(divide(k, 4, none), 7, none), 'k div 28'],
    [
      'quotient of a moved quotient',
      divide(add(divide(k, 4, none), constant(3)), 7, none),
      '(k + 12) div 28',
    ],
    ['remainder of a remainder', modulo(modulo(k, 28, none), 7, none), 'k mod 7'],
    ['remainder of a scaled remainder', modulo(scale(modulo(k, 7, none), 4), 28, none), '4*(k mod 7)'],
    ['quotient of a remainder', divide(modulo(k, 784, none), 28, none), '(k div 28) mod 28'],
    ['common factor of a quotient', divide(scale(k, 4), 6, none), '(2*k) div 3'],
    [
      'common factor of a remainder',
      modulo(add(scale(k, 4), constant(3)), 6, none),
      '2*((2*k + 1) mod 3) + 1',
    ],
    ['a small rest does not count', divide(add(scale(k, 28), j), 56, image), 'k div 2'],
    ['decided by the range', divide(i, 28, image), '0'],
    ['decided by the range, moved', modulo(add(i, constant(28)), 28, image), 'i'],
    ['below zero', divide(subtract(i, constant(28)), 28, image), '-1'],
    ['cyclic', modulo(add(i, constant(1)), 28, image), '(i + 1) mod 28'],
    ['whole multiples leave', modulo(add(scale(i, 56), j), 28, none), 'j mod 28'],
    ['strides', divide(add(scale(i, 2), constant(1)), 2, none), 'i'],
    ['by one', add(divide(i, 1, none), modulo(j, 1, none)), 'i'],
    ['by zero', scale(add(i, j), 0), '0'],
  ];

  test.each(cases)('%s', (_, made, text) => {
    expect(print(made)).toBe(text);
  });

  function threeDigits(n: Affine): Affine {
    const high = scale(divide(n, 49, none), 49);
    const middle = scale(modulo(divide(n, 7, none), 7, none), 7);
    return add(add(high, middle), modulo(n, 7, none));
  }

  test('a divisor must be a positive whole number', () => {
    for (const by of [0, -2, 1.5]) {
      expect(() => divide(i, by, none)).toThrow(InternalError);
      expect(() => modulo(i, by, none)).toThrow(InternalError);
    }
  });
});

describe('for every expression', () => {
  const runs = { numRuns: 3000 };

  test('the value is that of integer arithmetic at every point, with and without ranges', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const [ranged, free] = [build(tree, ranges), build(tree, none)];
        for (const point of all) {
          const expected = meaning(tree, point);
          if (evaluate(ranged, point) !== expected || evaluate(free, point) !== expected) {
            expect.fail(`${print(ranged)} and ${print(free)} are not ${expected} at ${[...point]}`);
          }
        }
      }),
      runs,
    );
  });

  test('bounds hold at every point', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        const made = build(tree, ranges);
        const { min, max } = bounds(made, ranges);
        for (const point of all) {
          const value = evaluate(made, point);
          if (value < min || value > max) expect.fail(`${print(made)} = ${value} is not in ${min}..${max}`);
        }
      }),
      runs,
    );
  });

  test('what is printed reads back as the same expression', () => {
    fc.assert(
      fc.property(trees, (tree) => {
        for (const made of [build(tree, ranges), build(tree, none)]) expect(read(print(made))).toEqual(made);
      }),
      runs,
    );
  });

  test('equal means printed the same, and building again changes nothing', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [x, y] = [build(a, ranges), build(b, ranges)];
        expect(equal(x, y)).toBe(print(x) === print(y));
        expect(print(simplify(x, ranges))).toBe(print(x));
        expect(print(add(x, y))).toBe(print(add(y, x)));
        expect(print(subtract(x, x))).toBe('0');
      }),
      runs,
    );
  });

  test('substituting and then evaluating is evaluating at the substituted point', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const [x, y] = [build(a, none), build(b, none)];
        const replaced = substitute(x, new Map([['i', y]]), ranges);
        for (const point of all.slice(0, 40)) {
          const there = new Map(point).set('i', evaluate(y, point));
          expect(evaluate(replaced, point)).toBe(evaluate(x, there));
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('linear bounds are exact', () => {
  const a = add(subtract(scale(i, 3), scale(j, 2)), constant(1));
  expect(bounds(a, ranges)).toEqual({ min: 1 - 2 * (extents.j - 1), max: 3 * (extents.i - 1) + 1 });
  expect(bounds(i, none)).toEqual({ min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY });
});

test('variables, constants, swapping', () => {
  const a = add(divide(add(i, j), 3, none), scale(k, 2));
  expect([...variablesOf(a)].sort()).toEqual(['i', 'j', 'k']);
  expect(isConstant(a)).toBe(false);
  expect(isConstant(subtract(a, a))).toBe(true);
  const swap = new Map([
    ['i', j],
    ['j', i],
  ]);
  expect(print(substitute(subtract(i, j), swap, none))).toBe('j - i');
  expect(() => evaluate(a, new Map())).toThrow('index');
});
