/**
 * Formulas: functions of 32-bit numbers, written down once over primitives and other formulas, that every target
 * computes step by step.
 *
 *     sinh_near(x: f32) -> f32
 *       s = x * x
 *       x + x * s * (0.16666716 + s * (0.0083302838 + s * 0.00020372191))
 *
 * A line gives a name to a value; the last one is the result. Both sides of a `select` are computed, so nothing
 * in a formula depends on what is not computed. A target may print a formula as a function, write it out at each
 * call, or use an intrinsic of its own that is as exact.
 */
import type { DType } from './expr.ts';
import type { PrimitiveName } from './primitives.ts';

export interface Formula {
  /** One formula has this name. */
  readonly name: string;
  readonly parameters: readonly Named[];
  readonly lets: readonly { readonly name: string; readonly value: FormulaTerm }[];
  readonly result: FormulaTerm;
}

/** A parameter, or a name that a line gave. */
export interface Named {
  readonly name: string;
  readonly dtype: DType;
}

export type FormulaTerm =
  | { readonly kind: 'number'; readonly dtype: DType; readonly value: number }
  | ({ readonly kind: 'name' } & Named)
  | {
      readonly kind: 'primitive';
      readonly dtype: DType;
      readonly fn: PrimitiveName;
      readonly operands: readonly FormulaTerm[];
    }
  | {
      readonly kind: 'formula';
      readonly dtype: DType;
      readonly formula: Formula;
      readonly operands: readonly FormulaTerm[];
    };

/** Every term of a formula, whole ones before their parts; not those of formulas that it uses. */
export function forEachTerm({ lets, result }: Formula, visit: (term: FormulaTerm) => void): void {
  const walk = (term: FormulaTerm): void => {
    visit(term);
    if (term.kind === 'primitive' || term.kind === 'formula') term.operands.forEach(walk);
  };
  for (const { value } of lets) walk(value);
  walk(result);
}

/** The formulas that a formula uses, each once and after those that it uses itself; then the formula. */
export function withUsed(formula: Formula): readonly Formula[] {
  const found = new Set<Formula>();
  const visit = (of: Formula): void => {
    if (found.has(of)) return;
    forEachTerm(of, (term) => {
      if (term.kind === 'formula') visit(term.formula);
    });
    found.add(of);
  };
  visit(formula);
  return [...found];
}

/** How many primitives it takes to compute a formula. */
export function operationsOf(formula: Formula): number {
  const known = counted.get(formula);
  if (known !== undefined) return known;
  let count = 0;
  forEachTerm(formula, (term) => {
    if (term.kind === 'primitive') count++;
    if (term.kind === 'formula') count += operationsOf(term.formula);
  });
  counted.set(formula, count);
  return count;
}

const counted = new WeakMap<Formula, number>();
