/** Which functions are written between their operands, and how tightly: the language's own levels, for every printer. */
import { binaryLevel, prefixLevel } from '../../grammar/precedence.ts';
import type { FunctionName } from '../scalar/functions.ts';

/** How tightly a text holds together; a part that holds less tightly than its place needs parentheses. */
export const precedence = {
  choice: 1,
  or: binaryLevel.or,
  and: binaryLevel.and,
  not: prefixLevel.not,
  comparison: binaryLevel['=='],
  sum: binaryLevel['+'],
  product: binaryLevel['*'],
  sign: prefixLevel['-'],
  power: binaryLevel['**'],
  primary: 10,
} as const;

export interface Infix {
  readonly symbol: string;
  readonly level: number;
  /** What the operands must hold at least. */
  readonly left: number;
  readonly right: number;
}

const leftToRight = (symbol: string, level: number): Infix => ({
  symbol,
  level,
  left: level,
  right: level + 1,
});
const alone = (symbol: string): Infix => ({
  symbol,
  level: precedence.comparison,
  left: precedence.sum,
  right: precedence.sum,
});

/** Everything else is written as a call. */
export const infixes: ReadonlyMap<FunctionName, Infix> = new Map<FunctionName, Infix>([
  ['or', leftToRight('or', precedence.or)],
  ['and', leftToRight('and', precedence.and)],
  ['equal', alone('==')],
  ['not_equal', alone('!=')],
  ['less', alone('<')],
  ['less_equal', alone('<=')],
  ['greater', alone('>')],
  ['greater_equal', alone('>=')],
  ['add', leftToRight('+', precedence.sum)],
  ['subtract', leftToRight('-', precedence.sum)],
  ['multiply', leftToRight('*', precedence.product)],
  ['divide', leftToRight('/', precedence.product)],
  ['modulo', leftToRight('%', precedence.product)],
  ['power', { symbol: '**', level: precedence.power, left: precedence.primary, right: precedence.sign }],
]);
