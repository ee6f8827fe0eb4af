/** A formula in, MathML out: presentation markup only, in which every tensor carries the key of what it stands for. */

import type { Formula, Line, ReduceFormula, TensorFormula } from '../../compiler/explain/explanation.ts';
import type { Affine, Atom } from '../../compiler/index/affine.ts';
import type { Index } from '../../compiler/ir/graph.ts';
import { reducers } from '../../compiler/ir/reducers.ts';
import type { FunctionName } from '../../compiler/scalar/functions.ts';
import { escapeHtml } from './html.ts';

/** What a tensor's `data-k` is, by its name; none where there is nothing to show. */
export type KeyOf = (name: string) => string | undefined;

const mo = (text: string): string => `<mo>${escapeHtml(text)}</mo>`;
/** Single letters would become mathematical alphabet, which few fonts have: the style sheet slants them instead. */
const mi = (text: string): string =>
  `<mi${[...text.replace(/'+$/, '')].length === 1 ? ' mathvariant="normal"' : ''}>${escapeHtml(text.replaceAll("'", '′'))}</mi>`;
const mn = (text: string): string => `<mn>${escapeHtml(text)}</mn>`;
const row = (...parts: readonly string[]): string => `<mrow>${parts.join('')}</mrow>`;
const parenthesised = (inner: string): string => row(mo('('), inner, mo(')'));

/** How tightly a part holds together; see `compiler/ir/print-expression.ts`. */
const level = { choice: 1, or: 2, and: 3, comparison: 5, sum: 6, product: 7, sign: 8, primary: 10 } as const;

interface Part {
  readonly markup: string;
  readonly level: number;
}

const primary = (markup: string): Part => ({ markup, level: level.primary });

/** `y_bo = Σ_i x_bi W_oi`, as a `math` element. */
export function lineMath({ left, right }: Line, keyOf: KeyOf): string {
  return `<math displaystyle="true">${row(part(left, keyOf).markup, mo('='), part(right, keyOf).markup)}</math>`;
}

function at(formula: Formula, least: number, keyOf: KeyOf): string {
  const { markup, level: own } = part(formula, keyOf);
  return own >= least ? markup : parenthesised(markup);
}

function part(formula: Formula, keyOf: KeyOf): Part {
  const inner = (f: Formula): string => part(f, keyOf).markup;
  switch (formula.kind) {
    case 'number':
      return number(formula.value, formula.dtype);
    case 'index':
      return { markup: affine(formula.of), level: formula.of.terms.length > 1 ? level.sum : level.product };
    case 'tensor':
      return primary(tensor(formula, keyOf));
    case 'call':
      return call(formula.fn, formula.operands, keyOf);
    case 'named': {
      const name = formula.name === 'sigmoid' ? mi('σ') : mi(formula.name);
      return primary(row(name, parenthesised(inner(formula.operand))));
    }
    case 'indicator':
      return primary(row(mo('['), inner(formula.condition), mo(']')));
    case 'choice': {
      const line = (value: string, when: string): string =>
        `<mtr><mtd>${value}</mtd><mtd>${when}</mtd></mtr>`;
      const table = `<mtable>${line(
        inner(formula.then),
        row('<mtext>if&#160;</mtext>', inner(formula.condition)),
      )}${line(inner(formula.otherwise), '<mtext>else</mtext>')}</mtable>`;
      return { markup: row(mo('{'), table), level: level.choice };
    }
    case 'reduce':
      return reduction(formula, keyOf);
    default:
      return formula satisfies never;
  }
}

function reduction({ by, indices, guards, body }: ReduceFormula, keyOf: KeyOf): Part {
  const conditions = guards.map((guard) => row(mo(','), part(guard, keyOf).markup));
  const under = row(names(indices), ...conditions);
  const { mathml } = reducers[by];
  const isWord = /^\p{L}/u.test(mathml);
  const operator = isWord ? `<mo movablelimits="false">${mathml}</mo>` : mo(mathml);
  return {
    markup: row(`<munder>${operator}${under}</munder>`, at(body, level.product, keyOf)),
    level: level.product,
  };
}

const names = (indices: readonly Index[]): string => indices.map(({ name }) => indexName(name)).join(mo(','));

function indexName(name: string): string {
  const [, base, number] = /^(.+?)_?(\d+)$/.exec(name) ?? [];
  return base === undefined || number === undefined ? mi(name) : `<msub>${mi(base)}${mn(number)}</msub>`;
}

/** `Dense_1.W`: where it belongs in small letters, then its own name; an adjoint wears a bar. */
function tensor({ name, adjointOf, indices }: TensorFormula, keyOf: KeyOf): string {
  const shown = adjointOf ?? name;
  const cut = shown.lastIndexOf('.');
  const own = indexName(shown.slice(cut + 1));
  const bar = adjointOf === undefined ? own : `<mover accent="true">${own}<mo stretchy="true">¯</mo></mover>`;
  const whole = cut < 0 ? bar : row(`<mtext class="of">${escapeHtml(shown.slice(0, cut))}.</mtext>`, bar);
  const key = keyOf(name);
  const base = key === undefined ? whole : `<mrow class="t" data-k="${key}">${whole}</mrow>`;
  if (indices.length === 0) return base;
  return `<msub>${base}${row(indices.map((index) => part(index, keyOf).markup).join(mo(',')))}</msub>`;
}

/** Four digits say enough in a formula; the text beside it has all. */
function number(value: number, dtype: string): Part {
  if (dtype === 'bool') return primary(mi(value === 0 ? 'false' : 'true'));
  const [mantissa = '', exponent] = String(Number(value.toPrecision(4))).split('e');
  const sign = mantissa.startsWith('-') ? mo('−') : '';
  const digits = mn(mantissa.replace('-', ''));
  const scale =
    exponent === undefined
      ? ''
      : row(mo('·'), `<msup>${mn('10')}${mn(exponent.replace('+', '').replace('-', '−'))}</msup>`);
  const markup = sign === '' && scale === '' ? digits : row(sign, digits, scale);
  return { markup, level: sign !== '' ? level.sign : scale !== '' ? level.product : level.primary };
}

interface Infix {
  readonly symbol: string;
  readonly level: number;
  readonly left: number;
  readonly right: number;
}

const infix = (symbol: string, own: number, right = own): Infix => ({ symbol, level: own, left: own, right });

const infixes: ReadonlyMap<FunctionName, Infix> = new Map<FunctionName, Infix>([
  ['or', infix('∨', level.or)],
  ['and', infix('∧', level.and)],
  ['equal', infix('=', level.comparison, level.sum)],
  ['not_equal', infix('≠', level.comparison, level.sum)],
  ['less', infix('<', level.comparison, level.sum)],
  ['less_equal', infix('≤', level.comparison, level.sum)],
  ['greater', infix('>', level.comparison, level.sum)],
  ['greater_equal', infix('≥', level.comparison, level.sum)],
  ['add', infix('+', level.sum)],
  ['subtract', infix('−', level.sum, level.product)],
  ['modulo', infix('mod', level.product, level.sign)],
]);

function call(fn: FunctionName, operands: readonly Formula[], keyOf: KeyOf): Part {
  const [a, b] = operands;
  const inner = (f: Formula): string => part(f, keyOf).markup;
  if (a !== undefined && b !== undefined) {
    const how = infixes.get(fn);
    if (how !== undefined) {
      return {
        markup: row(at(a, how.left, keyOf), mo(how.symbol), at(b, how.right, keyOf)),
        level: how.level,
      };
    }
    if (fn === 'multiply') {
      const dot =
        b.kind === 'number' || part(b, keyOf).level < level.primary ? mo('·') : '<mspace width="0.17em"/>';
      return {
        markup: row(at(a, level.product, keyOf), dot, at(b, level.product, keyOf)),
        level: level.product,
      };
    }
    if (fn === 'divide') return primary(`<mfrac>${row(inner(a))}${row(inner(b))}</mfrac>`);
    if (fn === 'power')
      return {
        markup: `<msup>${row(at(a, level.primary, keyOf))}${row(inner(b))}</msup>`,
        level: level.sign,
      };
  }
  if (a !== undefined && b === undefined) {
    if (fn === 'negate') return { markup: row(mo('−'), at(a, level.product, keyOf)), level: level.sign };
    if (fn === 'not') return { markup: row(mo('¬'), at(a, level.primary, keyOf)), level: level.sign };
    if (fn === 'sqrt') return primary(`<msqrt>${inner(a)}</msqrt>`);
    if (fn === 'abs') return primary(row(mo('|'), inner(a), mo('|')));
    if (fn === 'exp' && part(a, keyOf).level >= level.sign)
      return { markup: `<msup>${mi('e')}${row(inner(a))}</msup>`, level: level.sign };
  }
  const name = functionNames.get(fn) ?? fn.replaceAll('_', ' ');
  return primary(row(mi(name), parenthesised(operands.map(inner).join(mo(',')))));
}

const functionNames: ReadonlyMap<FunctionName, string> = new Map<FunctionName, string>([
  ['log', 'ln'],
  ['maximum', 'max'],
  ['minimum', 'min'],
]);

function affine(of: Affine): string {
  const terms = of.terms.map(({ coefficient, atom }, k) => {
    const size = Math.abs(coefficient);
    const sign = coefficient < 0 ? mo('−') : k > 0 ? mo('+') : '';
    return `${sign}${size === 1 ? '' : `${mn(String(size))}<mspace width="0.1em"/>`}${atomMarkup(atom)}`;
  });
  const { constant } = of;
  if (terms.length === 0) return constant < 0 ? row(mo('−'), mn(String(-constant))) : mn(String(constant));
  const rest = constant === 0 ? '' : `${mo(constant < 0 ? '−' : '+')}${mn(String(Math.abs(constant)))}`;
  return row(...terms, rest);
}

function atomMarkup(atom: Atom): string {
  if (atom.kind === 'index') return indexName(atom.name);
  const fraction = `<mfrac>${row(affine(atom.of))}${mn(String(atom.by))}</mfrac>`;
  if (atom.kind === 'div') return row(mo('⌊'), fraction, mo('⌋'));
  return parenthesised(row(affine(atom.of), mo('mod'), mn(String(atom.by))));
}
