/** Formulas in, LaTeX (amsmath) out: names, indices, sums, quotients, cases as a lecture sets them. */
import type { Formula, Line, TensorFormula } from '../../compiler/explain/explanation.ts';
import { conjunction, decimal, level, quotientOf, shortNames } from '../../compiler/explain/text.ts';
import type { Affine, Atom } from '../../compiler/index/affine.ts';
import { isReducerName, reducers } from '../../compiler/ir/reducers.ts';
import type { FunctionName } from '../../compiler/scalar/functions.ts';

/** How the names of one document are set. */
export interface Symbols {
  /** The name of the loss. */
  readonly loss: string;
  /** Layers that are numbered through: `Dense_2.W` is W with (2) above. Undefined where several kinds are. */
  readonly numbered: string | undefined;
}

const numberedLayer = /^([A-Z]\w*)_(\d+)$/;

export function symbolsFor(loss: string, names: readonly string[]): Symbols {
  const kinds = new Set(
    names.map((name) => numberedLayer.exec(name.split('.')[0]!)?.[1]).filter((kind) => kind !== undefined),
  );
  return { loss, numbered: kinds.size === 1 ? [...kinds][0] : undefined };
}

interface Typeset {
  readonly text: string;
  readonly level: number;
}

const whole = (text: string): Typeset => ({ text, level: level.whole });

/** What needs brackets before it gets an exponent: quotients, and names with something above. */
const scripted = (text: string): Typeset => ({
  text,
  level: text.includes('^') || text.startsWith('\\frac') ? level.power : level.whole,
});

export const formulaLatex = (formula: Formula, symbols: Symbols): string => typeset(formula, symbols).text;

export const lineLatex = ({ left, right }: Line, symbols: Symbols): string =>
  `${tensorLatex(left, symbols)} = ${formulaLatex(right, symbols)}`;

/** Text inside of `\text{…}`. */
export const escapeLatex = (text: string): string =>
  text.replace(/[\\{}$&#%_^~]/g, (character) =>
    character === '\\'
      ? '\\textbackslash{}'
      : character === '^' || character === '~'
        ? `\\${character}{}`
        : `\\${character}`,
  );

// ---------------------------------------------------------------- names

const greek = new Set(
  'alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi omega'.split(
    ' ',
  ),
);

const upright = (text: string): string => `\\mathrm{${escapeLatex(text)}}`;

function letter(name: string): string {
  if (/^[A-Za-z]'*$/.test(name)) return name;
  return greek.has(name) ? `\\${name}` : upright(name);
}

/** `Dense_1.W` with indices o, i: `W^{(1)}_{o,i}`. */
export function nameLatex(name: string, indices: readonly string[], symbols: Symbols): string {
  if (name === 'loss' && symbols.loss === name) return 'L';
  const parts = name.split('.');
  const last = parts.at(-1)!.replace(/_\d+$/, '');
  const isReduction = parts.length > 1 && (last === 'arg' || isReducerName(last));
  const base = isReduction ? parts.at(-2)! : parts.at(-1)!;
  const before = parts.slice(0, isReduction ? -2 : -1).map((part) => layerLatex(part, symbols));
  const above = [...before, ...(isReduction ? [upright(last)] : [])];
  const numbered = /^([A-Za-z])_?(\d+)$/.exec(base);
  const below = [...(numbered === null ? [] : [numbered[2]!]), ...indices];
  const symbol = numbered === null ? letter(base) : numbered[1]!;
  // `x1[i]` has two subscripts: the number first, set apart.
  const subscript =
    numbered !== null && indices.length > 0 ? `${numbered[2]};\\,${indices.join(',')}` : below.join(',');
  return `${symbol}${above.length === 0 ? '' : `^{${above.join('\\,')}}`}${subscript === '' ? '' : `_{${subscript}}`}`;
}

function layerLatex(part: string, { numbered }: Symbols): string {
  const found = numberedLayer.exec(part);
  if (found === null) return upright(part);
  return found[1] === numbered ? `(${found[2]})` : `${upright(found[1]!)}_{${found[2]}}`;
}

export function tensorLatex({ name, adjointOf, indices }: TensorFormula, symbols: Symbols): string {
  const at = indices.map((index) => formulaLatex(index, symbols));
  if (adjointOf === undefined) return nameLatex(name, at, symbols);
  const loss = nameLatex(symbols.loss, [], symbols);
  if (adjointOf === symbols.loss) return `\\frac{\\partial ${loss}}{\\partial ${loss}}`;
  return `\\frac{\\partial ${loss}}{\\partial ${nameLatex(adjointOf, at, symbols)}}`;
}

// ---------------------------------------------------------------- formulas

function within(formula: Formula, least: number, symbols: Symbols): string {
  const { text, level: own } = typeset(formula, symbols);
  return own >= least ? text : `\\left(${text}\\right)`;
}

/** What starts with a minus: in brackets within a product, and after a sum's sign. */
const signed = level.sum + 0.25;

function typeset(formula: Formula, symbols: Symbols): Typeset {
  const inner = (part: Formula): string => formulaLatex(part, symbols);
  switch (formula.kind) {
    case 'number':
      return numberLatex(formula.value);
    case 'index':
      return affineLatex(formula.of);
    case 'tensor':
      return scripted(tensorLatex(formula, symbols));
    case 'named':
      return whole(
        `${formula.name === 'sigmoid' ? '\\sigma' : '\\operatorname{softplus}'}\\left(${inner(formula.operand)}\\right)`,
      );
    case 'indicator':
      return whole(`\\left[${inner(formula.condition)}\\right]`);
    case 'choice':
      return whole(
        `\\begin{cases} ${inner(formula.then)} & \\text{if } ${inner(formula.condition)} \\\\ ${inner(formula.otherwise)} & \\text{otherwise} \\end{cases}`,
      );
    case 'reduce': {
      const names = formula.indices.map(({ name }) => letter(name)).join(',');
      const guards = formula.guards.map(inner).join(',\\; ');
      const below = guards === '' ? names : `${names} \\,:\\, ${guards}`;
      const body = within(formula.body, level.open, symbols);
      return { text: `${reducers[formula.by].tex}_{${below}} ${body}`, level: level.open };
    }
    case 'call':
      return callLatex(formula, symbols);
    default:
      return formula satisfies never;
  }
}

const comparisons: ReadonlyMap<FunctionName, string> = new Map<FunctionName, string>([
  ['equal', '='],
  ['not_equal', '\\neq'],
  ['less', '<'],
  ['less_equal', '\\leq'],
  ['greater', '>'],
  ['greater_equal', '\\geq'],
]);

const operators = new Set(['exp', 'sin', 'cos', 'tan', 'sinh', 'cosh', 'tanh']);

function callLatex({ fn, dtype, operands }: Extract<Formula, { kind: 'call' }>, symbols: Symbols): Typeset {
  const [a, b] = operands;
  const inner = (part: Formula | undefined): string =>
    part === undefined ? '' : formulaLatex(part, symbols);
  const at = (part: Formula | undefined, least: number): string =>
    part === undefined ? '' : within(part, least, symbols);
  const compare = comparisons.get(fn);
  if (compare !== undefined)
    return { text: `${at(a, level.sum)} ${compare} ${at(b, level.sum)}`, level: level.compare };
  switch (fn) {
    case 'and': {
      const parts = conjunction({ kind: 'call', fn, dtype, operands }).map((part) => {
        if ('kind' in part) return at(part, level.not);
        const [low, value, high] = part.parts.map((of) => at(of, level.sum));
        return `${low} ${comparisons.get(part.lower)} ${value} ${comparisons.get(part.upper)} ${high}`;
      });
      return { text: parts.join(' \\wedge '), level: level.and };
    }
    case 'or':
      return { text: `${at(a, level.or)} \\vee ${at(b, level.and)}`, level: level.or };
    case 'not':
      return { text: `\\neg ${at(a, level.not)}`, level: level.not };
    case 'add':
      return { text: `${at(a, level.sum)} + ${at(b, level.open)}`, level: level.sum };
    case 'subtract':
      return { text: `${at(a, level.sum)} - ${at(b, level.open)}`, level: level.sum };
    case 'negate':
      return { text: `-${at(a, level.open)}`, level: signed };
    case 'multiply':
      return productLatex(a!, b!, symbols);
    case 'divide':
      return dtype === 'f32'
        ? scripted(`\\frac{${inner(a)}}{${inner(b)}}`)
        : whole(`\\left\\lfloor ${inner(a)} / ${at(b, level.power)} \\right\\rfloor`);
    case 'modulo':
      return { text: `${at(a, level.product)} \\bmod ${at(b, level.power)}`, level: level.product };
    case 'power':
      return { text: `${at(a, level.whole)}^{${inner(b)}}`, level: level.power };
    case 'sqrt':
      return whole(`\\sqrt{${inner(a)}}`);
    case 'abs':
      return whole(`\\left|${inner(a)}\\right|`);
    case 'log':
      return whole(`\\ln\\left(${inner(a)}\\right)`);
    case 'maximum':
    case 'minimum':
      return whole(`\\${shortNames.get(fn)}\\left(${inner(a)},\\; ${inner(b)}\\right)`);
    default: {
      const name = operators.has(fn) ? `\\${fn}` : `\\operatorname{${escapeLatex(fn)}}`;
      return whole(`${name}\\left(${operands.map(inner).join(',\\; ')}\\right)`);
    }
  }
}

/** Side by side; with a dot where a number follows, which would else join what stands before it. */
function productLatex(a: Formula, b: Formula, symbols: Symbols): Typeset {
  const [left, right] = [within(a, level.product, symbols), typeset(b, symbols)];
  const isOpen = right.level === level.open;
  const text = right.level >= level.product || isOpen ? right.text : `\\left(${right.text}\\right)`;
  const dot = /^-?[\d]|^\\frac\{-?\d+\}/.test(text);
  return { text: `${left} ${dot ? '\\cdot' : '\\,'} ${text}`, level: isOpen ? level.open : level.product };
}

function numberLatex(value: number): Typeset {
  const sign = value < 0 ? signed : level.whole;
  const quotient = quotientOf(value);
  if (quotient !== undefined) {
    const { over, under } = quotient;
    return { text: `${over < 0 ? '-' : ''}\\frac{${Math.abs(over)}}{${under}}`, level: sign };
  }
  const [mantissa, exponent] = decimal(value).split('e');
  return exponent === undefined
    ? { text: mantissa!, level: sign }
    : { text: `${mantissa} \\cdot 10^{${Number(exponent)}}`, level: level.product };
}

function affineLatex(of: Affine): Typeset {
  const atom = (part: Atom): string => {
    if (part.kind === 'index') return letter(part.name);
    const inner = affineLatex(part.of).text;
    return part.kind === 'div'
      ? `\\left\\lfloor (${inner}) / ${part.by} \\right\\rfloor`
      : `(${inner}) \\bmod ${part.by}`;
  };
  const terms = of.terms.map(({ coefficient, atom: part }, k) => {
    const size =
      Math.abs(coefficient) === 1
        ? atom(part)
        : `${Math.abs(coefficient)} ${part.kind === 'mod' ? `(${atom(part)})` : atom(part)}`;
    return coefficient < 0 ? `${k === 0 ? '-' : ' - '}${size}` : `${k === 0 ? '' : ' + '}${size}`;
  });
  const constant = of.constant === 0 ? '' : of.constant < 0 ? ` - ${-of.constant}` : ` + ${of.constant}`;
  const isPlain =
    of.terms.length === 1 &&
    of.constant === 0 &&
    of.terms[0]!.coefficient === 1 &&
    of.terms[0]!.atom.kind === 'index';
  return { text: `${terms.join('')}${constant}`, level: isPlain ? level.whole : level.sum };
}
