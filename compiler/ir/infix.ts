/** Which functions are written between their operands, and how tightly: the language's own levels, for all that read or print. */
import type { BinaryOperator } from '../../grammar/ast.ts';
import { binaryLevel, isComparison, isRightAssociative, prefixLevel } from '../../grammar/precedence.ts';
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

type Operator = Exclude<BinaryOperator, '|>'>;

/** What an operator of the language computes; `|>` is a call of what stands behind it. */
export const operatorFunctions = {
  or: 'or',
  and: 'and',
  '==': 'equal',
  '!=': 'not_equal',
  '<': 'less',
  '<=': 'less_equal',
  '>': 'greater',
  '>=': 'greater_equal',
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '%': 'modulo',
  '**': 'power',
} as const satisfies Readonly<Record<Operator, FunctionName>>;

const operators = Object.keys(operatorFunctions) as readonly Operator[];

export const comparisonSymbols: readonly Operator[] = operators.filter(isComparison);

/** Comparisons do not chain; a sign may stand in an exponent, and not in what is raised to it. */
function infixOf(symbol: Operator): Infix {
  const level = binaryLevel[symbol];
  if (isComparison(symbol)) return { symbol, level, left: precedence.sum, right: precedence.sum };
  if (isRightAssociative(symbol)) return { symbol, level, left: precedence.primary, right: precedence.sign };
  return { symbol, level, left: level, right: level + 1 };
}

/** Everything else is written as a call. */
export const infixes: ReadonlyMap<FunctionName, Infix> = new Map(
  operators.map((symbol) => [operatorFunctions[symbol], infixOf(symbol)]),
);
