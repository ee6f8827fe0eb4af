/** Formulas in, boxes out: indices, sums, quotients, cases as a lecture sets them. How tensors are named is a notation's. */
import type { Formula, Line, TensorFormula } from '../../compiler/explain/explanation.ts';
import {
  besideProduct,
  conjunction,
  decimal,
  knownNumber,
  level,
  quotientOf,
  shortNames,
} from '../../compiler/explain/text.ts';
import type { Affine, Atom } from '../../compiler/index/affine.ts';
import { reducers } from '../../compiler/ir/reducers.ts';
import type { FunctionName } from '../../compiler/scalar/functions.ts';
import {
  type Box,
  beside,
  comma,
  digits,
  fenced,
  infix,
  minus,
  name,
  prefix,
  row,
  separated,
  wideComma,
} from './boxes.ts';

/** How the tensors of a document are named. */
export interface Notation {
  readonly tensor: (tensor: TensorFormula, indices: readonly Box[]) => Box;
}

interface Typeset {
  readonly box: Box;
  readonly level: number;
}

const whole = (box: Box): Typeset => ({ box, level: level.primary });

export const formulaBox = (formula: Formula, notation: Notation): Box => typeset(formula, notation).box;

export const tensorBox = (tensor: TensorFormula, notation: Notation): Box =>
  notation.tensor(
    tensor,
    tensor.indices.map((index) => formulaBox(index, notation)),
  );

export const lineBox = ({ left, right }: Line, notation: Notation): Box =>
  row(tensorBox(left, notation), infix('=', '='), formulaBox(right, notation));

/** `i_2` and `i2` with the number below. */
export function indexBox(text: string): Box {
  const [, base, number] = /^(.*?[A-Za-z])_?(\d+)$/.exec(text) ?? [];
  if (base === undefined || number === undefined) return name(text);
  return { kind: 'scripts', base: name(base), below: digits(number) };
}

function within(formula: Formula, least: number, notation: Notation): Box {
  const { box, level: own } = typeset(formula, notation);
  return own >= least ? box : fenced('parentheses', box);
}

/** The terms of a sum that are not written out. */
const dots = infix('\\cdots', '⋯');
const transpose = infix('\\top', '⊤');
const vectorOfOnes = prefix('\\mathbf{1}', '1');
const mean = { tex: '\\operatorname*{mean}', mathml: 'mean' };

/** What starts with a minus: in brackets within a product, and after a sum's sign. */
const signed = level.sum + 0.25;

function typeset(formula: Formula, notation: Notation): Typeset {
  const inner = (part: Formula): Box => formulaBox(part, notation);
  switch (formula.kind) {
    case 'number':
      return formula.dtype === 'bool'
        ? whole(name(formula.value === 0 ? 'false' : 'true'))
        : numberBox(formula.value, notation);
    case 'index':
      return affineBox(formula.of);
    case 'tensor': {
      if (formula.name === '…') return whole(dots);
      if (formula.name === 'pi') return whole(name('pi'));
      const box = tensorBox(formula, notation);
      return { box, level: isScripted(box) ? level.power : level.primary };
    }
    case 'named': {
      const fn: Box = formula.name === 'sigmoid' ? name('sigma') : { kind: 'operator', name: formula.name };
      return whole(row(fn, fenced('parentheses', inner(formula.operand))));
    }
    case 'indicator':
      return whole(fenced('brackets', inner(formula.condition)));
    case 'choice':
      return whole({
        kind: 'cases',
        value: inner(formula.then),
        condition: inner(formula.condition),
        otherwise: inner(formula.otherwise),
      });
    case 'reduce': {
      const names = separated(
        formula.indices.map((index) => indexBox(index.name)),
        comma,
      );
      const guards = separated(formula.guards.map(inner), wideComma);
      const below = formula.guards.length === 0 ? names : row(names, infix('\\,:\\,', ':'), guards);
      const { tex, mathml } = formula.by === 'mean' ? mean : reducers[formula.by];
      const body = within(formula.body, level.open, notation);
      return { box: { kind: 'reduction', sign: { tex, text: mathml }, below, body }, level: level.open };
    }
    case 'transposed':
      return {
        box: { kind: 'scripts', base: within(formula.of, level.primary, notation), above: transpose },
        level: level.power,
      };
    case 'product':
      return {
        box: row(
          within(formula.left, level.matrix, notation),
          beside,
          within(formula.right, level.power, notation),
        ),
        level: level.matrix,
      };
    case 'elementwise':
      return {
        box: row(
          within(formula.left, besideProduct(formula.left), notation),
          infix('\\odot', '⊙'),
          within(formula.right, level.power, notation),
        ),
        level: level.elementwise,
      };
    case 'ones':
      return whole(vectorOfOnes);
    case 'call':
      return callBox(formula, notation);
    default:
      return formula satisfies never;
  }
}

/** What needs brackets before it gets an exponent: quotients, and names with something above. */
function isScripted(box: Box): boolean {
  switch (box.kind) {
    case 'fraction':
      return true;
    case 'scripts':
      return box.above !== undefined || isScripted(box.base);
    case 'row':
      return box.parts.some(isScripted);
    default:
      return false;
  }
}

const comparisons: ReadonlyMap<FunctionName, Box> = new Map<FunctionName, Box>([
  ['equal', infix('=', '=')],
  ['not_equal', infix('\\neq', '≠')],
  ['less', infix('<', '<')],
  ['less_equal', infix('\\leq', '≤')],
  ['greater', infix('>', '>')],
  ['greater_equal', infix('\\geq', '≥')],
]);

function callBox({ fn, dtype, operands }: Extract<Formula, { kind: 'call' }>, notation: Notation): Typeset {
  const at = (part: Formula | undefined, least: number): Box =>
    part === undefined ? row() : within(part, least, notation);
  const inner = (part: Formula | undefined): Box => at(part, 0);
  const [a, b] = operands;
  const between = (left: Box, sign: Box, right: Box, own: number): Typeset => ({
    box: row(left, sign, right),
    level: own,
  });
  const compare = comparisons.get(fn);
  if (compare !== undefined) return between(at(a, level.sum), compare, at(b, level.sum), level.comparison);
  switch (fn) {
    case 'and': {
      const parts = conjunction({ kind: 'call', fn, dtype, operands }).map((part) => {
        if ('kind' in part) return at(part, level.not);
        const [low, value, high] = part.parts.map((of) => at(of, level.sum));
        return row(low!, comparisons.get(part.lower)!, value!, comparisons.get(part.upper)!, high!);
      });
      return { box: separated(parts, infix('\\wedge', '∧')), level: level.and };
    }
    case 'or':
      return between(at(a, level.or), infix('\\vee', '∨'), at(b, level.and), level.or);
    case 'not':
      return { box: row(prefix('\\neg ', '¬'), at(a, level.not)), level: level.not };
    case 'add':
      if (a?.kind === 'call' && a.fn === 'expm1' && b?.kind === 'number' && b.value === 1)
        return typeset({ ...a, fn: 'exp' }, notation);
      return between(at(a, level.sum), infix('+', '+'), at(b, level.open), level.sum);
    case 'subtract':
      return between(at(a, level.sum), infix('-', '−'), at(b, level.open), level.sum);
    case 'negate':
      return { box: row(minus, at(a, level.open)), level: signed };
    case 'multiply':
      return productBox(a!, b!, notation);
    case 'divide':
      if (dtype === 'f32')
        return { box: { kind: 'fraction', over: inner(a), under: inner(b) }, level: level.power };
      return whole(fenced('floor', row(inner(a), infix('/', '/'), at(b, level.power))));
    case 'modulo':
      return between(at(a, level.product), infix('\\bmod', 'mod'), at(b, level.power), level.product);
    case 'power':
      return { box: { kind: 'scripts', base: at(a, level.primary), above: inner(b) }, level: level.power };
    case 'sqrt':
      return whole({ kind: 'root', inner: inner(a) });
    case 'abs':
      return whole(fenced('bars', inner(a)));
    case 'expm1':
      return typeset(minusOne({ kind: 'call', fn: 'exp', dtype, operands }), notation);
    case 'log1p':
      return typeset(logarithm({ kind: 'call', fn: 'add', dtype, operands: [one, a!] }), notation);
    default: {
      const called = fn === 'log' ? 'ln' : (shortNames.get(fn) ?? fn);
      const given = separated(operands.map(inner), wideComma);
      return whole(row({ kind: 'operator', name: called }, fenced('parentheses', given)));
    }
  }
}

const one: Formula = { kind: 'number', value: 1, dtype: 'f32' };
const minusOne = (of: Formula): Formula => ({
  kind: 'call',
  fn: 'subtract',
  dtype: 'f32',
  operands: [of, one],
});
const logarithm = (of: Formula): Formula => ({ kind: 'call', fn: 'log', dtype: 'f32', operands: [of] });

/** Side by side; with a dot where a number follows, which would else join what stands before it. */
function productBox(a: Formula, b: Formula, notation: Notation): Typeset {
  const first = typeset(a, notation);
  // A minus sign at the beginning is one of the whole product.
  const isSigned = first.level === signed;
  const left = isSigned || first.level >= level.product ? first.box : fenced('parentheses', first.box);
  const { box, level: own } = typeset(b, notation);
  const isOpen = own === level.open;
  const right = own >= level.product || isOpen ? box : fenced('parentheses', box);
  const dot = beginsWithNumber(right) ? infix('\\cdot', '·') : beside;
  return { box: row(left, dot, right), level: isSigned ? signed : isOpen ? level.open : level.product };
}

function beginsWithNumber(box: Box): boolean {
  switch (box.kind) {
    case 'digits':
      return true;
    case 'row': {
      const [first, second] = box.parts;
      if (first === undefined) return false;
      return first === minus ? second !== undefined && beginsWithNumber(second) : beginsWithNumber(first);
    }
    case 'scripts':
      return beginsWithNumber(box.base);
    case 'fraction':
      return isNumber(box.over);
    default:
      return false;
  }
}

const isNumber = (box: Box): boolean =>
  box.kind === 'digits' ||
  (box.kind === 'row' && box.parts.every((part) => part === minus || isNumber(part)));

function numberBox(value: number, notation: Notation): Typeset {
  const known = knownNumber(value);
  if (known !== undefined) return typeset(known, notation);
  const sign = value < 0 ? signed : level.primary;
  const withSign = (box: Box): Box => (value < 0 ? row(minus, box) : box);
  const quotient = quotientOf(value);
  if (quotient !== undefined) {
    const over = digits(String(Math.abs(quotient.over)));
    return { box: withSign({ kind: 'fraction', over, under: digits(String(quotient.under)) }), level: sign };
  }
  const [mantissa = '', exponent] = decimal(Math.abs(value)).split('e');
  if (exponent === undefined) return { box: withSign(digits(mantissa)), level: sign };
  const power: Box = { kind: 'scripts', base: digits('10'), above: integer(Number(exponent)) };
  if (mantissa === '1') return { box: withSign(power), level: value < 0 ? signed : level.power };
  return {
    box: withSign(row(digits(mantissa), infix('\\cdot', '·'), power)),
    level: value < 0 ? signed : level.product,
  };
}

const integer = (value: number): Box =>
  value < 0 ? row(minus, digits(String(-value))) : digits(String(value));

function affineBox(of: Affine): Typeset {
  const parts = of.terms.flatMap(({ coefficient, atom }, k): readonly Box[] => {
    const size = Math.abs(coefficient);
    const sign = coefficient < 0 ? (k === 0 ? [minus] : [infix('-', '−')]) : k === 0 ? [] : [infix('+', '+')];
    const isAlone = of.terms.length === 1 && of.constant === 0 && coefficient === 1;
    const times = atom.kind === 'mod' && !isAlone ? fenced('small', atomBox(atom)) : atomBox(atom);
    if (size === 1) return [...sign, times];
    return [
      ...sign,
      digits(String(size)),
      { kind: 'sign', sign: { tex: ' ', text: '' }, place: 'plain' },
      times,
    ];
  });
  const { constant } = of;
  if (parts.length === 0) return { box: integer(constant), level: constant < 0 ? signed : level.primary };
  const rest =
    constant === 0
      ? []
      : [constant < 0 ? infix('-', '−') : infix('+', '+'), digits(String(Math.abs(constant)))];
  const [first] = of.terms;
  const isPlain =
    of.terms.length === 1 && constant === 0 && first!.coefficient === 1 && first!.atom.kind === 'index';
  return { box: row(...parts, ...rest), level: isPlain ? level.primary : level.sum };
}

function atomBox(atom: Atom): Box {
  if (atom.kind === 'index') return indexBox(atom.name);
  const { box, level: own } = affineBox(atom.of);
  const dividend = own === level.primary ? box : fenced('small', box);
  const by = digits(String(atom.by));
  return atom.kind === 'div'
    ? fenced('floor', row(dividend, infix('/', '/'), by))
    : row(dividend, infix('\\bmod', 'mod'), by);
}
