/** A scalar expression in, its text out: infix, with no more parentheses than the parser needs. */
import type { Affine } from '../index/affine.ts';
import { print as printAffine } from '../index/query.ts';
import type { Call, Constant, Expr } from '../scalar/expr.ts';
import type { FunctionName } from '../scalar/functions.ts';
import { type Infix, infixes, precedence } from './infix.ts';

/** As in the language, but for the rest of a division, which is spelled as in index arithmetic. */
const infix: ReadonlyMap<FunctionName, Infix> = new Map([
  ...infixes,
  ['modulo', { ...infixes.get('modulo')!, symbol: 'mod' }] as const,
]);

/** The function that an infix symbol stands for. */
export const infixFunctions: ReadonlyMap<string, FunctionName> = new Map([
  ...[...infix].map(([fn, { symbol }]) => [symbol, fn] as const),
  ['div', 'divide'] as const,
]);

/** A graph's nodes, of which printing needs the names only. */
export type Names = readonly { readonly name: string }[];

interface Printed {
  readonly text: string;
  readonly level: number;
}

/** A part that is longer is left out: text has no shared parts, so that of a DAG may be longer than any memory. */
const longestText = 20_000;

export const printExpr = (expr: Expr, nodes: Names): string => printerOf(nodes)(expr).text;

/** A printer that looks at each part once. */
function printerOf(nodes: Names): Printer {
  const done = new Map<Expr, Printed>();
  const print: Printer = (e) => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const made = printed(e, nodes, print);
    const kept = made.text.length > longestText ? primary('…') : made;
    done.set(e, kept);
    return kept;
  };
  return print;
}

type Printer = (e: Expr) => Printed;

function at(expr: Expr, level: number, print: Printer): string {
  const part = print(expr);
  return part.level >= level ? part.text : `(${part.text})`;
}

const primary = (text: string): Printed => ({ text, level: precedence.primary });

function printed(e: Expr, nodes: Names, print: Printer): Printed {
  const inner = (part: Expr): string => at(part, precedence.choice, print);
  switch (e.kind) {
    case 'constant':
      return {
        text: printConstant(e),
        level: isNegative(e.value) ? precedence.sign : precedence.primary,
      };
    case 'index':
      return { text: printAffine(e.of), level: affineLevel(e.of) };
    case 'result':
      return primary('result');
    case 'load': {
      const name = `%${nodes[e.value]?.name ?? `?${e.value}`}`;
      return primary(e.indices.length === 0 ? name : `${name}[${e.indices.map(inner).join(', ')}]`);
    }
    case 'call':
      return printCall(e, print);
    case 'select': {
      const condition = at(e.condition, precedence.or, print);
      return {
        text: `if ${condition} then ${inner(e.then)} else ${inner(e.otherwise)}`,
        level: precedence.choice,
      };
    }
    case 'derivative': {
      const rules = e.rules.map(({ operand, partial }) => `${inner(operand)}: ${inner(partial)}`);
      return primary(`${at(e.value, precedence.primary, print)} derivative(${rules.join(', ')})`);
    }
    default:
      return e satisfies never;
  }
}

function printCall(e: Call, print: Printer): Printed {
  const [a, b] = e.operands;
  const how = infix.get(e.fn);
  if (how !== undefined && a !== undefined && b !== undefined) {
    const symbol = e.fn === 'divide' && e.dtype !== 'f32' ? 'div' : how.symbol;
    return { text: `${at(a, how.left, print)} ${symbol} ${at(b, how.right, print)}`, level: how.level };
  }
  if (e.fn === 'not' && a !== undefined)
    return { text: `not ${at(a, precedence.not, print)}`, level: precedence.not };
  if (e.fn === 'negate' && a !== undefined) {
    const operand = at(a, precedence.power, print);
    // A minus before a digit would be part of the number.
    if (!/^\d/.test(operand)) return { text: `-${operand}`, level: precedence.sign };
  }
  return primary(`${e.fn}(${e.operands.map((part) => at(part, precedence.choice, print)).join(', ')})`);
}

const isNegative = (value: number): boolean => value < 0 || Object.is(value, -0);

/** How tightly the text of an index holds together. */
export function affineLevel({ terms, constant: offset }: Affine): number {
  const [only, ...others] = terms;
  if (only === undefined) return isNegative(offset) ? precedence.sign : precedence.primary;
  if (others.length > 0 || offset !== 0 || only.coefficient < 0) return precedence.sum;
  return only.coefficient === 1 && only.atom.kind === 'index' ? precedence.primary : precedence.product;
}

/** `0.5`, `3`, `3u`, `true`: the type shows. The decimal is the shortest that reads back as the same number. */
export function printConstant({ dtype, value }: Constant): string {
  switch (dtype) {
    case 'f32':
      return printFloat(value);
    case 'i32':
      return String(value);
    case 'u32':
      return `${value}u`;
    case 'bool':
      return value === 0 ? 'false' : 'true';
    default:
      return dtype satisfies never;
  }
}

function printFloat(value: number): string {
  const [mantissa, exponent] = (Object.is(value, -0) ? '-0' : String(value)).split('e');
  const pointed = mantissa!.includes('.') ? mantissa! : `${mantissa}.0`;
  return exponent === undefined ? pointed : `${pointed}e${exponent}`;
}
