/**
 * Simplified adjoints in; the same as a reader would write them, out: what has a name is named, what is short is
 * written out in place.
 *
 * Nothing here is taken on trust: a form that does not agree with the adjoint's value is dropped.
 */

import type { Index } from '../ir/graph.ts';
import {
  type Algebra,
  type KnownQuotient,
  likeTerms,
  normalise,
  plainAlgebra,
  reflection,
  termsOf,
} from './algebra.ts';
import type { Derivation } from './derive.ts';
import type { Change, Formula, Line } from './explanation.ts';
import {
  freeIndices,
  holdsSum,
  indexOf,
  mapParts,
  match,
  plainName,
  sizeOf,
  substitute,
  tensorsOf,
  writeOut,
} from './rewrite.ts';
import type { Simplified } from './simplify-steps.ts';
import { distancesIn, type Standardised, standardisedIn } from './standardised.ts';
import { formulaText } from './text.ts';
import {
  type Diamond,
  diamonds,
  type Recognised,
  type Textbook,
  textbookForms,
  viewsIn,
} from './textbook.ts';
import type { Verifier } from './verify.ts';

export interface Reading {
  readonly changes: readonly Change[];
  readonly final: Line;
  readonly together?: { readonly names: readonly string[]; readonly right: Formula };
  readonly definitions: readonly Line[];
}

export interface ReadingRequest {
  readonly derivation: Derivation;
  readonly simplified: Simplified;
  readonly primalLines: readonly Line[];
  /** Of an adjoint at a residual connection: the one that it gets as it is. */
  readonly skips: ReadonlyMap<string, string>;
  /** Absent where nothing can be checked: then nothing is recognised. */
  readonly check: Verifier | undefined;
}

/** By the adjoint's name. */
export function readings(request: ReadingRequest): ReadonlyMap<string, Reading> {
  const { derivation, simplified, check, primalLines, skips } = request;
  const found = new Map<string, Reading>();
  const uses = countUses(simplified.final);
  const names = new Set(derivation.graph.nodes.map(({ name }) => name));
  const views = viewsIn(primalLines);
  const plainLines = withWrittenOut(primalLines, views);
  const distances = distancesIn(plainLines);
  const standardised = standardisedIn(withWrittenOut(plainLines, distances), names);
  const known = [...knownQuotients(primalLines, names), ...standardised.map(asQuotient)];
  const meeting =
    standardised.length === 0
      ? new Map<string, Diamond>()
      : diamonds([...simplified.final.keys()], simplified.final, skips);
  const defined = new Set<Line>();
  for (const { name } of derivation.adjoints) {
    const derived = simplified.derived.get(name)!;
    const plain = simplified.final.get(name)!;
    const all = simplified.changes.get(name)!;
    if (check === undefined) {
      found.set(name, { changes: all, final: plain, definitions: [] });
      continue;
    }
    check.require(derived, derived.right);
    check.require(plain, plain.right);
    const changes = all.filter(({ right }) => check.holds(derived, right));
    const define = (line: Line): void => {
      if (!defined.has(line)) check.define(line);
      defined.add(line);
    };
    const recognised = { views: new Map([...views, ...distances]), known, standardised, skips };
    const textbook = textbookReading(plain, changes, meeting.get(name), simplified.final, recognised);
    const holding = textbook.find(({ final, definitions }) => {
      for (const line of definitions) define(line);
      return check.holds(plain, final.right);
    });
    found.set(name, holding ?? readOne(plain, changes, found, uses, known, check, define));
  }
  return found;
}

const withWrittenOut = (lines: readonly Line[], known: ReadonlyMap<string, Line>): readonly Line[] =>
  lines.map((line) => ({
    ...line,
    right: writeOut(line.right, known, new Set(line.indices.map(({ name }) => name))),
  }));

/** Of an adjoint where the ways through a mean and a variance meet. */
const textbookReading = (
  plain: Line,
  changes: readonly Change[],
  diamond: Diamond | undefined,
  lines: ReadonlyMap<string, Line>,
  recognised: Recognised,
): readonly Reading[] =>
  diamond === undefined
    ? []
    : textbookForms(plain, diamond, lines, recognised).map(
        ({ change, definitions }: Textbook): Reading => ({
          changes: [...changes, change],
          final: { ...plain, right: change.right },
          definitions,
        }),
      );

/** Longer than this, a formula with others written out is no help. */
const longest = 84;
const lengthOf = (formula: Formula): number => formulaText(bare(formula)).length;
const isShort = (formula: Formula): boolean => lengthOf(formula) <= longest;

/** The path to a name, and an index for the batch and the head, make a formula no harder to read. */
function bare(formula: Formula): Formula {
  const inner = mapParts(formula, bare);
  if (inner.kind !== 'tensor') return inner;
  return { ...inner, name: inner.name.split('.').at(-1)!, indices: inner.indices.slice(-2) };
}

function readOne(
  plain: Line,
  changes: readonly Change[],
  before: ReadonlyMap<string, Reading>,
  uses: ReadonlyMap<string, number>,
  known: readonly KnownQuotient[],
  check: Verifier,
  define: (line: Line) => void,
): Reading {
  const inPlace = linesInPlace(plain, before, uses);
  const taken = new Set(plain.indices.map(({ name }) => name));
  const whole = inPlace.size === 0 ? plain.right : writeOut(plain.right, inPlace, taken);
  const own = known.filter(({ tensor }) => tensor.name !== plain.left.adjointOf);
  const best = shortest([plain.right, whole], own);
  const definitions = [...best.used].flatMap(({ definition }) =>
    definition === undefined ? [] : [definition],
  );
  const room = isNaming(best)
    ? Math.max(1.6 * sizeOf(plain.right), best.from === whole ? sizeOf(whole) - 1 : 0)
    : sizeOf(plain.right) - (best.rules.has(likeTerms) ? 0 : 1);
  const isReadable =
    isShort(best.formula) || (best.from === plain.right && lengthOf(best.formula) < lengthOf(plain.right));
  if (best.rules.size > 0 && sizeOf(best.formula) <= room && isReadable) {
    for (const line of definitions) define(line);
    if (check.holds(plain, best.formula)) {
      const written = best.from === plain.right ? [] : [...inPlace.keys()];
      const rules = [...(written.length === 0 ? [] : [`${written.join(', ')} written out`]), ...best.rules];
      const change: Change = { rules, right: best.formula };
      return { changes: [...changes, change], final: { ...plain, right: best.formula }, definitions };
    }
  }
  const written = inPlace.size === 0 ? undefined : leastToRead(whole);
  const shows = written !== undefined && isShort(written) && check.holds(plain, written);
  if (!shows) return { changes, final: plain, definitions: [] };
  return { changes, final: plain, together: { names: [...inPlace.keys()], right: written }, definitions: [] };
}

/** With like terms added and common factors before them, where that is shorter. */
function leastToRead(formula: Formula): Formula {
  const { formula: best } = shortest([formula], []);
  return sizeOf(best) < sizeOf(formula) ? best : formula;
}

/** The adjoints in a formula that are read nowhere else, or are as simple as a constant, and what they are. */
function linesInPlace(
  { right }: Line,
  before: ReadonlyMap<string, Reading>,
  uses: ReadonlyMap<string, number>,
): ReadonlyMap<string, Line> {
  const lines = new Map<string, Line>();
  for (const { name, adjointOf } of tensorsOf(right)) {
    const reading = before.get(name);
    if (adjointOf === undefined || reading === undefined) continue;
    const line =
      reading.together === undefined ? reading.final : { ...reading.final, right: reading.together.right };
    const isSimple =
      sizeOf(line.right) <= 8 &&
      !holdsSum(line.right) &&
      tensorsOf(line.right).every((t) => t.adjointOf === undefined);
    if (right.kind === 'reduce' && holdsSum(line.right)) continue;
    const isCopyOfRead = right.kind === 'tensor';
    const isWritten = uses.get(name) === 1 || isSimple || isOneHot(line.right) || isCopyOfRead;
    if (isWritten && isShort(line.right)) {
      lines.set(name, line);
    }
  }
  return lines;
}

/** At one position a single value, else 0: what a cross-entropy sends back, for one. */
function isOneHot(formula: Formula): boolean {
  if (formula.kind !== 'choice' || formula.otherwise.kind !== 'number' || formula.otherwise.value !== 0)
    return false;
  const { condition, then } = formula;
  const isAtData =
    condition.kind === 'call' &&
    condition.fn === 'equal' &&
    condition.operands.some(({ kind }) => kind === 'tensor') &&
    condition.operands.some((operand) => plainName(operand) !== undefined);
  return isAtData && sizeOf(then) <= 3;
}

/** In how many adjoints each adjoint is read. */
function countUses(lines: ReadonlyMap<string, Line>): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const { right } of lines.values()) {
    for (const name of new Set(tensorsOf(right).map((tensor) => tensor.name))) {
      uses.set(name, (uses.get(name) ?? 0) + 1);
    }
  }
  return uses;
}

interface Candidate {
  readonly formula: Formula;
  readonly from: Formula;
  readonly rules: ReadonlySet<string>;
  readonly used: ReadonlySet<KnownQuotient>;
}

/** Is there a name in it that the textbook gives? Then it may be somewhat longer. */
const isNaming = ({ used, rules }: Candidate): boolean =>
  rules.has(reflection) || [...used].some(({ factors }) => factors.some(({ exponent }) => exponent < 0));

/** The normal form with least to read; one that names a quotient before others. */
function shortest(formulas: readonly Formula[], known: readonly KnownQuotient[]): Candidate {
  const candidates = formulas.flatMap((from) =>
    [false, true].map((distribute): Candidate => {
      const algebra: Algebra = { known, distribute, rules: new Set(), used: new Set() };
      const formula = normalise(from, algebra);
      return { formula, from, rules: algebra.rules, used: algebra.used };
    }),
  );
  const naming = candidates.filter(isNaming);
  const eligible = naming.length > 0 ? naming : candidates;
  return eligible.reduce((best, next) => (sizeOf(next.formula) < sizeOf(best.formula) ? next : best));
}

/** A formula of these indices with like terms added and equal factors cancelled, where that leaves less to read. */
export function plainest(formula: Formula, indices: readonly Index[], check: Verifier | undefined): Formula {
  const { formula: best, rules } = shortest([formula], []);
  const room = sizeOf(formula) - (rules.has(likeTerms) ? 0 : 1);
  return sizeOf(best) <= room && check?.agree(indices, formula, best) === true ? best : formula;
}

// ---------------------------------------------------------------- quotients with a name

/** Equations of the model that are quotients, or exponentials where something holds, and the softmax of every sum of exponentials. */
function knownQuotients(lines: readonly Line[], names: ReadonlySet<string>): readonly KnownQuotient[] {
  const own: KnownQuotient[] = [];
  for (const line of lines) own.push(...quotientLine(line, own));
  const softmax: KnownQuotient[] = [];
  const taken = new Set(names);
  for (const line of lines) {
    const made = softmaxOf(line, taken);
    if (made === undefined) continue;
    softmax.push(made);
    taken.add(made.tensor.name);
  }
  return [...own, ...softmax];
}

/** `(x - m) / sqrt(v + eps)` under its name. */
function asQuotient({ tensor, definition, distance, deviation }: Standardised): KnownQuotient {
  const variables = freeIndices(tensor);
  const [above, below] = [distance, deviation].map((formula) => normalise(formula, plainAlgebra()));
  return {
    tensor,
    variables,
    factors: [
      { formula: above!, exponent: 1 },
      { formula: below!, exponent: -1 },
    ],
    where: [],
    vanishes: [],
    rule: `${formulaText(distance)} is ${formulaText(tensor)} * ${formulaText(deviation)}`,
    ...(definition && { definition }),
  };
}

/** `before` are those of earlier equations: the factors of this one may vanish where they do. */
function quotientLine(
  { left, indices, right }: Line,
  before: readonly KnownQuotient[],
): readonly KnownQuotient[] {
  const [term, ...others] = termsOf(right, plainAlgebra());
  if (term === undefined || others.length > 0 || term.coefficient !== 1) return [];
  const variables = new Set(indices.map(({ name }) => name));
  const count = (formula: Formula): number =>
    [...freeIndices(formula)].filter((name) => variables.has(name)).length;
  const all = [...term.factors.values()];
  const where = all.flatMap(({ formula }) => (formula.kind === 'indicator' ? [formula.condition] : []));
  const factors = all
    .filter(({ formula }) => formula.kind !== 'indicator')
    .sort((a, b) => count(b.formula) - count(a.formula));
  const first = factors[0];
  const isQuotient =
    factors.some(({ exponent }) => exponent < 0) && factors.some(({ exponent }) => exponent > 0);
  const isMaskedExponential = where.length > 0 && factors.length === 1 && isExponential(first!.formula);
  if (!(isQuotient || isMaskedExponential) || first === undefined || count(first.formula) < variables.size)
    return [];
  const inherited = factors.flatMap(({ formula, exponent }) =>
    exponent < 0
      ? []
      : before.flatMap((known) => {
          const found = match(known.tensor, formula, known.variables);
          return found === undefined ? [] : known.vanishes.map((condition) => substitute(condition, found));
        }),
  );
  const rule = `${formulaText(right)} is ${left.name}`;
  return [{ tensor: left, variables, factors, where, vanishes: [...where, ...inherited], rule }];
}

const isExponential = (formula: Formula): boolean => formula.kind === 'call' && formula.fn === 'exp';

/** For `S[b] = sum[k] exp(u[b, k])`: the quotient `exp(u[b, k]) / S[b]`. */
function softmaxOf({ left, indices, right }: Line, taken: ReadonlySet<string>): KnownQuotient | undefined {
  if (right.kind !== 'reduce' || right.by !== 'sum' || right.guards.length > 0) return undefined;
  const { body } = right;
  if (body.kind !== 'call' || body.fn !== 'exp') return undefined;
  let name = 'p';
  for (let k = 2; taken.has(name); k++) name = `p_${k}`;
  const all = [...indices, ...right.indices];
  const at = left.indices.map((index) => plainName(index)!);
  const tensor = { kind: 'tensor', name, indices: [...left.indices, ...right.indices.map(indexOf)] } as const;
  const definition: Line = {
    left: tensor,
    indices: all,
    right: { kind: 'call', fn: 'divide', dtype: 'f32', operands: [body, left] },
  };
  const variables = new Set([...at, ...right.indices.map((index) => index.name)]);
  return {
    tensor,
    variables,
    factors: [
      { formula: body, exponent: 1 },
      { formula: left, exponent: -1 },
    ],
    where: [],
    vanishes: [],
    rule: `${formulaText(definition.right)} is the softmax ${name}`,
    definition,
  };
}
