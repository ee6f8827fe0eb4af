/**
 * Constructors of quasi-affine expressions: parts in, canonical expressions out.
 *
 * Canonical means: like terms added, no zero coefficients, terms in one order (positive first, large
 * coefficients first, then by name), and in a `div` or `mod` by d every coefficient and the constant below
 * d, no factor in common with d, and nothing that the ranges of the variables decide. Every rule is an
 * identity of floor division, named where it is applied; `test/index` checks each against evaluation. A rule
 * that would divide something larger than before is left out where that may leave 32 bits.
 */
import { InternalError } from '../internal-error.ts';
import type { Affine, Atom, Ranges, Term } from './affine.ts';
import { bounds } from './bounds.ts';
import { greatestCommonDivisor } from './divisor.ts';
import { isWithin32Bits, largestInteger } from './fits.ts';
import { printAtom } from './print.ts';

export const constant = (value: number): Affine => ({ constant: value + 0, terms: [] });

export const variable = (name: string): Affine => ({
  constant: 0,
  terms: [{ coefficient: 1, atom: { kind: 'index', name } }],
});

export function add(a: Affine, b: Affine): Affine {
  if (b.terms.length === 0)
    return b.constant === 0 ? a : { constant: a.constant + b.constant, terms: a.terms };
  if (a.terms.length === 0)
    return a.constant === 0 ? b : { constant: a.constant + b.constant, terms: b.terms };
  return sum(a.constant + b.constant, [...a.terms, ...b.terms]);
}

export const subtract = (a: Affine, b: Affine): Affine => add(a, scale(b, -1));

export function scale(a: Affine, by: number): Affine {
  if (by === 1) return a;
  if (by === 0) return constant(0);
  const terms = a.terms.map(({ coefficient, atom }): Term => ({ coefficient: by * coefficient, atom }));
  // What was negative is positive now, and comes first; else the order is as it was.
  const ordered =
    by > 0 || terms.length === 1
      ? terms
      : [...terms.filter(isPositive), ...terms.filter((term) => !isPositive(term))];
  return { constant: by * a.constant + 0, terms: ordered };
}

const isPositive = ({ coefficient }: Term): boolean => coefficient > 0;

/** Floor division by a positive number. */
export function divide(a: Affine, by: number, ranges: Ranges): Affine {
  requirePositive(by);
  if (by === 1) return a;
  // (d*q + r) div d = q + r div d
  const { quotient, rest } = split(a, by);
  return add(quotient, divideRest(rest, by, ranges));
}

/** The floor remainder: never negative. */
export function modulo(a: Affine, by: number, ranges: Ranges): Affine {
  requirePositive(by);
  if (by === 1) return constant(0);
  // (d*q + r) mod d = r mod d
  return moduloRest(split(a, by).rest, by, ranges);
}

function requirePositive(by: number): void {
  if (!Number.isSafeInteger(by) || by <= 0) {
    throw new InternalError(`cannot divide an index by ${by}`, { pass: 'index/build' });
  }
}

/** `a` = by * quotient + rest, the rest's coefficients smaller than `by` and its constant in [0, by). */
function split(a: Affine, by: number): { quotient: Affine; rest: Affine } {
  const whole = Math.floor(a.constant / by);
  const outside: Term[] = [];
  const inside: Term[] = [];
  for (const { coefficient, atom } of a.terms) {
    const remainder = coefficient % by;
    if (remainder !== 0) inside.push({ coefficient: remainder, atom });
    if (remainder !== coefficient) outside.push({ coefficient: (coefficient - remainder) / by, atom });
  }
  return { quotient: sum(whole, outside), rest: sum(a.constant - by * whole, inside) };
}

function divideRest(rest: Affine, by: number, ranges: Ranges): Affine {
  const decided = decidedQuotient(rest, by, ranges);
  if (decided !== undefined) return constant(decided);
  // (g*s + r) div (g*d) = s div d  where 0 <= r < g
  const factored = factor(rest, by, ranges);
  if (factored !== undefined) return divide(factored.multiple, by / factored.by, ranges);
  const only = rest.terms.length === 1 && rest.terms[0]!.coefficient === 1 ? rest.terms[0]!.atom : undefined;
  // (a div b + c) div d = (a + b*c) div (b*d)
  if (only?.kind === 'div' && only.by * by <= largestInteger) {
    const moved = add(only.of, constant(only.by * rest.constant));
    if (mayDivide(moved, ranges)) return divide(moved, only.by * by, ranges);
  }
  // (a mod (d*e)) div d = (a div d) mod e
  if (only?.kind === 'mod' && rest.constant === 0 && only.by % by === 0) {
    return modulo(divide(only.of, by, ranges), only.by / by, ranges);
  }
  return single({ kind: 'div', of: rest, by });
}

function moduloRest(rest: Affine, by: number, ranges: Ranges): Affine {
  const decided = decidedQuotient(rest, by, ranges);
  if (decided !== undefined) return add(rest, constant(-decided * by));
  // (c*(a mod b) + r) mod d = (c*a + r) mod d  where d divides c*b
  const nested = rest.terms.find(
    ({ coefficient, atom }) => atom.kind === 'mod' && (coefficient * atom.by) % by === 0,
  );
  if (nested !== undefined && nested.atom.kind === 'mod') {
    const others = { constant: rest.constant, terms: rest.terms.filter((term) => term !== nested) };
    const open = add(others, scale(nested.atom.of, nested.coefficient));
    if (mayDivide(open, ranges)) return modulo(open, by, ranges);
  }
  // (g*s + r) mod (g*d) = g*(s mod d) + r  where 0 <= r < g
  const factored = factor(rest, by, ranges);
  if (factored !== undefined) {
    return add(scale(modulo(factored.multiple, by / factored.by, ranges), factored.by), factored.remainder);
  }
  return single({ kind: 'mod', of: rest, by });
}

/** Whether 32 bits hold all that it can be; of variables without ranges nothing is known, and it may. */
function mayDivide(a: Affine, ranges: Ranges): boolean {
  const range = bounds(a, ranges);
  return !Number.isFinite(range.max - range.min) || isWithin32Bits(range);
}

/** The quotient, where the ranges leave only one. */
function decidedQuotient(a: Affine, by: number, ranges: Ranges): number | undefined {
  const { min, max } = bounds(a, ranges);
  const low = Math.floor(min / by);
  return low === Math.floor(max / by) && Number.isFinite(low) ? low : undefined;
}

/** `a` = factor * multiple + remainder with 0 <= remainder < factor and the factor a divisor of `by`. */
function factor(
  a: Affine,
  by: number,
  ranges: Ranges,
): { by: number; multiple: Affine; remainder: Affine } | undefined {
  const candidates = new Set(a.terms.map(({ coefficient }) => greatestCommonDivisor(coefficient, by)));
  candidates.add(
    a.terms.reduce((divisor, { coefficient }) => greatestCommonDivisor(divisor, coefficient), by),
  );
  for (const candidate of [...candidates].sort((x, y) => y - x)) {
    if (candidate === 1) continue;
    const { quotient, rest } = splitExactly(a, candidate);
    const offset = decidedQuotient(rest, candidate, ranges);
    if (offset === undefined) continue;
    return {
      by: candidate,
      multiple: add(quotient, constant(offset)),
      remainder: add(rest, constant(-offset * candidate)),
    };
  }
  return undefined;
}

/** The terms that `by` divides, divided; and the others. */
function splitExactly(a: Affine, by: number): { quotient: Affine; rest: Affine } {
  const multiples = a.terms.filter(({ coefficient }) => coefficient % by === 0);
  return {
    quotient: {
      constant: 0,
      terms: multiples.map(({ coefficient, atom }) => ({ coefficient: coefficient / by, atom })),
    },
    rest: { constant: a.constant, terms: a.terms.filter(({ coefficient }) => coefficient % by !== 0) },
  };
}

const single = (atom: Atom): Affine => ({ constant: 0, terms: [{ coefficient: 1, atom }] });

const noRanges: Ranges = new Map();

/** Adds like terms, then joins each `div` with the `mod`, or the whole, that it belongs to. */
function sum(total: number, terms: readonly Term[]): Affine {
  const unlike: Term[] = [];
  for (const term of terms) {
    const at = placeOf(term.atom, unlike);
    const coefficient = term.coefficient + (unlike[at]?.coefficient ?? 0);
    if (at === -1) unlike.push(term);
    else if (coefficient === 0) unlike.splice(at, 1);
    else unlike[at] = { coefficient, atom: term.atom };
  }
  const joined = unlike.every(isPlain) ? undefined : recombine(unlike, total);
  return joined ?? { constant: total + 0, terms: sorted(unlike) };
}

/** By insertion: there are few, and most stand in order. */
function sorted(terms: readonly Term[]): readonly Term[] {
  const ordered = [...terms];
  for (let k = 1; k < ordered.length; k++) {
    const term = ordered[k]!;
    let at = k;
    for (; at > 0 && compare(term, ordered[at - 1]!) < 0; at--) ordered[at] = ordered[at - 1]!;
    ordered[at] = term;
  }
  return ordered;
}

const isPlain = ({ atom }: Term): boolean => atom.kind === 'index';

/** Where among terms that are unlike the one of an atom is; -1 where there is none. */
function placeOf(atom: Atom, terms: readonly Term[]): number {
  for (let k = 0; k < terms.length; k++) if (isSame(atom, terms[k]!.atom)) return k;
  return -1;
}

function isSame(a: Atom, b: Atom): boolean {
  if (a === b) return true;
  if (a.kind === 'index') return b.kind === 'index' && a.name === b.name;
  return b.kind === a.kind && b.by === a.by && printAtom(a) === printAtom(b);
}

/** The sum with one pair joined, or undefined where there is none. The terms are unlike. */
function recombine(terms: readonly Term[], total: number): Affine | undefined {
  const coefficientOf = (of: Atom): number | undefined => terms[placeOf(of, terms)]?.coefficient;
  const holds = (part: Affine): boolean =>
    part.terms.every(({ coefficient, atom }) => coefficientOf(atom) === coefficient);
  for (const term of terms) {
    const { coefficient, atom } = term;
    if (atom.kind === 'index') continue;
    const others = (): readonly Term[] => terms.filter((other) => other !== term);
    if (atom.kind === 'mod') {
      // c*a - c*(a mod d) = c*d*(a div d)
      const all = scale(atom.of, -coefficient);
      if (holds(all)) {
        const rest = sum(total - all.constant, [...others(), ...scale(all, -1).terms]);
        return add(rest, scale(divide(atom.of, atom.by, noRanges), -coefficient * atom.by));
      }
      // c*d*(a div d) + c*(a mod d) = c*a. The quotient is made only where something can be its partner: what is
      // in a `mod` can be deep, and would be gone through at each level again.
      const wanted = coefficient * atom.by;
      if (!terms.some((other) => other.coefficient === wanted)) continue;
      const quotient = divide(atom.of, atom.by, noRanges);
      const only = quotient.terms[0];
      if (only === undefined || quotient.terms.length !== 1 || only.coefficient !== 1) continue;
      if (coefficientOf(only.atom) !== wanted) continue;
      const rest = sum(total, [
        ...others(),
        { coefficient: -wanted, atom: only.atom },
        ...scale(atom.of, coefficient).terms,
      ]);
      return add(rest, constant(coefficient * (atom.of.constant - atom.by * quotient.constant)));
    }
    // c*a - c*d*(a div d) = c*(a mod d)
    if (coefficient % atom.by !== 0) continue;
    const each = -coefficient / atom.by;
    const whole = scale(atom.of, each);
    if (!holds(whole)) continue;
    const rest = sum(total - whole.constant, [...others(), ...scale(whole, -1).terms]);
    return add(rest, scale(modulo(atom.of, atom.by, noRanges), each));
  }
  return undefined;
}

const rank = { index: 0, div: 1, mod: 2 } as const;

/** The order of the terms of a canonical sum. */
const compare = (s: Term, t: Term): number =>
  Number(s.coefficient < 0) - Number(t.coefficient < 0) ||
  Math.abs(t.coefficient) - Math.abs(s.coefficient) ||
  rank[s.atom.kind] - rank[t.atom.kind] ||
  (printAtom(s.atom) < printAtom(t.atom) ? -1 : 1);
