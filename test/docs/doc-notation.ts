/**
 * The `Formula:` lines of doc comments in, mathematics between words out. They are written as one reads them in an editor,
 * `y[..., o] = b[o] + sum_i W[o, i]*x[..., i], where …`: a letter, a name of the definition, and whatever is called or has
 * indices is mathematics, as are numbers; all other words are words. `a where b, else c` is a choice.
 */
import { reducers } from '../../compiler/ir/reducers.ts';
import {
  type Box,
  beside,
  comma,
  digits,
  fenced,
  greek,
  infix,
  minus,
  name,
  row,
  type Sign,
  separated,
  type Words,
  wideComma,
} from '../../src/views/boxes.ts';

/** What a definition's own words mean. */
export interface Vocabulary {
  /** Parameters, extents, and what its equations define. */
  readonly names: ReadonlySet<string>;
  /** Settings that are true or false: they are code. */
  readonly switches: ReadonlySet<string>;
  /** Other definitions: `log_softmax` is one name. */
  readonly definitions: ReadonlySet<string>;
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Formulas within a sentence; what is code stands in a string between backquotes. Throws where a formula does not end. */
export function wordsOf(text: string, vocabulary: Vocabulary): Words {
  const tokens = tokensOf(text, vocabulary);
  const words: (string | Box)[] = [];
  let at = 0;
  let end = 0;
  while (at < tokens.length) {
    const { text: word, start, end: wordEnd } = tokens[at]!;
    words.push(text.slice(end, start));
    const code = codeAt(tokens, at, vocabulary);
    const formula = code === undefined ? formulaAt(tokens, at, vocabulary) : undefined;
    if (code !== undefined) {
      end = tokens[code - 1]!.end;
      words.push(`\`${text.slice(start, end)}\``);
      at = code;
    } else if (formula !== undefined) {
      words.push(formula.box);
      at = formula.next;
      end = tokens[at - 1]!.end;
    } else {
      if (/^[^`]*[[\]{}_^*=<>+|]/.test(word)) throw new Error(`'${word}' at ${start} of: ${text}`);
      words.push(word);
      at++;
      end = wordEnd;
    }
  }
  return words;
}

const tokenPattern =
  /`[^`]*`|\d+(?:\.\d+)?(?:e-?\d+)?|[A-Za-z]+'s\b|[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*'*|<-|<=|>=|!=|\*\*|\.\.\.|\S/g;

/** `fan_in` is one name, `x_t` a letter and what stands below it. */
function tokensOf(text: string, vocabulary: Vocabulary): readonly Token[] {
  return [...text.matchAll(tokenPattern)].flatMap(({ 0: word, index: start }) => {
    const under = word.indexOf('_');
    const token = (from: number, to: number): Token => ({
      text: word.slice(from, to),
      start: start + from,
      end: start + to,
    });
    if (under <= 0 || isWhole(word, vocabulary)) return [token(0, word.length)];
    return [token(0, under), token(under, under + 1), token(under + 1, word.length)];
  });
}

const builtin: ReadonlySet<string> = new Set(['lr', 'step', 'global_norm', 'fan_in', 'fan_out', 'eps']);

const isWhole = (word: string, { names, switches, definitions }: Vocabulary): boolean =>
  [names, switches, definitions, builtin].some((set) => set.has(word));

/** `bias = false`, or what else is no word of a sentence, `log_softmax`: where it ends. */
function codeAt(tokens: readonly Token[], at: number, { switches, names }: Vocabulary): number | undefined {
  const [word = '', sign = '', value] = tokens.slice(at, at + 3).map(({ text }) => text);
  if (switches.has(word)) return sign === '=' && (value === 'true' || value === 'false') ? at + 3 : at + 1;
  const isOther = word === 'f32' || (/^[a-z]+_/.test(word) && !names.has(word) && !builtin.has(word));
  return isOther && !/^[([_]$/.test(sign) ? at + 1 : undefined;
}

function formulaAt(
  tokens: readonly Token[],
  at: number,
  vocabulary: Vocabulary,
): { readonly box: Box; readonly next: number } | undefined {
  const reading: Reading = { tokens, vocabulary, at, isSmall: false };
  const isAlone = isLong(reading) && !continues.test(textAt(reading, 1));
  const box = isOperand(reading) && !isAlone ? attempt(reading, statement) : undefined;
  return box && { box, next: reading.at };
}

/** What makes a formula of the word before it. */
const continues = /^(?:[-+*/^([_]|\*\*|[<>!]?=|<-?|>)$/;

/** A name that may as well be a word of the sentence. */
function isLong(reading: Reading): boolean {
  const word = textAt(reading);
  return /^[a-z]{2,}$/.test(word) && !greek.has(word) && !unbracketed.has(word) && word !== 'eps';
}

/** Where a formula is read; within an index or an exponent, quotients stand in one line. */
interface Reading {
  readonly tokens: readonly Token[];
  readonly vocabulary: Vocabulary;
  readonly isSmall: boolean;
  at: number;
}

class NoFormula extends Error {}

const relations: ReadonlyMap<string, Box> = new Map([
  ['=', infix('=', '=')],
  ['!=', infix('\\neq', '≠')],
  ['<', infix('<', '<')],
  ['<=', infix('\\leq', '≤')],
  ['>', infix('>', '>')],
  ['>=', infix('\\geq', '≥')],
  ['<-', infix('\\leftarrow', '←')],
]);

const sum: Sign = { tex: '\\sum', text: '∑' };
const largeOperators: ReadonlyMap<string, Sign> = new Map(
  (['max', 'min', 'argmax', 'argmin'] as const)
    .map((by): [string, Sign] => [by, { tex: reducers[by].tex, text: reducers[by].mathml }])
    .concat([
      ['sum', sum],
      ['mean', { tex: '\\operatorname*{mean}', text: 'mean' }],
    ]),
);

/** Applied to the next factor, with or without brackets. */
const unbracketed: ReadonlySet<string> = new Set(['ln', 'sin', 'cos']);

const dots: Box = { kind: 'sign', sign: { tex: '\\ldots', text: '…' }, place: 'plain' };
const upTo = infix('\\ldots', '…');
const plus = infix('+', '+');
const difference = infix('-', '−');
const dot = infix('\\cdot', '·');

const textAt = ({ tokens, at }: Reading, ahead = 0): string => tokens[at + ahead]?.text ?? '';

const isSpaced = ({ tokens, at }: Reading, ahead = 0): boolean =>
  tokens[at + ahead]?.start !== tokens[at + ahead - 1]?.end;

function take(reading: Reading, text: string): void {
  if (textAt(reading) !== text) throw new NoFormula();
  reading.at++;
}

/** What `read` says, or nothing and the place as before where it finds no formula. */
function attempt<T>(reading: Reading, read: (reading: Reading) => T): T | undefined {
  const { at } = reading;
  try {
    return read(reading);
  } catch (error) {
    if (!(error instanceof NoFormula)) throw error;
    reading.at = at;
    return undefined;
  }
}

/** A part in small letters. */
function small(reading: Reading, read: (reading: Reading) => Box): Box {
  const within: Reading = { ...reading, isSmall: true };
  const box = read(within);
  reading.at = within.at;
  return box;
}

/** Does an operand begin here? */
function isOperand(reading: Reading): boolean {
  const word = textAt(reading);
  return /^[\d([|…-]/.test(word) || word === '...' || isName(reading);
}

/** A letter, a name that the definition has, or whatever is called or has indices. */
function isName(reading: Reading): boolean {
  const word = textAt(reading);
  if (!/^[A-Za-z]/.test(word)) return false;
  const { names } = reading.vocabulary;
  if (/^(?:[A-Za-z]\d*|[A-Z]{1,2})'*$/.test(word) || greek.has(word.replace(/\d+$/, ''))) return true;
  if (names.has(word) || builtin.has(word)) return true;
  const isApplied = /^[([_]$/.test(textAt(reading, 1)) && !isSpaced(reading, 1);
  return isApplied || (unbracketed.has(word) && isOperand({ ...reading, at: reading.at + 1 }));
}

/** `a = b <= c`; an equals sign may stand before words. */
function statement(reading: Reading): Box {
  let box = choice(reading);
  while (relations.has(textAt(reading))) {
    const sign = relations.get(textAt(reading))!;
    reading.at++;
    if (!isOperand(reading)) return row(box, sign);
    const right = attempt(reading, choice);
    box = row(box, sign, ...(right === undefined ? [] : [right]));
    if (right === undefined) return box;
  }
  return box;
}

/** `a where b, else c` */
function choice(reading: Reading): Box {
  const value = range(reading);
  const rest = attempt(reading, () => {
    take(reading, 'where');
    const condition = statement(reading);
    take(reading, ',');
    take(reading, 'else');
    return { condition, otherwise: range(reading) };
  });
  return rest === undefined ? value : { kind: 'cases', value, ...rest };
}

/** `0 … n` */
function range(reading: Reading): Box {
  const low = terms(reading);
  if (textAt(reading) !== '…') return low;
  reading.at++;
  return row(low, upTo, terms(reading));
}

function terms(reading: Reading): Box {
  let box = product(reading);
  while (/^[+-]$/.test(textAt(reading))) {
    const sign = textAt(reading) === '+' ? plus : difference;
    reading.at++;
    box = row(box, sign, product(reading));
  }
  return box;
}

function product(reading: Reading): Box {
  if (textAt(reading) === '-') {
    reading.at++;
    return row(minus, product(reading));
  }
  let box = factor(reading);
  for (;;) {
    const word = textAt(reading);
    if (word === '/') {
      reading.at++;
      const under = factor(reading);
      box = reading.isSmall
        ? row(box, infix('/', '/'), under)
        : { kind: 'fraction', over: bare(box), under: bare(under) };
    } else if (word === 'mod') {
      reading.at++;
      box = row(box, infix('\\bmod', 'mod'), factor(reading));
    } else if (word === '*') {
      reading.at++;
      box = row(box, /^\d/.test(textAt(reading)) ? dot : beside, factor(reading));
    } else if (isDotProduct(reading)) {
      reading.at++;
      box = row(box, dot, factor(reading));
    } else if (
      word === '(' ||
      (isName(reading) && (!isLong(reading) || /^[([_]$/.test(textAt(reading, 1))))
    ) {
      const next = attempt(reading, factor);
      if (next === undefined) return box;
      box = row(box, beside, next);
    } else return box;
  }
}

/** Not the end of a sentence. */
const isDotProduct = (reading: Reading): boolean =>
  textAt(reading) === '.' &&
  /^[A-Za-z(]/.test(textAt(reading, 1)) &&
  isSpaced(reading) === isSpaced(reading, 1);

/** Without the brackets that a bar or small letters make needless. */
const bare = (box: Box): Box => (box.kind === 'fenced' && box.fence === 'parentheses' ? box.inner : box);

function factor(reading: Reading): Box {
  const base = operand(reading);
  if (!/^(?:\^|\*\*)$/.test(textAt(reading))) return base;
  reading.at++;
  return {
    kind: 'scripts',
    base: isScripted(base) ? fenced('parentheses', base) : base,
    above: bare(small(reading, operand)),
  };
}

const isScripted = (box: Box): boolean => box.kind === 'scripts' && box.above !== undefined;

function operand(reading: Reading): Box {
  const word = textAt(reading);
  if (/^\d/.test(word)) {
    reading.at++;
    return numeral(word);
  }
  switch (word) {
    case '…':
    case '...':
      reading.at++;
      return dots;
    case '(':
      return fenced('parentheses', list(reading, '(', ')'));
    case '[':
      return fenced('brackets', list(reading, '[', ']'));
    case '|': {
      reading.at++;
      const inner = terms(reading);
      take(reading, '|');
      return fenced('bars', inner);
    }
    default:
      if (!isName(reading)) throw new NoFormula();
      return named(reading);
  }
}

function numeral(word: string): Box {
  const [mantissa, exponent] = word.split('e');
  if (exponent === undefined) return digits(word);
  const above = exponent.startsWith('-') ? row(minus, digits(exponent.slice(1))) : digits(exponent);
  const power: Box = { kind: 'scripts', base: digits('10'), above };
  return mantissa === '1' ? power : row(digits(mantissa!), dot, power);
}

function list(reading: Reading, open: string, close: string, sign = wideComma): Box {
  take(reading, open);
  const parts = [statement(reading)];
  while (textAt(reading) === ',') {
    reading.at++;
    parts.push(statement(reading));
  }
  take(reading, close);
  return separated(parts, sign);
}

/** A name, what stands below it, and what it is applied to. */
function named(reading: Reading): Box {
  const word = textAt(reading);
  reading.at++;
  const large = textAt(reading) === '_' ? largeOperators.get(word) : undefined;
  if (large !== undefined) {
    const below = small(reading, subscript);
    return { kind: 'reduction', sign: large, below, body: product(reading) };
  }
  const isCall = textAt(reading) === '(' && !isSpaced(reading);
  if (isCall && word === 'sum') return row(letter(word, true), ofSum(list(reading, '(', ')')));
  if (isCall && word === 'sqrt') return { kind: 'root', inner: list(reading, '(', ')') };
  if (isCall && word === 'floor')
    return fenced(
      'floor',
      small(reading, (inner) => list(inner, '(', ')')),
    );
  if (unbracketed.has(word) && !isCall) return row(letter(word, true), beside, factor(reading));
  let box = letter(word, isCall);
  const below: Box[] = [];
  for (;;) {
    if (textAt(reading) === '_') below.push(small(reading, subscript));
    else if (textAt(reading) === '[' && !isSpaced(reading))
      below.push(small(reading, (inner) => list(inner, '[', ']', comma)));
    else if (textAt(reading) === '(' && !isSpaced(reading))
      box = row(lowered(box, below.splice(0)), fenced('parentheses', list(reading, '(', ')')));
    else return lowered(box, below);
  }
}

/** A sum of products needs no brackets. */
const ofSum = (body: Box): Box =>
  body.kind === 'row' && body.parts.some((part) => part === plus || part === difference)
    ? fenced('parentheses', body)
    : body;

const lowered = (base: Box, below: readonly Box[]): Box =>
  below.length === 0
    ? base
    : base.kind === 'scripts' && base.below !== undefined
      ? { ...base, below: separated([base.below, ...below], comma) }
      : { kind: 'scripts', base, below: separated(below, comma) };

/** `_t`, `_nm`, `_{t - 1}` */
function subscript(reading: Reading): Box {
  take(reading, '_');
  if (textAt(reading) === '{') return list(reading, '{', '}', comma);
  const word = textAt(reading);
  reading.at++;
  return /^\d+$/.test(word) ? digits(word) : row(...[...word].map(name));
}

/** `W2` and `beta1` have their number below. */
function letter(word: string, isFunction: boolean): Box {
  if (word === 'sigmoid') return name('sigma');
  if (word === 'eps') return name('epsilon');
  if (word === 'sum') return { kind: 'sign', sign: { tex: '\\sum ', text: '∑' }, place: 'plain' };
  const [, base, number] = /^([A-Za-z]+?)(\d+)$/.exec(word) ?? [];
  if (base !== undefined && number !== undefined)
    return { kind: 'scripts', base: letter(base, isFunction), below: digits(number) };
  return isFunction && word.length > 1 && !greek.has(word) ? { kind: 'operator', name: word } : name(word);
}
