/** The f64 meaning of each function, which everything else is measured by: against series in whole numbers. */
import { describe, expect, test } from 'vitest';
import { functions } from '../../compiler/scalar/functions.ts';
import { type Precise, precise, preciseNames, precisePower } from '../support/high-precision.ts';
import { randomSource } from '../support/random.ts';

/** Some ulp of f64: 2^29 times finer than what a device is measured to. */
const tolerance = 2 ** -50;

const random = randomSource(7);
const logarithmic = (low: number, high: number, count: number): readonly number[] =>
  Array.from({ length: count }, () => 2 ** (low + (high - low) * random.number()));
const both = (xs: readonly number[]): readonly number[] => xs.flatMap((x) => [x, -x]);

/** Relative; 0 for equal numbers, 0 too. */
const errorOf = (found: number, exact: number): number =>
  found === exact ? 0 : Math.abs(found - exact) / Math.abs(exact);

const small = both(logarithmic(-60, 0, 24));
const points: Readonly<Record<Precise, readonly number[]>> = {
  sqrt: logarithmic(-60, 60, 24),
  rsqrt: logarithmic(-60, 60, 24),
  log2: [...logarithmic(-90, 90, 24), ...small.map((x) => 1 + x / 2), 0.125, 1024],
  log10: [...logarithmic(-90, 90, 24), ...small.map((x) => 1 + x / 2), 0.001, 1e5],
  asinh: [...small, ...both(logarithmic(0, 60, 16))],
  acosh: [...small.map((x) => 1 + Math.abs(x)), ...logarithmic(0, 60, 16)],
  atanh: [...small.map((x) => x * 0.999_999), 0.999_999_999],
  erfc: [...small, ...both(logarithmic(-2, 3.1, 40)), 0.5, 3, 8.5],
  exp: [...small, ...both(logarithmic(0, 6, 16))],
  log: [...logarithmic(-90, 90, 24), ...small.map((x) => 1 + x / 2)],
  log1p: [...small.filter((x) => x > -0.99), ...logarithmic(0, 60, 12)],
  expm1: [...small, ...both(logarithmic(0, 6, 16))],
  sin: [
    ...small,
    ...both(logarithmic(0, 17, 24)),
    ...[1, 2, 11, 355, 51_819].map((k) => Math.fround(k * Math.PI)),
  ],
  cos: [
    ...small,
    ...both(logarithmic(0, 17, 24)),
    ...[1, 3, 11, 355].map((k) => Math.fround((k * Math.PI) / 2)),
  ],
  tan: [
    ...small,
    ...both(logarithmic(0, 17, 24)),
    ...[1, 2, 3, 355].map((k) => Math.fround((k * Math.PI) / 2)),
  ],
  asin: [...small, 1, -1, 0.999_999, -0.5],
  acos: [...small, -1, 0.999_999, 0.999_999_999, -0.5],
  atan: [...small, ...both(logarithmic(0, 60, 16))],
  sinh: [...small, ...both(logarithmic(0, 6, 16))],
  cosh: [...small, ...both(logarithmic(0, 6, 16))],
  tanh: [...small, ...both(logarithmic(0, 6, 16))],
  erf: [...small, ...both(logarithmic(0, 2.5, 16)), 2.999_999, 3, 3.000_001],
};

describe('in f64', () => {
  test.each(preciseNames)('%s', (fn) => {
    for (const x of points[fn]) {
      const exact = precise(fn, x);
      const error = errorOf(functions[fn].evaluate(x), exact);
      expect(error, `${fn}(${x}) is ${exact}`).toBeLessThanOrEqual(tolerance);
    }
  });

  test('power', () => {
    for (const x of logarithmic(-20, 20, 40)) {
      const n = 8 * random.normal();
      const exact = precisePower(x, n);
      const error = errorOf(functions.power.evaluate(x, n), exact);
      expect(error, `${x} ** ${n}`).toBeLessThanOrEqual(tolerance);
    }
  });

  test('atan2, in each quarter and between them', () => {
    const sizes = both(logarithmic(-30, 30, 8));
    for (const y of sizes) {
      for (const x of sizes) {
        const exact = precise('atan', y / x) + (x > 0 ? 0 : Math.sign(y) * Math.PI);
        const error = errorOf(functions.atan2.evaluate(y, x), exact);
        expect(error, `atan2(${y}, ${x}) is ${exact}`).toBeLessThanOrEqual(tolerance);
      }
    }
    const between: readonly (readonly [y: number, x: number, angle: number])[] = [
      [0, 2, 0],
      [2, 0, Math.PI / 2],
      [0, -2, Math.PI],
      [-2, 0, -Math.PI / 2],
      [0, 0, 0],
    ];
    for (const [y, x, angle] of between) expect(functions.atan2.evaluate(y, x)).toBe(angle);
  });

  test('trunc goes towards zero', () => {
    for (const whole of [0, 1, 2, 7, 2 ** 30]) {
      for (const part of [0, 0.25, 0.5, 0.999]) {
        expect(functions.trunc.evaluate(whole + part)).toBe(whole);
        expect(functions.trunc.evaluate(-whole - part) + 0).toBe(0 - whole);
      }
    }
  });

  test('modulo is exact', () => {
    for (let k = 0; k < 200; k++) {
      const [x, y] = [
        random.normal() * 2 ** random.integer(-10, 40),
        random.normal() * 2 ** random.integer(-10, 10),
      ];
      // Both as whole numbers times 2**-90.
      const whole = (z: number): bigint => BigInt(z * 2 ** 90);
      const rest = whole(x) % whole(y);
      const exact = rest !== 0n && rest < 0n !== y < 0 ? rest + whole(y) : rest;
      expect(Math.abs(functions.modulo.evaluate(x, y) - Number(exact) / 2 ** 90)).toBeLessThanOrEqual(
        Math.abs(y) * 2 ** -52,
      );
    }
  });

  test('known values of the series themselves', () => {
    expect(precise('exp', 1)).toBe(Math.E);
    expect(precise('log', 10)).toBe(Math.LN10);
    expect(precise('erf', 0.5)).toBe(0.5204998778130465);
    expect(precise('erf', 3)).toBe(0.9999779095030014);
    expect(precise('erfc', 3)).toBeCloseTo(2.20904969985854e-5, 19);
    expect(precise('log2', 8)).toBe(3);
    expect(precise('asinh', 1)).toBe(0.881373587019543);
    expect(precise('sin', 100_000)).toBeCloseTo(0.0357487979720165, 15);
    expect(precise('acos', -1)).toBe(Math.PI);
    expect(precise('atan', 1)).toBe(Math.PI / 4);
  });
});
