/** A formula in, one line of text in the notation of the language out. */
import { print as printAffine } from '../index/query.ts';
import { type Infix, infixes, precedence } from '../ir/infix.ts';
import { affineLevel } from '../ir/print-expression.ts';
import type { FunctionName } from '../scalar/functions.ts';
import type { Formula, Line, TensorFormula } from './explanation.ts';

/** How tightly a text holds together. */
export const level = {
  ...precedence,
  /** A product that ends in a reduction: what follows must not be multiplied to it. */
  open: precedence.product - 0.5,
  /** Matrices side by side, and element by element. */
  matrix: precedence.product + 0.25,
  elementwise: precedence.product + 0.125,
} as const;

/** As in the language; a product is a row of factors, in whatever order they were multiplied. */
const infixShapes: ReadonlyMap<FunctionName, Infix> = new Map([
  ...infixes,
  ['multiply', { ...infixes.get('multiply')!, right: precedence.product }] as const,
]);

interface Printed {
  readonly text: string;
  readonly level: number;
}

const whole = (text: string): Printed => ({ text, level: level.primary });

export const formulaText = (formula: Formula): string => print(formula).text;

export const tensorText = ({ name, indices }: TensorFormula): string =>
  indices.length === 0 ? name : `${name}[${indices.map(formulaText).join(', ')}]`;

export const lineText = ({ left, right }: Line): string => `${tensorText(left)} = ${formulaText(right)}`;

const within = (formula: Formula, least: number): string => {
  const { text, level: own } = print(formula);
  return own >= least ? text : `(${text})`;
};

function print(formula: Formula): Printed {
  switch (formula.kind) {
    case 'number':
      return formula.dtype === 'bool'
        ? whole(formula.value === 0 ? 'false' : 'true')
        : numberText(formula.value);
    case 'index':
      return { text: printAffine(formula.of), level: affineLevel(formula.of) };
    case 'tensor':
      return whole(tensorText(formula));
    case 'named':
      return whole(`${formula.name}(${formulaText(formula.operand)})`);
    case 'indicator':
      return whole(`[${formulaText(formula.condition)}]`);
    case 'choice': {
      const { condition, then, otherwise } = formula;
      const text = `if ${within(condition, level.or)} then ${formulaText(then)} else ${formulaText(otherwise)}`;
      return { text, level: level.choice };
    }
    case 'reduce': {
      const names = formula.indices.map(({ name }) => name).join(', ');
      const guards = formula.guards.map(formulaText).join(', ');
      const head = `${formula.by}[${names}${guards === '' ? '' : ` where ${guards}`}]`;
      return { text: `${head} ${openEnd(formula.body)}`, level: level.open };
    }
    case 'transposed':
      return { text: `${within(formula.of, level.primary)}^T`, level: level.power };
    case 'product': {
      const text = `${withinProduct(formula.left, level.matrix)} ${withinProduct(formula.right, level.power)}`;
      return { text, level: level.matrix };
    }
    case 'elementwise':
      return {
        text: `${within(formula.left, besideProduct(formula.left))} ∘ ${within(formula.right, level.power)}`,
        level: level.elementwise,
      };
    case 'ones':
      return whole('1');
    case 'call':
      return callText(formula);
    default:
      return formula satisfies never;
  }
}

function callText({ fn, operands, dtype }: Extract<Formula, { kind: 'call' }>): Printed {
  const [first, second] = operands;
  const shape = infixShapes.get(fn);
  if (fn === 'and') {
    const parts = conjunction({ kind: 'call', fn, operands, dtype }).map((part) => {
      if ('kind' in part) return within(part, level.not);
      const [low, value, high] = part.parts.map((of) => within(of, level.sum));
      return `${low} ${symbolOf(part.lower)} ${value} ${symbolOf(part.upper)} ${high}`;
    });
    return { text: parts.join(' and '), level: parts.length === 1 ? level.comparison : level.and };
  }
  if (shape !== undefined && first !== undefined && second !== undefined) {
    const symbol = fn === 'divide' && dtype !== 'f32' ? 'div' : shape.symbol;
    const left = within(first, shape.left);
    const product = fn === 'multiply';
    if ((product || fn === 'add' || fn === 'subtract') && print(second).level === level.open) {
      return { text: `${left} ${symbol} ${formulaText(second)}`, level: product ? level.open : shape.level };
    }
    const right = product && isQuotient(second) ? level.primary : shape.right;
    return { text: `${left} ${symbol} ${within(second, right)}`, level: shape.level };
  }
  if (fn === 'negate' && first !== undefined)
    return { text: `-${within(first, level.power)}`, level: level.sign };
  if (fn === 'not' && first !== undefined)
    return { text: `not ${within(first, level.not)}`, level: level.not };
  if (fn === 'abs' && first !== undefined) return whole(`|${formulaText(first)}|`);
  const name = shortNames.get(fn) ?? fn;
  return whole(`${name}(${operands.map(formulaText).join(', ')})`);
}

/** `(x ** 2) 1`: what is beside a power is no part of its exponent. */
const withinProduct = (formula: Formula, least: number): string =>
  within(formula, formula.kind === 'call' && formula.fn === 'power' ? level.primary : least);

/** A product of matrices stands in parentheses before it goes on element by element. */
export const besideProduct = (left: Formula): number =>
  left.kind === 'elementwise' ? level.elementwise : level.power;

/** The body of a reduction: a product, which may end in a reduction itself. */
const openEnd = (body: Formula): string => within(body, level.open);

const symbolOf = (fn: FunctionName): string => infixShapes.get(fn)?.symbol ?? fn;

/** `a <= x < b`: two comparisons that share their middle. */
export interface Between {
  readonly parts: readonly [Formula, Formula, Formula];
  readonly lower: FunctionName;
  readonly upper: FunctionName;
}

/** The parts of a conjunction, neighbours that bound one value from both sides together. */
export function conjunction(formula: Formula): readonly (Formula | Between)[] {
  const flat = (part: Formula): readonly Formula[] =>
    part.kind === 'call' && part.fn === 'and' ? part.operands.flatMap(flat) : [part];
  const found: (Formula | Between)[] = [];
  for (const part of flat(formula)) {
    const last = found.at(-1);
    const joined = last !== undefined && 'kind' in last ? between(last, part) : undefined;
    if (joined === undefined) found.push(part);
    else found[found.length - 1] = joined;
  }
  return found;
}

const isBelow = (fn: FunctionName): boolean => fn === 'less' || fn === 'less_equal';

function between(a: Formula, b: Formula): Between | undefined {
  if (a.kind !== 'call' || b.kind !== 'call' || !isBelow(b.fn)) return undefined;
  const [value, high] = b.operands as readonly [Formula, Formula];
  const lower = a.fn === 'greater_equal' ? 'less_equal' : a.fn;
  const low = a.fn === 'greater_equal' ? lowOf(a, value) : isBelow(a.fn) ? lowUnder(a, value) : undefined;
  return low && { parts: [low, value, high], lower, upper: b.fn };
}

type Comparison = Extract<Formula, { kind: 'call' }>;

/** Of `0 <= value`, what stands before it. */
const lowUnder = ({ operands: [low, same] }: Comparison, value: Formula): Formula | undefined =>
  formulaText(same!) === formulaText(value) ? low : undefined;

/** Of `t >= 1`, the 0 that stands before `t - 1`. */
function lowOf({ operands: [index, low] }: Comparison, value: Formula): Formula | undefined {
  if (index?.kind !== 'index' || low?.kind !== 'number' || value.kind !== 'index') return undefined;
  const { constant } = value.of;
  const same = formulaText({ kind: 'index', of: { ...value.of, constant: 0 } }) === formulaText(index);
  return same ? { ...low, value: low.value + constant } : undefined;
}

/** What must not lose its numerator to the factor before it. */
const isQuotient = (formula: Formula): boolean =>
  (formula.kind === 'call' && formula.fn === 'divide') ||
  (formula.kind === 'number' && print(formula).level === level.product);

/** What the language calls them. */
export const shortNames: ReadonlyMap<FunctionName, string> = new Map<FunctionName, string>([
  ['maximum', 'max'],
  ['minimum', 'min'],
]);

/** `1/128` reads better than `0.0078125`, and `1/sqrt(2)` than its digits. */
function numberText(value: number): Printed {
  const known = knownNumber(value);
  if (known !== undefined) {
    const { text, level: own } = print(known);
    return { text: text.replaceAll(' ', ''), level: own };
  }
  const quotient = quotientOf(value);
  if (quotient === undefined) return { text: decimal(value), level: value < 0 ? level.sign : level.primary };
  return { text: `${quotient.over}/${quotient.under}`, level: value < 0 ? level.sign : level.product };
}

/** `1e-5` and not `0.00001`, `0.16` and not `0.16000000000000003`. */
export function decimal(value: number): string {
  const rounded = Number(value.toPrecision(15));
  const shown = String(rounded).length + 3 < String(value).length ? rounded : value;
  return shown !== 0 && Math.abs(shown) < 1e-3 ? shown.toExponential() : String(shown);
}

/** How many digits a number has to be read as a quotient. */
const manyDigits = 4;

/** Constants that the compiler folds have 15 digits. */
const roundedTo = 1e-14;

/** Small fractions, those that are no short decimals: `1/1920`, and `10/9` for what dropout keeps. */
export function quotientOf(value: number): { readonly over: number; readonly under: number } | undefined {
  const digits = String(Math.abs(value))
    .replace(/e.*$|\./g, '')
    .replace(/^0+/, '').length;
  if (Number.isInteger(value) || !Number.isFinite(value) || digits < manyDigits) return undefined;
  for (let over = 1; over <= 10; over++) {
    const under = Math.round(over / Math.abs(value));
    if (
      under > 1 &&
      under < (over <= 3 ? 1e7 : 100) &&
      Math.abs(over / under / Math.abs(value) - 1) <= roundedTo
    ) {
      return { over: Math.sign(value) * over, under };
    }
  }
  return undefined;
}

/** How many characters a number has that is the result of a function. */
const manyCharacters = 12;

/** Of digits without end, what they are the digits of: `sqrt(2)`, `1/sqrt(2)`, `sqrt(2/pi)`, `exp(-0.1)`. */
export function knownNumber(value: number): Formula | undefined {
  if (String(value).length < manyCharacters || !Number.isFinite(value)) return undefined;
  if (value < 0) {
    const known = knownNumber(-value);
    return known && call('negate', known);
  }
  const square = value * value;
  if (isWholeSquare(square)) return call('sqrt', float(Math.round(square)));
  if (isWholeSquare(1 / square)) return call('divide', float(1), call('sqrt', float(Math.round(1 / square))));
  const timesPi = square * Math.PI;
  if (isWhole(timesPi)) return call('sqrt', call('divide', float(Math.round(timesPi)), pi));
  if (isWhole(1 / timesPi))
    return call('divide', float(1), call('sqrt', call('multiply', float(Math.round(1 / timesPi)), pi)));
  const exponent = Math.round(100 * Math.log(value)) / 100;
  const isPower = exponent !== 0 && Math.abs(Math.exp(exponent) / value - 1) < rounded;
  return isPower ? call('exp', float(exponent)) : undefined;
}

const rounded = 1e-11;
const isWhole = (x: number): boolean => Math.round(x) >= 1 && Math.round(x) <= 8 && isNear(x);
const isWholeSquare = (x: number): boolean =>
  Math.round(x) > 1 && Math.round(x) < 1e5 && isNear(x) && !Number.isInteger(Math.sqrt(Math.round(x)));
const isNear = (x: number): boolean => Math.abs(x / Math.round(x) - 1) < rounded;

const pi: Formula = { kind: 'tensor', name: 'pi', indices: [] };
const float = (value: number): Formula => ({ kind: 'number', value, dtype: 'f32' });
const call = (
  fn: 'sqrt' | 'divide' | 'multiply' | 'exp' | 'negate',
  ...operands: readonly Formula[]
): Formula => ({
  kind: 'call',
  fn,
  dtype: 'f32',
  operands,
});
