/** A sum of products of powers in, the formula that says it with least to read, out. */
import type { Formula } from './explanation.ts';
import { holdsSum, number } from './rewrite.ts';
import { quotientOf } from './text.ts';

export interface Factor {
  readonly formula: Formula;
  /** A whole number, not 0. */
  readonly exponent: number;
}

export interface Term {
  readonly coefficient: number;
  readonly factors: ReadonlyMap<string, Factor>;
}

type Operator = 'add' | 'subtract' | 'multiply' | 'divide' | 'power' | 'negate';
const call = (fn: Operator, ...operands: readonly Formula[]): Formula => ({
  kind: 'call',
  fn,
  dtype: 'f32',
  operands,
});

/** The terms as a formula: what they have in common before them, those that are added first. */
export function formulaOf(terms: readonly Term[], { rules }: { readonly rules: Set<string> }): Formula {
  const [first, ...more] = terms;
  if (first === undefined) return number(0);
  if (more.length === 0) return productOf(first.coefficient, [...first.factors.values()]);
  const size = Math.abs(first.coefficient);
  const outer = more.every(({ coefficient }) => isNearly(Math.abs(coefficient), size)) ? size : 1;
  const common = [...first.factors].flatMap(([key, factor]) => {
    const shared = terms.map(({ factors }) => factors.get(key)?.exponent ?? 0);
    const least = Math.sign(factor.exponent) * Math.min(...shared.map(Math.abs));
    return least !== 0 && shared.every((exponent) => exponent * factor.exponent > 0)
      ? [[key, { formula: factor.formula, exponent: least }] as const]
      : [];
  });
  if (common.length > 0 || outer !== 1) rules.add('what all terms have in common stands before them');
  const inner = terms.map(({ coefficient, factors }): Term => {
    const rest = new Map(factors);
    for (const [key, { exponent }] of common) {
      const left = rest.get(key)!.exponent - exponent;
      if (left === 0) rest.delete(key);
      else rest.set(key, { formula: rest.get(key)!.formula, exponent: left });
    }
    return { coefficient: outer === 1 ? coefficient : Math.sign(coefficient), factors: rest };
  });
  const sum = sumOf(inner);
  if (common.length === 0 && outer === 1) return sum;
  return productOf(outer, [...common.map(([, factor]) => factor), { formula: sum, exponent: 1 }]);
}

/** Folded constants are rounded to 15 digits: a third that was divided and one that was folded are one number. */
export const isNearly = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-13 * Math.abs(b);

function sumOf(terms: readonly Term[]): Formula {
  const ordered = [
    ...terms.filter(({ coefficient }) => coefficient > 0),
    ...terms.filter(({ coefficient }) => coefficient < 0),
  ];
  return ordered.slice(1).reduce<Formula>(
    (sum, { coefficient, factors }) => {
      const size = productOf(Math.abs(coefficient), [...factors.values()]);
      return call(coefficient < 0 ? 'subtract' : 'add', sum, size);
    },
    productOf(ordered[0]!.coefficient, [...ordered[0]!.factors.values()]),
  );
}

/** A power as a formula; a negative one as a quotient. */
export function factorFormula({ formula, exponent }: Factor): Formula {
  return productOf(1, [{ formula, exponent }]);
}

function productOf(coefficient: number, factors: readonly Factor[]): Formula {
  const size = Math.abs(coefficient);
  const under = size < 1 ? (quotientOf(size) ?? shortQuotient(size)) : undefined;
  const power = ({ formula, exponent }: Factor): Formula => {
    const by = Math.abs(exponent);
    const square = by % 2 === 0 ? squareOf(formula) : undefined;
    if (square !== undefined) return power({ formula: square, exponent: by / 2 });
    return by === 1 ? formula : call('power', formula, { kind: 'number', value: by, dtype: 'f32' });
  };
  // What is divided by 0 where its bracket does not hold is absent, not 0 / 0.
  const brackets = factors.filter(({ formula, exponent }) => formula.kind === 'indicator' && exponent > 0);
  const isDivided = factors.some(({ exponent }) => exponent < 0);
  if (brackets.length > 0 && isDivided) {
    const rest = productOf(
      size,
      factors.filter((factor) => !brackets.includes(factor)),
    );
    const whole = [...brackets.map(({ formula }) => formula), rest].reduceRight((a, b) =>
      call('multiply', b, a),
    );
    return coefficient < 0 ? call('negate', whole) : whole;
  }
  const above = under === undefined ? size : under.over;
  const place = ({ formula }: Factor): number => (formula.kind === 'reduce' ? 2 : holdsSum(formula) ? 1 : 0);
  const ordered = [...factors].sort((a, b) => place(a) - place(b));
  const numerator = [
    ...(above === 1 ? [] : [number(above)]),
    ...ordered.filter(({ exponent }) => exponent > 0).map(power),
  ];
  const denominator = [
    ...(under === undefined ? [] : [number(under.under)]),
    ...ordered.filter(({ exponent }) => exponent < 0).map(power),
  ];
  const multiply = (list: readonly Formula[]): Formula => list.reduce((a, b) => call('multiply', a, b));
  const top = numerator.length === 0 ? number(1) : multiply(numerator);
  const value = denominator.length === 0 ? top : call('divide', top, multiply(denominator));
  if (coefficient >= 0) return value;
  return value.kind === 'number' ? number(-value.value) : call('negate', value);
}

/** Of a square root, what it is the root of. */
const squareOf = (formula: Formula): Formula | undefined =>
  formula.kind === 'call' && formula.fn === 'sqrt' ? formula.operands[0] : undefined;

/** `1/4` where that is exact: a half stays 0.5 as a factor, but divides a sum. */
const shortQuotient = (size: number): { readonly over: number; readonly under: number } | undefined =>
  Number.isInteger(1 / size) && 1 / size > 2 ? { over: 1, under: 1 / size } : undefined;
