/** Which functions are written between their operands, and how tightly: the language's own levels, for all that read or print. */
import {
  computes,
  type InfixOperator,
  infixOperators,
  isComparison,
  isRightAssociative,
  levelOf,
  prefixLevel,
} from '../../grammar/operators.ts';
import type { FunctionName } from '../scalar/functions.ts';

/** How tightly a text holds together; a part that holds less tightly than its place needs parentheses. */
export const precedence = {
  choice: 1,
  or: levelOf('or'),
  and: levelOf('and'),
  not: prefixLevel.not,
  comparison: levelOf('=='),
  sum: levelOf('+'),
  product: levelOf('*'),
  sign: prefixLevel['-'],
  power: levelOf('**'),
  primary: 10,
} as const;

export interface Infix {
  readonly symbol: string;
  readonly level: number;
  /** What the operands must hold at least. */
  readonly left: number;
  readonly right: number;
}

export const comparisonSymbols: readonly InfixOperator[] = infixOperators.filter(isComparison);

/** Comparisons do not chain; a sign may stand in an exponent, and not in what is raised to it. */
function infixOf(symbol: InfixOperator): Infix {
  const level = levelOf(symbol);
  if (isComparison(symbol)) return { symbol, level, left: precedence.sum, right: precedence.sum };
  if (isRightAssociative(symbol)) return { symbol, level, left: precedence.primary, right: precedence.sign };
  return { symbol, level, left: level, right: level + 1 };
}

/** Everything else is written as a call. */
export const infixes: ReadonlyMap<FunctionName, Infix> = new Map(
  infixOperators.map((symbol) => [computes(symbol), infixOf(symbol)]),
);
