/**
 * A formula in; the same as a sum of products of powers, with equal factors cancelled, common ones taken out and
 * known quotients named, out.
 *
 * `e[b, c] / S[b]` is the product `e^1 S^-1`; where the model has an equation `y[b, c] = e[b, c] / S[b]`, it is
 * `y[b, c]`. A sum over a one-hot factor `[t[b] == c]` is its one term.
 */
import type { Formula, Line, ReduceFormula, TensorFormula } from './explanation.ts';
import { freeIndices, keyOf, match, number, plainName, substitute } from './rewrite.ts';
import { formulaText, quotientOf } from './text.ts';

/** A product of powers that has a name. */
export interface KnownQuotient {
  readonly tensor: TensorFormula;
  readonly variables: ReadonlySet<string>;
  /** Those with most index variables first. */
  readonly factors: readonly Factor[];
  readonly rule: string;
  /** Where the model has no such equation. */
  readonly definition?: Line;
}

export interface Factor {
  readonly formula: Formula;
  /** A whole number, not 0. */
  readonly exponent: number;
}

export interface Term {
  readonly coefficient: number;
  readonly factors: ReadonlyMap<string, Factor>;
}

export interface Algebra {
  readonly known: readonly KnownQuotient[];
  /** Whether a product of sums becomes a sum of products. */
  readonly distribute: boolean;
  /** Collects what was done. */
  readonly rules: Set<string>;
  readonly used: Set<KnownQuotient>;
}

export const normalise = (formula: Formula, algebra: Algebra): Formula => {
  const result = formulaOf(termsOf(formula, algebra), algebra);
  return keyOf(result) === keyOf(formula) ? formula : result;
};

const constantTerm = (coefficient: number): readonly Term[] =>
  coefficient === 0 ? [] : [{ coefficient, factors: new Map() }];
const atom = (formula: Formula, exponent = 1): readonly Term[] => [
  { coefficient: 1, factors: new Map([[keyOf(formula), { formula, exponent }]]) },
];

/** The terms of a formula, known quotients named. */
export function termsOf(formula: Formula, algebra: Algebra): readonly Term[] {
  const terms = rawTerms(formula, algebra);
  return collected(terms.map((term) => pinned(named(term, algebra), algebra)));
}

function rawTerms(formula: Formula, algebra: Algebra): readonly Term[] {
  if (formula.kind === 'number') return constantTerm(formula.value);
  if (formula.kind === 'choice') return choiceTerms(formula, algebra);
  if (formula.kind === 'reduce' && formula.by === 'sum') return sumTerms(formula, algebra);
  if (formula.kind !== 'call' || formula.dtype !== 'f32') return atom(formula);
  const [a, b] = formula.operands;
  const first = (): readonly Term[] => termsOf(a!, algebra);
  const second = (): readonly Term[] => termsOf(b!, algebra);
  switch (formula.fn) {
    case 'add':
      return [...first(), ...second()];
    case 'subtract':
      return [...first(), ...scaled(second(), -1)];
    case 'negate':
      return scaled(first(), -1);
    case 'multiply':
      return product(first(), second(), algebra);
    case 'divide': {
      const below = second();
      const inverse = below.length === 1 ? [raised(below[0]!, -1)] : atom(formulaOf(below, algebra), -1);
      return product(first(), inverse, algebra);
    }
    case 'power': {
      const base = b?.kind === 'number' && Number.isInteger(b.value) && b.value !== 0 ? first() : [];
      return base.length === 1 && b?.kind === 'number' ? [raised(base[0]!, b.value)] : atom(formula);
    }
    default:
      return atom(formula);
  }
}

/** `if c then x else 0` is `[c] * x`. */
function choiceTerms(
  { condition, then, otherwise }: Extract<Formula, { kind: 'choice' }>,
  algebra: Algebra,
): readonly Term[] {
  const whole = { kind: 'choice', condition, then, otherwise } as const;
  if (otherwise.kind !== 'number' || otherwise.value !== 0) return atom(whole);
  const value = termsOf(then, algebra);
  return value.length === 1 ? product(value, atom({ kind: 'indicator', condition }), algebra) : atom(whole);
}

function sumTerms(sum: ReduceFormula, algebra: Algebra): readonly Term[] {
  const body = termsOf(sum.body, algebra);
  const [only] = body;
  if (only === undefined) return [];
  if (body.length > 1) return atom({ ...sum, body: formulaOf(body, algebra) });
  const hot = oneTerm(sum, only, algebra);
  if (hot !== undefined) return hot;
  const bound = new Set(sum.indices.map(({ name }) => name));
  const depends = ({ formula }: Factor): boolean => [...freeIndices(formula)].some((name) => bound.has(name));
  const inside = [...only.factors].filter(([, factor]) => depends(factor));
  const outside = [...only.factors].filter(([, factor]) => !depends(factor));
  if (inside.length === 0) return atom({ ...sum, body: formulaOf(body, algebra) });
  if (outside.length > 0) algebra.rules.add('a factor that the sum does not run over stands before it');
  const rest: ReduceFormula = {
    ...sum,
    body: formulaOf([{ coefficient: 1, factors: new Map(inside) }], algebra),
  };
  return product([{ coefficient: only.coefficient, factors: new Map(outside) }], atom(rest), algebra);
}

/** `sum[c] [t[b] == c] * f[c]` is `f[t[b]]`. */
function oneTerm(sum: ReduceFormula, body: Term, algebra: Algebra): readonly Term[] | undefined {
  const bound = new Map(sum.indices.map((index) => [index.name, index] as const));
  const conditions = [
    ...[...body.factors.values()].flatMap(({ formula, exponent }) =>
      formula.kind === 'indicator' && exponent === 1 ? [formula.condition] : [],
    ),
    ...sum.guards,
  ];
  for (const condition of conditions) {
    if (condition.kind !== 'call' || condition.fn !== 'equal') continue;
    for (const [side, position] of [condition.operands, [...condition.operands].reverse()]) {
      const name = plainName(side!);
      if (name === undefined || !bound.has(name) || position!.kind !== 'tensor') continue;
      if ([...freeIndices(position!)].some((inner) => bound.has(inner))) continue;
      algebra.rules.add('of a sum over a one-hot factor one term is left');
      const at = new Map([[name, position!]]);
      const same = keyOf(condition);
      const factors = [...body.factors.values()].filter(
        ({ formula }) => formula.kind !== 'indicator' || keyOf(formula.condition) !== same,
      );
      const guards = sum.guards
        .filter((guard) => keyOf(guard) !== same)
        .map((guard) => substitute(guard, at));
      const indices = sum.indices.filter((index) => index.name !== name);
      const rest = factors.reduce<readonly Term[]>(
        (terms, { formula, exponent }) =>
          product(terms, powerOf(substitute(formula, at), exponent, algebra), algebra),
        constantTerm(body.coefficient),
      );
      if (indices.length === 0 && guards.length === 0) return rest;
      if (indices.length === 0) return undefined;
      return sumTerms({ ...sum, indices, guards, body: formulaOf(rest, algebra) }, algebra);
    }
  }
  return undefined;
}

const powerOf = (formula: Formula, exponent: number, algebra: Algebra): readonly Term[] => {
  const terms = termsOf(formula, algebra);
  return terms.length === 1 ? [raised(terms[0]!, exponent)] : atom(formula, exponent);
};

const scaled = (terms: readonly Term[], by: number): readonly Term[] =>
  terms.map(({ coefficient, factors }) => ({ coefficient: coefficient * by, factors }));

const raised = ({ coefficient, factors }: Term, power: number): Term => ({
  coefficient: coefficient ** power,
  factors: new Map(
    [...factors].map(
      ([key, { formula, exponent }]) => [key, { formula, exponent: exponent * power }] as const,
    ),
  ),
});

function product(left: readonly Term[], right: readonly Term[], algebra: Algebra): readonly Term[] {
  if (!algebra.distribute && left.length > 1) return product(atom(formulaOf(left, algebra)), right, algebra);
  if (!algebra.distribute && right.length > 1) return product(left, atom(formulaOf(right, algebra)), algebra);
  return left.flatMap((a) => right.map((b) => times(a, b, algebra)));
}

function times(a: Term, b: Term, algebra: Algebra): Term {
  const factors = new Map(a.factors);
  for (const [key, { formula, exponent }] of b.factors) {
    const before = factors.get(key)?.exponent ?? 0;
    if (before * exponent < 0) algebra.rules.add('equal factors cancel');
    if (before + exponent === 0) factors.delete(key);
    else factors.set(key, { formula, exponent: before + exponent });
  }
  return { coefficient: a.coefficient * b.coefficient, factors };
}

const signature = ({ factors }: Term): string =>
  [...factors]
    .map(([key, { exponent }]) => `${key}^${exponent}`)
    .sort()
    .join(' ');

/** Like terms added. */
function collected(terms: readonly Term[]): readonly Term[] {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = signature(term);
    const before = sums.get(key);
    sums.set(
      key,
      before === undefined ? term : { ...term, coefficient: before.coefficient + term.coefficient },
    );
  }
  return [...sums.values()].filter(({ coefficient }) => coefficient !== 0);
}

/** The term with every known quotient under its name. */
function named(term: Term, algebra: Algebra): Term {
  for (const known of algebra.known) {
    const [first, ...others] = known.factors;
    if (first === undefined) continue;
    for (const factor of term.factors.values()) {
      if (factor.exponent * first.exponent <= 0) continue;
      const found = match(first.formula, factor.formula, known.variables);
      if (found === undefined) continue;
      const all = [{ formula: factor.formula, exponent: first.exponent }, ...others.map(at(found))];
      if (!all.every((part) => holds(term, part))) continue;
      algebra.rules.add(known.rule);
      algebra.used.add(known);
      const tensor = substitute(known.tensor, found);
      const quotient = all.reduce<Term>(
        (rest, { formula, exponent }) =>
          times(rest, atom(formula, -exponent)[0]!, { ...algebra, rules: new Set() }),
        term,
      );
      return named(times(quotient, atom(tensor)[0]!, algebra), algebra);
    }
  }
  return term;
}

/** Where `[t[b] == c]` holds, c is t[b]: `[t[b] == c] * p[b, c] / p[b, t[b]]` is `[t[b] == c]`. */
function pinned(term: Term, algebra: Algebra): Term {
  for (const { formula } of term.factors.values()) {
    if (formula.kind !== 'indicator' || formula.condition.kind !== 'call' || formula.condition.fn !== 'equal')
      continue;
    const { operands } = formula.condition;
    for (const [side, position] of [operands, [...operands].reverse()]) {
      const name = plainName(side!);
      if (name === undefined || position!.kind !== 'tensor') continue;
      const quiet: Algebra = { ...algebra, rules: new Set() };
      const key = keyOf(formula);
      const moved = [...term.factors].reduce<Term>(
        (rest, [own, factor]) => {
          const there =
            own === key ? factor.formula : substitute(factor.formula, new Map([[name, position!]]));
          return times(
            rest,
            { coefficient: 1, factors: new Map([[keyOf(there), { ...factor, formula: there }]]) },
            quiet,
          );
        },
        { coefficient: term.coefficient, factors: new Map() },
      );
      if (moved.factors.size >= term.factors.size) continue;
      algebra.rules.add(`where ${formulaText(formula)} holds, ${name} is ${formulaText(position!)}`);
      return moved;
    }
  }
  return term;
}

const at =
  (found: ReadonlyMap<string, Formula>) =>
  ({ formula, exponent }: Factor): Factor => ({ formula: substitute(formula, found), exponent });

/** Does the term have this power, of the same sign? */
const holds = ({ factors }: Term, { formula, exponent }: Factor): boolean => {
  const own = factors.get(keyOf(formula))?.exponent ?? 0;
  return own * exponent > 0 && Math.abs(own) >= Math.abs(exponent);
};

// ---------------------------------------------------------------- back to formulas

type Operator = 'add' | 'subtract' | 'multiply' | 'divide' | 'power' | 'negate';
const call = (fn: Operator, ...operands: readonly Formula[]): Formula => ({
  kind: 'call',
  fn,
  dtype: 'f32',
  operands,
});

/** The terms as a formula: what they have in common before them, those that are added first. */
export function formulaOf(terms: readonly Term[], algebra: Algebra): Formula {
  const [first, ...more] = terms;
  if (first === undefined) return number(0);
  if (more.length === 0) return productOf(first.coefficient, [...first.factors.values()]);
  const size = Math.abs(first.coefficient);
  const outer = more.every(({ coefficient }) => Math.abs(coefficient) === size) ? size : 1;
  const common = [...first.factors].flatMap(([key, factor]) => {
    const shared = terms.map(({ factors }) => factors.get(key)?.exponent ?? 0);
    const least = Math.sign(factor.exponent) * Math.min(...shared.map(Math.abs));
    return least !== 0 && shared.every((exponent) => exponent * factor.exponent > 0)
      ? [[key, { formula: factor.formula, exponent: least }] as const]
      : [];
  });
  if (common.length > 0 || outer !== 1) algebra.rules.add('what all terms have in common stands before them');
  const inner = terms.map(({ coefficient, factors }): Term => {
    const rest = new Map(factors);
    for (const [key, { exponent }] of common) {
      const left = rest.get(key)!.exponent - exponent;
      if (left === 0) rest.delete(key);
      else rest.set(key, { formula: rest.get(key)!.formula, exponent: left });
    }
    return { coefficient: coefficient / outer, factors: rest };
  });
  const sum = sumOf(inner);
  if (common.length === 0 && outer === 1) return sum;
  return productOf(outer, [...common.map(([, factor]) => factor), { formula: sum, exponent: 1 }]);
}

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

function productOf(coefficient: number, factors: readonly Factor[]): Formula {
  const size = Math.abs(coefficient);
  const under = size < 1 ? (quotientOf(size) ?? shortQuotient(size)) : undefined;
  const power = ({ formula, exponent }: Factor): Formula => {
    const by = Math.abs(exponent);
    return by === 1 ? formula : call('power', formula, { kind: 'number', value: by, dtype: 'f32' });
  };
  const above = under === undefined ? size : under.over;
  const sums = factors.filter(({ formula }) => formula.kind === 'reduce');
  const ordered = [...factors.filter(({ formula }) => formula.kind !== 'reduce'), ...sums];
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

/** `1/4` where that is exact: a half stays 0.5 as a factor, but divides a sum. */
const shortQuotient = (size: number): { readonly over: number; readonly under: number } | undefined =>
  Number.isInteger(1 / size) && 1 / size > 2 ? { over: 1, under: 1 / size } : undefined;
