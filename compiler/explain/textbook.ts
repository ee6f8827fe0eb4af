/**
 * The adjoint of what a model standardises in; its textbook form out.
 *
 * Batch normalisation sends an adjoint back on three ways, through the value, its mean and its variance, and the chain
 * rule gives an equation for each. Between the adjoint that all of them come from and the one where they meet again, all
 * is written out, multiplied out, and what is 0 goes: `(d.y - mean d.y - xhat * mean(d.y * xhat)) / deviation` is left.
 */

import { countPoints } from '../../runtime/extents.ts';
import { average } from '../ir/reducers/adding.ts';
import { type Algebra, type KnownQuotient, termsOf } from './algebra.ts';
import type { Change, Formula, Line, ReduceFormula } from './explanation.ts';
import { formulaOf, type Term } from './products.ts';
import { sumOf, withoutTerm } from './residual.ts';
import { plainName, sizeOf, tensorsOf, writeOut } from './rewrite.ts';
import { addsUpToZero, type Standardised, withStandardised } from './standardised.ts';
import { formulaText } from './text.ts';

/** All adjoints, each after those that it is made of: what is between one and the last that all of it comes from. */
export interface Diamond {
  readonly top: string;
  /** In their order, without both ends. */
  readonly inner: readonly string[];
}

/** More adjoints than this, or more to read, are written out for nobody. */
const mostInner = 8;
const largest = 400;

/** Of each adjoint at which several ways meet. `names` is in order; what comes from another step of a recurrence begins there. */
export function diamonds(
  names: readonly string[],
  lines: ReadonlyMap<string, Line>,
  skips: ReadonlyMap<string, string>,
): ReadonlyMap<string, Diamond> {
  const place = new Map(names.map((name, k) => [name, k] as const));
  const sources = names.map((name) => adjointsIn(lines.get(name)!.right));
  /** What every way from the loss, or from another step, to an adjoint goes through. */
  const through: ReadonlySet<string>[] = [];
  const own = new Map<string, Diamond>();
  const found = new Map<string, Diamond>();
  for (const [k, name] of names.entries()) {
    const reaching = (source: string): ReadonlySet<string> => through[place.get(source)!] ?? new Set();
    through.push(new Set([...commonOf(sources[k]!.map(reaching)), name]));
    // What a residual connection sends has nothing to do with what its branch normalises.
    const branch = sources[k]!.filter((source) => source !== skips.get(name));
    const common = commonOf(branch.map(reaching));
    const top = common.reduce<string | undefined>(
      (last, one) => (last === undefined || place.get(one)! > place.get(last)! ? one : last),
      undefined,
    );
    if (top === undefined) continue;
    own.set(name, { top, inner: between(branch, top, names, sources, place) });
    const diamond = together(own, name);
    if (diamond.inner.length >= 2 && diamond.inner.length <= mostInner) found.set(name, diamond);
  }
  return found;
}

/** Where the distance from a mean has a name, the ways through the variance meet there, and that through the mean after it. */
function together(own: ReadonlyMap<string, Diamond>, name: string): Diamond {
  const last = own.get(name)!;
  const first = own.get(last.top);
  const isPair = last.inner.length === 1 && first?.inner.length === 1;
  return isPair ? { top: first.top, inner: [...first.inner, last.top, ...last.inner] } : last;
}

function between(
  branch: readonly string[],
  top: string,
  names: readonly string[],
  sources: readonly (readonly string[])[],
  place: ReadonlyMap<string, number>,
): readonly string[] {
  const inner = new Set<string>();
  const open = [...branch];
  while (open.length > 0 && inner.size <= mostInner) {
    const source = open.pop()!;
    if (source === top || inner.has(source)) continue;
    inner.add(source);
    open.push(...sources[place.get(source)!]!);
  }
  return names.filter((one) => inner.has(one));
}

const commonOf = ([first, ...more]: readonly ReadonlySet<string>[]): readonly string[] =>
  [...(first ?? [])].filter((one) => more.every((set) => set.has(one)));

const adjointsIn = (formula: Formula): readonly string[] => [
  ...new Set(tensorsOf(formula).flatMap(({ name, adjointOf }) => (adjointOf === undefined ? [] : [name]))),
];

/**
 * The equations that only move elements along whole axes, each with what it is a view of in the end. One that cuts an axis
 * into groups has letters of its own, and keeps its name.
 */
export function viewsIn(lines: readonly Line[]): ReadonlyMap<string, Line> {
  const views = new Map<string, Line>();
  for (const line of lines) {
    if (line.right.kind !== 'tensor' || !line.right.indices.every(isWholeAxis)) continue;
    views.set(line.left.name, { ...line, right: writeOut(line.right, views, new Set()) });
  }
  return views;
}

const isWholeAxis = (index: Formula): boolean => index.kind === 'number' || plainName(index) !== undefined;

export interface Textbook {
  readonly change: Change;
  readonly definitions: readonly Line[];
}

/** What has a name in the model, or gets one. */
export interface Recognised {
  readonly views: ReadonlyMap<string, Line>;
  readonly known: readonly KnownQuotient[];
  readonly standardised: readonly Standardised[];
  /** Of an adjoint at a residual connection: the one that it gets as it is. */
  readonly skips: ReadonlyMap<string, string>;
}

/** Candidates, the one with least to read first; each has still to be checked. */
export function textbookForms(
  given: Line,
  diamond: Diamond,
  lines: ReadonlyMap<string, Line>,
  { views, known, standardised, skips }: Recognised,
): readonly Textbook[] {
  const skip = skips.get(given.left.name);
  const parts = skip === undefined ? undefined : withoutTerm(given.right, skip);
  const line = parts === undefined ? given : { ...given, right: parts.rest };
  const top = lines.get(diamond.top);
  const isFactor = top !== undefined && sizeOf(top.right) <= 5 && adjointsIn(top.right).length === 1;
  const tops = isFactor && top.right.kind === 'call' && top.right.fn === 'multiply' ? [diamond.top] : [];
  const names = [...tops, ...diamond.inner];
  const made = writtenOut(line, names, lines);
  if (made === undefined) return [];
  const whole = writeOut(made, views, new Set(line.indices.map(({ name }) => name)));
  const forms = standardised.flatMap((one): readonly Textbook[] => {
    const with_ = withStandardised(whole, one);
    if (formulaText(with_) === formulaText(whole)) return [];
    const rules = new Set([
      `${names.join(', ')} written out`,
      `${formulaText(one.distance)} is ${formulaText(one.tensor)} * ${formulaText(one.deviation)}`,
    ]);
    const algebra: Algebra = {
      known,
      distribute: true,
      spread: true,
      addsUpToZero: (factor, over) => addsUpToZero(factor, over, one),
      rules,
      used: new Set(),
    };
    const terms = termsOf(with_, algebra);
    if (!rules.has('distances from a mean add up to 0')) return [];
    const [means, sums] = [terms.map(withMeans), terms].map((form) =>
      formulaOf([...form].sort(shorterFirst), algebra),
    ) as [Formula, Formula];
    const branch = sizeOf(means) <= sizeOf(sums) ? means : sums;
    const isUsed = tensorsOf(branch).some(({ name }) => name === one.tensor.name);
    const definitions = one.definition !== undefined && isUsed ? [one.definition] : [];
    const right = parts === undefined ? branch : sumOf([parts.term, branch]);
    return [{ change: { rules: [...rules], right }, definitions }];
  });
  return [...forms].sort((a, b) => sizeOf(a.change.right) - sizeOf(b.change.right));
}

const shorterFirst = (a: Term, b: Term): number => lengthOf(a) - lengthOf(b);
const lengthOf = ({ factors }: Term): number =>
  [...factors.values()].reduce((sum, { formula }) => sum + sizeOf(formula), 0);

/** The line with the adjoints of these names in place, those that they are made of within them. */
function writtenOut(
  line: Line,
  names: readonly string[],
  lines: ReadonlyMap<string, Line>,
): Formula | undefined {
  const whole = new Map<string, Line>();
  const inPlace = ({ right, indices }: Line): Formula =>
    writeOut(right, whole, new Set(indices.map(({ name }) => name)));
  for (const name of names) {
    const one = lines.get(name)!;
    const right = inPlace(one);
    if (sizeOf(right) > largest) return undefined;
    whole.set(name, { ...one, right });
  }
  const result = inPlace(line);
  return sizeOf(result) > largest ? undefined : result;
}

/** `1/5 * sum[b] …` over 5 as a mean. */
function withMeans(term: Term): Term {
  let { coefficient } = term;
  const factors = [...term.factors].map(([key, factor]) => {
    const { formula, exponent } = factor;
    if (formula.kind !== 'reduce' || formula.by !== 'sum' || formula.guards.length > 0 || exponent !== 1)
      return [key, factor] as const;
    const whole = coefficient * countPoints(formula.indices);
    coefficient = Math.abs(whole - Math.round(whole)) < 1e-12 ? Math.round(whole) : whole;
    const mean: ReduceFormula = { ...formula, by: average };
    return [`mean ${key}`, { formula: mean, exponent }] as const;
  });
  return { coefficient, factors: new Map(factors) };
}
