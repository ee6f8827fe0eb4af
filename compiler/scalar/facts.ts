/**
 * What is known of the indices at a place in an expression: ranges and conditions that hold in, tighter
 * bounds and decided conditions out.
 *
 * A fact is index arithmetic that is not negative: `i - 1` for `1 <= i`, `26 - i` for `i < 27`. Each tightens
 * the ranges of its variables (bounds propagation: Marriott & Stuckey, *Programming with Constraints*, 3.4),
 * and is tried as a whole against the expression asked for. What follows is true; not all that is true follows.
 */
import type { Affine, Atom, Range, Ranges } from '../index/affine.ts';
import { bounds } from '../index/bounds.ts';
import { add, constant, scale, subtract } from '../index/build.ts';
import { greatestCommonDivisor } from '../index/divisor.ts';
import { printAtom } from '../index/print.ts';
import { asAffine } from './build.ts';
import type { Expr } from './expr.ts';

export interface Facts {
  /** Of the variables, and of quotients and remainders by their text. */
  readonly ranges: Ranges;
  readonly notNegative: readonly Affine[];
  /** The facts contradict each other, or an index has no values: nothing is evaluated here. */
  readonly impossible: boolean;
}

export function factsOf(ranges: Ranges): Facts {
  let impossible = false;
  for (const { min, max } of ranges.values()) if (min > max) impossible = true;
  return { ranges, notNegative: [], impossible };
}

const one = constant(1);
/** A fact that never holds. */
const contradiction = constant(-1);

/** Index arithmetic that is not negative, or that is not 0. */
interface Implied {
  readonly notNegative: readonly Affine[];
  readonly notZero: readonly Affine[];
}

const known = (...notNegative: readonly Affine[]): Implied => ({ notNegative, notZero: [] });

/** What `condition` says of the indices where it holds, or, with `holds` false, where it does not. */
function implied<Value>(
  condition: Expr<Value>,
  holds: boolean,
  seen: Record<'true' | 'false', Set<Expr<Value>>> = { true: new Set(), false: new Set() },
): Implied {
  if (condition.kind === 'constant')
    return (condition.value !== 0) === holds ? known() : known(contradiction);
  if (condition.kind !== 'call' || seen[`${holds}`].has(condition)) return known();
  seen[`${holds}`].add(condition);
  const [a, b] = condition.operands;
  if (condition.fn === 'not') return implied(a!, !holds, seen);
  if (condition.fn === (holds ? 'and' : 'or')) {
    const [one, other] = [implied(a!, holds, seen), implied(b!, holds, seen)];
    return {
      notNegative: [...one.notNegative, ...other.notNegative],
      notZero: [...one.notZero, ...other.notZero],
    };
  }
  const [x, y] = [a === undefined ? undefined : asAffine(a), b === undefined ? undefined : asAffine(b)];
  if (x === undefined || y === undefined) return known();
  const atMost = (p: Affine, q: Affine): Implied => known(subtract(q, p));
  const below = (p: Affine, q: Affine): Implied => known(subtract(subtract(q, p), one));
  const same = (): Implied => known(subtract(y, x), subtract(x, y));
  const different = (): Implied => ({ notNegative: [], notZero: [subtract(x, y)] });
  switch (condition.fn) {
    case 'less':
      return holds ? below(x, y) : atMost(y, x);
    case 'less_equal':
      return holds ? atMost(x, y) : below(y, x);
    case 'greater':
      return holds ? below(y, x) : atMost(x, y);
    case 'greater_equal':
      return holds ? atMost(y, x) : below(x, y);
    case 'equal':
      return holds ? same() : different();
    case 'not_equal':
      return holds ? different() : same();
    default:
      return known();
  }
}

/** The facts where `condition` holds too (or does not). The same object where that says nothing new. */
export function assume<Value>(facts: Facts, condition: Expr<Value>, holds = true): Facts {
  const { notNegative, notZero } = implied(condition, holds);
  return notZero.reduce(beside, among(facts, notNegative));
}

/** The facts with these, too. */
function among(facts: Facts, notNegative: readonly Affine[]): Facts {
  const news = notNegative.filter((fact) => bounds(fact, facts.ranges).min < 0);
  return news.length === 0 ? facts : propagate(facts, [...facts.notNegative, ...news]);
}

/** The facts where `a` is not 0: says something where 0 is an end of what `a` may be. */
function beside(facts: Facts, a: Affine): Facts {
  const { min, max } = boundsUnder(a, facts);
  const above = min === 0 ? [subtract(a, one)] : [];
  const below = max === 0 ? [subtract(constant(-1), a)] : [];
  return among(facts, [...above, ...below]);
}

/** More rounds than an acyclic chain of facts needs; a cyclic one may creep, and stops here. */
const rounds = 8;

function propagate(facts: Facts, notNegative: readonly Affine[]): Facts {
  const ranges = new Map(facts.ranges);
  let impossible = facts.impossible;
  const tighten = (atom: Atom, news: Range): boolean => {
    const key = printAtom(atom);
    const old = bounds({ constant: 0, terms: [{ coefficient: 1, atom }] }, ranges);
    const tighter = { min: Math.max(old.min, news.min), max: Math.min(old.max, news.max) };
    if (tighter.min > tighter.max) impossible = true;
    if (tighter.min === old.min && tighter.max === old.max) return false;
    ranges.set(key, tighter);
    return true;
  };
  const all = [...notNegative];
  for (let round = 0; round < rounds && !impossible; round++) {
    let changed = false;
    for (const fact of [...all]) {
      if (fact.terms.length === 0 && fact.constant < 0) impossible = true;
      for (const { coefficient, atom } of fact.terms) {
        // coefficient * atom >= -(the rest's largest value)
        const rest = subtract(fact, { constant: 0, terms: [{ coefficient, atom }] });
        const limit = -bounds(rest, ranges).max / coefficient;
        const news =
          coefficient > 0
            ? { min: Math.ceil(limit), max: Number.POSITIVE_INFINITY }
            : { min: Number.NEGATIVE_INFINITY, max: Math.floor(limit) };
        if (!tighten(atom, news)) continue;
        changed = true;
        if (round === 0) all.push(...behindQuotient(atom, news));
      }
    }
    if (!changed) break;
  }
  return { ranges, notNegative: all, impossible };
}

/** What a bound of a quotient says of what was divided. */
function behindQuotient(atom: Atom, { min, max }: Range): readonly Affine[] {
  if (atom.kind !== 'div') return [];
  const facts: Affine[] = [];
  if (Number.isFinite(min)) facts.push(subtract(atom.of, constant(min * atom.by)));
  if (Number.isFinite(max)) facts.push(subtract(constant((max + 1) * atom.by - 1), atom.of));
  return facts;
}

/** Bounds of `a` where the facts hold. */
export function boundsUnder(a: Affine, facts: Facts): Range {
  const ranges = withQuotients(a, facts);
  let { min, max } = bounds(a, ranges);
  for (const fact of facts.notNegative) {
    // For p, q > 0: p*a = q*fact + (p*a - q*fact) >= p*a - q*fact, and likewise p*a <= p*a + q*fact.
    for (const { p, q } of ratios(a, fact)) {
      if (!isExact(a, p, ranges) || !isExact(fact, q, ranges)) continue;
      const scaled = scale(a, p);
      const other = scale(fact, Math.abs(q));
      if (q > 0) min = Math.max(min, Math.ceil(bounds(subtract(scaled, other), ranges).min / p));
      else max = Math.min(max, Math.floor(bounds(add(scaled, other), ranges).max / p));
    }
  }
  return { min, max };
}

/** Whether f64 holds all numbers of `factor` times `a`; without ranges, whatever is found is infinite. */
function isExact(a: Affine, factor: number, ranges: Ranges): boolean {
  if (Math.abs(factor) === 1) return true;
  const reach = a.terms.reduce((total, term) => {
    const { min, max } = bounds({ constant: 0, terms: [term] }, ranges);
    return total + Math.max(Math.abs(min), Math.abs(max));
  }, Math.abs(a.constant));
  return reach * Math.abs(factor) <= Number.MAX_SAFE_INTEGER / 2;
}

/** How the fact may be in `a`: as `q/p` of it, by the ratio of the coefficients of a part that both have. */
function ratios(a: Affine, fact: Affine): readonly { readonly p: number; readonly q: number }[] {
  const coefficients = new Map(a.terms.map(({ coefficient, atom }) => [printAtom(atom), coefficient]));
  const found = fact.terms.flatMap(({ coefficient, atom }) => {
    const other = coefficients.get(printAtom(atom));
    return other === undefined ? [] : [{ p: Math.abs(coefficient), q: other * Math.sign(coefficient) }];
  });
  return [{ p: 1, q: 1 }, { p: 1, q: -1 }, ...found];
}

/** The ranges, with what the facts say of the insides of the quotients and remainders of `a`. */
function withQuotients(a: Affine, facts: Facts): Ranges {
  if (facts.notNegative.length === 0) return facts.ranges;
  let ranges = facts.ranges;
  for (const { atom } of a.terms) {
    if (atom.kind === 'index') continue;
    const inside = boundsUnder(atom.of, facts);
    const low = Math.floor(inside.min / atom.by);
    const high = Math.floor(inside.max / atom.by);
    const range = { min: low, max: high };
    if (atom.kind === 'mod') {
      if (low !== high || !Number.isFinite(low)) continue;
      range.min = inside.min - low * atom.by;
      range.max = inside.max - low * atom.by;
    }
    const known = ranges.get(printAtom(atom)) ?? range;
    const both = { min: Math.max(known.min, range.min), max: Math.min(known.max, range.max) };
    ranges = new Map(ranges).set(printAtom(atom), both);
  }
  return ranges;
}

/** Whether `condition` always holds, or never, where the facts hold; undefined where they do not tell. */
export function decide(condition: Expr, facts: Facts): boolean | undefined {
  const done = new Map<Expr, boolean | undefined>();
  const decideOnce = (part: Expr): boolean | undefined => {
    if (!done.has(part)) done.set(part, decided(part, facts, decideOnce));
    return done.get(part);
  };
  return decideOnce(condition);
}

function decided(
  condition: Expr,
  facts: Facts,
  decide: (part: Expr) => boolean | undefined,
): boolean | undefined {
  if (condition.kind === 'constant') return condition.value !== 0;
  if (condition.kind !== 'call') return undefined;
  const [a, b] = condition.operands;
  if (condition.fn === 'not') {
    const known = decide(a!);
    return known === undefined ? undefined : !known;
  }
  if (condition.fn === 'and' || condition.fn === 'or') {
    const [x, y] = [decide(a!), decide(b!)];
    const settles = condition.fn === 'or';
    if (x === settles || y === settles) return settles;
    return x === undefined || y === undefined ? undefined : !settles;
  }
  const [x, y] = [a === undefined ? undefined : asAffine(a), b === undefined ? undefined : asAffine(b)];
  if (x === undefined || y === undefined) return undefined;
  const { min, max } = boundsUnder(subtract(x, y), facts);
  switch (condition.fn) {
    case 'less':
      return max < 0 ? true : min >= 0 ? false : undefined;
    case 'less_equal':
      return max <= 0 ? true : min > 0 ? false : undefined;
    case 'greater':
      return min > 0 ? true : max <= 0 ? false : undefined;
    case 'greater_equal':
      return min >= 0 ? true : max < 0 ? false : undefined;
    case 'equal':
      return min === 0 && max === 0 ? true : apart(x, y, min, max) ? false : undefined;
    case 'not_equal':
      return min === 0 && max === 0 ? false : apart(x, y, min, max) ? true : undefined;
    default:
      return undefined;
  }
}

/** Never equal: by the bounds of the difference, or because it is never divisible by its common factor. */
function apart(x: Affine, y: Affine, min: number, max: number): boolean {
  if (min > 0 || max < 0) return true;
  const difference = subtract(x, y);
  const factor = difference.terms.reduce(
    (divisor, { coefficient }) => greatestCommonDivisor(divisor, coefficient),
    0,
  );
  return factor > 1 && difference.constant % factor !== 0;
}
