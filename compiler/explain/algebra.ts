/**
 * A formula in; the same as a sum of products of powers, with equal factors cancelled, common ones taken out and
 * known quotients named, out.
 *
 * `e[b, c] / S[b]` is the product `e^1 S^-1`; where the model has an equation `y[b, c] = e[b, c] / S[b]`, it is
 * `y[b, c]`. A sum over a one-hot factor `[t[b] == c]` is its one term.
 */
import type { Formula, Line, ReduceFormula, TensorFormula } from './explanation.ts';
import { type Factor, formulaOf, isNearly, type Term } from './products.ts';
import { freeIndices, keyOf, match, plainName, substitute } from './rewrite.ts';
import { formulaText } from './text.ts';

/** A product of powers that has a name. */
export interface KnownQuotient {
  readonly tensor: TensorFormula;
  readonly variables: ReadonlySet<string>;
  /** Those with most index variables first. */
  readonly factors: readonly Factor[];
  /** It is the product of its factors where these hold, and 0 elsewhere. */
  readonly where: readonly Formula[];
  /** The conditions outside of which it is 0, those of its factors among them. */
  readonly vanishes: readonly Formula[];
  readonly rule: string;
  /** Where the model has no such equation. */
  readonly definition?: Line;
}

export interface Algebra {
  readonly known: readonly KnownQuotient[];
  /** Whether a product of sums becomes a sum of products. */
  readonly distribute: boolean;
  /** Conditions that hold all around, by their keys. */
  readonly given?: ReadonlySet<string>;
  /** Whether a sum of several terms becomes several sums; then it may be asked which of them are 0 … */
  readonly spread?: boolean;
  /** … because this factor, summed over these indices, is. */
  readonly addsUpToZero?: (factor: Formula, over: ReadonlySet<string>) => boolean;
  /** Collects what was done. */
  readonly rules: Set<string>;
  readonly used: Set<KnownQuotient>;
}

/** One that knows nothing. */
export const plainAlgebra = (): Algebra => ({
  known: [],
  distribute: false,
  rules: new Set(),
  used: new Set(),
});

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
  return collected(
    terms.map((term) => pinned(absorbed(named(term, algebra), algebra), algebra)),
    algebra,
  );
}

function rawTerms(formula: Formula, algebra: Algebra): readonly Term[] {
  if (formula.kind === 'number') return constantTerm(formula.value);
  if (formula.kind === 'choice') return choiceTerms(formula, algebra);
  if (formula.kind === 'named' && formula.name === 'sigmoid') return sigmoidTerms(formula.operand, algebra);
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
    case 'multiply': {
      const before = first();
      return product(before, termsOf(b!, whereHolds(conditionsOf(before), algebra)), algebra);
    }
    case 'divide': {
      const below = second();
      const inverse = below.length === 1 ? [raised(below[0]!, -1)] : atom(formulaOf(below, algebra), -1);
      return product(first(), inverse, algebra);
    }
    case 'expm1':
      return [...atom({ ...formula, fn: 'exp' }), ...constantTerm(-1)];
    case 'power': {
      const base = b?.kind === 'number' && Number.isInteger(b.value) && b.value !== 0 ? first() : [];
      return base.length === 1 && b?.kind === 'number' ? [raised(base[0]!, b.value)] : atom(formula);
    }
    default:
      return atom(formula);
  }
}

export const reflection = 'sigmoid(-x) = 1 - sigmoid(x)';

/** Of what is negated, it is what the sigmoid lacks to 1. */
function sigmoidTerms(operand: Formula, algebra: Algebra): readonly Term[] {
  const sigmoid = (of: Formula): Formula => ({ kind: 'named', name: 'sigmoid', operand: of });
  if (operand.kind !== 'call' || operand.fn !== 'negate') return atom(sigmoid(operand));
  algebra.rules.add(reflection);
  return [...constantTerm(1), ...scaled(atom(sigmoid(operand.operands[0]!)), -1)];
}

/** `if c then x else 0` is `[c] * x`. */
function choiceTerms(
  { condition, then, otherwise }: Extract<Formula, { kind: 'choice' }>,
  algebra: Algebra,
): readonly Term[] {
  const choiceOf = (then: Formula, otherwise: Formula): Formula => ({
    kind: 'choice',
    condition,
    then,
    otherwise,
  });
  if (otherwise.kind !== 'number' || otherwise.value !== 0)
    return atom(choiceOf(normalise(then, algebra), normalise(otherwise, algebra)));
  const value = termsOf(then, whereHolds([condition], algebra));
  return value.length === 1
    ? product(value, atom({ kind: 'indicator', condition }), algebra)
    : atom(choiceOf(then, otherwise));
}

const whereHolds = (conditions: readonly Formula[], algebra: Algebra): Algebra =>
  conditions.length === 0
    ? algebra
    : { ...algebra, given: new Set([...(algebra.given ?? []), ...conditions.map(keyOf)]) };

/** The conditions outside of which a product is 0. */
const conditionsOf = (terms: readonly Term[]): readonly Formula[] => {
  const [only, ...more] = terms;
  if (only === undefined || more.length > 0) return [];
  return [...only.factors.values()].flatMap(({ formula, exponent }) =>
    formula.kind === 'indicator' && exponent > 0 ? [formula.condition] : [],
  );
};

function sumTerms(sum: ReduceFormula, algebra: Algebra): readonly Term[] {
  const body = termsOf(sum.body, algebra);
  const [only] = body;
  if (only === undefined) return [];
  if (body.length > 1) {
    if (!algebra.spread) return atom({ ...sum, body: formulaOf(body, algebra) });
    return body.flatMap((term) => sumTerms({ ...sum, body: formulaOf([term], algebra) }, algebra));
  }
  const hot = oneTerm(sum, only, algebra);
  if (hot !== undefined) return hot;
  const bound = new Set(sum.indices.map(({ name }) => name));
  const depends = ({ formula }: Factor): boolean => [...freeIndices(formula)].some((name) => bound.has(name));
  const inside = [...only.factors].filter(([, factor]) => depends(factor));
  const outside = [...only.factors].filter(([, factor]) => !depends(factor));
  const [alone] = inside;
  if (inside.length === 1 && alone![1].exponent === 1 && sum.guards.length === 0) {
    if (algebra.addsUpToZero?.(alone![1].formula, bound)) {
      algebra.rules.add('distances from a mean add up to 0');
      return [];
    }
  }
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
    // Once 1 or 0 is as good as twice.
    if (formula.kind === 'indicator' && before > 0 && exponent > 0) continue;
    if (before * exponent < 0) algebra.rules.add('equal factors cancel');
    if (before * exponent > 0) algebra.rules.add('equal factors make a power');
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

export const likeTerms = 'like terms are added';

/** Like terms added. */
function collected(terms: readonly Term[], { rules }: Algebra): readonly Term[] {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = signature(term);
    const before = sums.get(key);
    if (before !== undefined) rules.add(likeTerms);
    sums.set(
      key,
      before === undefined ? term : { ...term, coefficient: addedUp(before.coefficient, term.coefficient) },
    );
  }
  return [...sums.values()].filter(({ coefficient }) => coefficient !== 0);
}

const addedUp = (a: number, b: number): number => (isNearly(a, -b) ? 0 : a + b);

/** The term with every known quotient under its name. */
function named(term: Term, algebra: Algebra): Term {
  for (const known of algebra.known) {
    const [first, ...others] = known.factors;
    if (first === undefined) continue;
    for (const factor of term.factors.values()) {
      if (factor.exponent * first.exponent <= 0) continue;
      const found = match(first.formula, factor.formula, known.variables);
      if (found === undefined) continue;
      const conditions = known.where
        .map((condition) => substitute(condition, found))
        .filter((condition) => !(algebra.given?.has(keyOf(condition)) ?? false));
      const all = [
        { formula: factor.formula, exponent: first.exponent },
        ...others.map(at(found)),
        ...conditions.map(
          (condition): Factor => ({ formula: { kind: 'indicator', condition }, exponent: 1 }),
        ),
      ];
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

/** What is 0 elsewhere needs no bracket that says so, unless something is divided by what is 0 there, too. */
function absorbed(term: Term, algebra: Algebra): Term {
  if ([...term.factors.values()].some(({ exponent }) => exponent < 0)) return term;
  for (const { formula, exponent } of term.factors.values()) {
    for (const known of algebra.known) {
      const { tensor, variables, vanishes } = known;
      if (exponent < 0 || vanishes.length === 0) continue;
      const found = match(tensor, formula, variables);
      if (found === undefined) continue;
      for (const condition of vanishes) {
        const key = keyOf({ kind: 'indicator', condition: substitute(condition, found) });
        if (!term.factors.has(key)) continue;
        algebra.rules.add(`${formulaText(formula)} is 0 elsewhere`);
        algebra.used.add(known);
        return absorbed(
          { ...term, factors: new Map([...term.factors].filter(([own]) => own !== key)) },
          algebra,
        );
      }
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
