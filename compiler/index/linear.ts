/** Linear forms over unknowns, with an affine rest over known indices: the arithmetic that `solve.ts` is made of. */
import type { Affine } from './affine.ts';
import { add, constant, scale } from './build.ts';
import { greatestCommonDivisor } from './divisor.ts';

/** `sum of coefficient * unknown + known`; as an equation, that = 0. No coefficient is 0. */
export interface Linear {
  readonly unknowns: ReadonlyMap<string, number>;
  readonly known: Affine;
}

export const knownOnly = (known: Affine): Linear => ({ unknowns: new Map(), known });

export const unknown = (name: string): Linear => ({ unknowns: new Map([[name, 1]]), known: constant(0) });

/** `a + factor * b` */
export const combine = (a: Linear, b: Linear, factor: number): Linear => {
  const unknowns = new Map(a.unknowns);
  for (const [name, coefficient] of b.unknowns) {
    const sum = (unknowns.get(name) ?? 0) + factor * coefficient;
    if (sum === 0) unknowns.delete(name);
    else unknowns.set(name, sum);
  }
  return { unknowns, known: add(a.known, scale(b.known, factor)) };
};

export const negate = (a: Linear): Linear => combine(knownOnly(constant(0)), a, -1);

export const without = (a: Linear, name: string): Linear => {
  const unknowns = new Map(a.unknowns);
  unknowns.delete(name);
  return { unknowns, known: a.known };
};

/** `a` with one unknown replaced by a linear form of others. */
export const eliminate = (a: Linear, name: string, by: Linear): Linear => {
  const coefficient = a.unknowns.get(name);
  return coefficient === undefined ? a : combine(without(a, name), by, coefficient);
};

/** The greatest common divisor of the coefficients; 0 where there are none. */
export const commonFactor = (a: Linear): number => [...a.unknowns.values()].reduce(greatestCommonDivisor, 0);
