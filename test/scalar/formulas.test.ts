/**
 * Formulas, computed as every target does that rounds as primitives say: each function of f32 keeps its promise over
 * all that f32 holds, and functions of integers are exact.
 */
import { describe, expect, test } from 'vitest';
import { InternalError } from '../../compiler/internal-error.ts';
import { constant, load } from '../../compiler/scalar/build.ts';
import type { DType, Expr } from '../../compiler/scalar/expr.ts';
import { type Formula, operationsOf, withUsed } from '../../compiler/scalar/formula.ts';
import { formula } from '../../compiler/scalar/formula-text.ts';
import {
  evaluateCall,
  type FunctionName,
  functionNames,
  functions,
  resultType,
} from '../../compiler/scalar/functions.ts';
import { isPrimitiveName } from '../../compiler/scalar/primitives.ts';
import { compute, runFormula } from '../support/compute.ts';
import { errorInUlps, measured, sweepOf } from '../support/function-sweeps.ts';

const types: readonly DType[] = ['f32', 'i32', 'u32', 'bool'];
const tuples = (arity: number): readonly (readonly DType[])[] =>
  arity === 0 ? [[]] : tuples(arity - 1).flatMap((rest) => types.map((type) => [...rest, type]));
const operandsOf = (signature: readonly DType[]): readonly Expr[] =>
  signature.map((dtype, k) => load(k, dtype, []));

describe('functions of f32 keep their promise', () => {
  test.each(measured)('%s', (fn) => {
    const { points } = sweepOf(fn);
    let worst = { error: 0, at: '' };
    for (const point of points) {
      const exact = functions[fn].evaluate(...point);
      const found = compute(fn, operandsOf(point.map(() => 'f32')), point);
      const error = errorInUlps(found, exact);
      if (error > worst.error) worst = { error, at: `${fn}(${point}) is ${exact}, found ${found}` };
    }
    expect(worst.error, worst.at).toBeLessThanOrEqual(functions[fn].ulp ?? 4);
  });

  test('to whole powers, for each one', () => {
    for (let n = -20; n <= 20; n++) {
      for (const x of [0.3, -0.7, 1.7, -2.3, 1, -1].map(Math.fround)) {
        for (const operand of [constant(n), constant(n, 'i32')]) {
          const found = compute('power', [load(0, 'f32', []), operand], [x, n]);
          expect(errorInUlps(found, x ** n), `${x} ** ${n}`).toBeLessThanOrEqual(16);
        }
        const found = compute('power', operandsOf(['f32', 'i32']), [x, n]);
        expect(errorInUlps(found, x ** n), `${x} ** ${n}`).toBeLessThanOrEqual(16);
      }
    }
  });

  test('to the power of 0 and of 1, and of 0', () => {
    const power = (x: number, n: number): number => compute('power', operandsOf(['f32', 'f32']), [x, n]);
    expect([power(0, 0), power(-3, 0), power(0, 2), power(0, -1), power(-2, 3)]).toEqual([
      1,
      1,
      0,
      Infinity,
      -8,
    ]);
    expect(functions.power.compute([load(0, 'f32', []), constant(1)])).toBe('operand');
  });
});

const ends = {
  i32: [0, 1, -1, 2, -2, 3, 7, -7, 31, 65_535, 65_536, 2_147_483_647, -2_147_483_647, -2_147_483_648],
  u32: [0, 1, 2, 3, 7, 31, 65_535, 65_536, 2_147_483_647, 2_147_483_648, 4_294_967_295],
} as const;

describe('functions of integers are exact', () => {
  const cases = functionNames.flatMap((fn) =>
    (['i32', 'u32'] as const).flatMap((dtype) => {
      const signature = Array.from({ length: functions[fn].type.arity }, () => dtype);
      return resultType(fn, signature) === undefined || signature.length > 2 ? [] : [[fn, dtype] as const];
    }),
  );
  test.each(cases)('%s of %s', (fn, dtype) => {
    const arity = functions[fn].type.arity;
    const signature = Array.from({ length: arity }, () => dtype);
    const points = ends[dtype].flatMap((x): readonly (readonly number[])[] =>
      arity === 1 ? [[x]] : ends[dtype].map((y) => [x, y]),
    );
    const result = resultType(fn, signature)!;
    for (const point of points) {
      const expected = evaluateCall(fn, result, point);
      const exact = result === 'f32' ? Math.fround(expected) : expected;
      expect(compute(fn, operandsOf(signature), point) + 0, `${fn}(${point})`).toBe(exact + 0);
      if (fn !== 'power') continue;
      expect(compute(fn, [load(0, dtype, []), constant(point[1]!, dtype)], point), `${point}`).toBe(exact);
    }
  });
});

describe('random numbers', () => {
  test.each(['random_uniform', 'random_normal'] as const)('%s has the bits of its stream', (fn) => {
    for (const key of [0, 7, 4_294_967_295]) {
      for (const counter of [0, 1, 12_345, 2_147_483_647]) {
        const found = compute(fn, operandsOf(['u32', 'u32', 'i32']), [key, 3, counter]);
        const expected = functions[fn].evaluate(key, 3, counter);
        if (fn === 'random_uniform') expect(found).toBe(expected);
        else expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(expected)));
      }
    }
  });
});

/** All that any function uses. */
const all: readonly Formula[] = [
  ...new Set(
    functionNames.flatMap((fn: FunctionName) =>
      tuples(functions[fn].type.arity)
        .filter((signature) => resultType(fn, signature) !== undefined)
        .flatMap((signature) => {
          const computed = functions[fn].compute(operandsOf(signature));
          return typeof computed === 'string' ? [] : withUsed(computed);
        }),
    ),
  ),
];

test('each formula has a name of its own, and takes and gives what the function does', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const fn of functionNames) {
    for (const signature of tuples(functions[fn].type.arity)) {
      const result = resultType(fn, signature);
      if (result === undefined) continue;
      const computed = functions[fn].compute(operandsOf(signature));
      if (typeof computed === 'string') {
        expect(computed === 'operand' || isPrimitiveName(computed)).toBe(true);
        if (computed === 'operand') expect(result).toBe(signature[0]);
        continue;
      }
      expect(computed.result.dtype, computed.name).toBe(result);
      expect(computed.parameters.map(({ dtype }) => dtype)).toEqual(
        signature.slice(0, computed.parameters.length),
      );
      expect(operationsOf(computed)).toBeGreaterThan(0);
    }
  }
});

describe('the text of a formula', () => {
  test('binds as in the language, and a number has the type of what it stands beside', () => {
    const of = formula(
      'f(x: u32) -> bool\n y = 2 + x * 3 << 1\n remainder(y, 7) == 1 or (y & 4) != 0 and not(x > 5)',
    );
    for (let x = 0; x < 20; x++) {
      const y = (2 + x * 3) << 1;
      expect(runFormula(of, [x])).toBe(y % 7 === 1 || ((y & 4) !== 0 && !(x > 5)) ? 1 : 0);
    }
  });

  test.each([
    ['f(x: f32) -> f32\n y', 'y has no value'],
    ['f(x: f32) -> i32\n x', 'is f32, not i32'],
    ['f(x: f32) -> f32\n x = 1\n x', 'no new name'],
    ['f(x: f32) -> f32\n y = 1\n x', 'a number has no type'],
    ['f(x: f32) -> f32\n x & x', 'bit_and of f32, f32'],
    ['f(x: f32) -> f32\n g(x)', 'g is no primitive'],
    ['f(x: f32) -> f32\n x + ', 'ends too early'],
    ['f(x: f32) -> f32\n x x', 'more than a value'],
    ['f(x: f32) -> f32\n x $ x', 'no symbol'],
    ['f(x: u32) -> u32\n x & 7 ^ x', '^ needs parentheses'],
    ['f(x: u32) -> u32\n x % 7', 'no symbol at  % 7'],
    ['f(x: f64) -> f32\n x', 'f64 is no type'],
    ['f x\n x', 'no name, parameters and type'],
  ])('%j is refused', (text, problem) => {
    expect(() => formula(text).result).toThrow(InternalError);
    expect(() => formula(text).result).toThrow(problem);
  });
});
