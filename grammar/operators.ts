/**
 * What stands between two operands, what it computes and how tightly it binds: one table for all that read or print
 * texts of the language, of the IR and of formulas (`compiler/scalar/formula-text.ts`).
 */

interface Operator {
  readonly level: number;
  /** The scalar function; `|>` is a call of what stands behind it. */
  readonly computes?: string;
}

const operators = {
  '|>': { level: 1 },
  or: { level: 2, computes: 'or' },
  and: { level: 3, computes: 'and' },
  '==': { level: 5, computes: 'equal' },
  '!=': { level: 5, computes: 'not_equal' },
  '<': { level: 5, computes: 'less' },
  '<=': { level: 5, computes: 'less_equal' },
  '>': { level: 5, computes: 'greater' },
  '>=': { level: 5, computes: 'greater_equal' },
  '+': { level: 6, computes: 'add' },
  '-': { level: 6, computes: 'subtract' },
  '*': { level: 7, computes: 'multiply' },
  '/': { level: 7, computes: 'divide' },
  '%': { level: 7, computes: 'modulo' },
  '**': { level: 9, computes: 'power' },
} as const satisfies Readonly<Record<string, Operator>>;

export type BinaryOperator = keyof typeof operators;
/** One that computes. */
export type InfixOperator = Exclude<BinaryOperator, '|>'>;

/** A prefix takes everything to its right that binds at least this tightly. */
export const prefixLevel = {
  conditional: 0,
  not: 4,
  /** `sum[i] a * b + c` is `(sum[i] a * b) + c`. */
  reduction: 7,
  /** `-x ** 2` is `-(x ** 2)`. */
  '-': 8,
} as const;

export const loosest = 0;

export const isBinaryOperator = (text: string): text is BinaryOperator => Object.hasOwn(operators, text);
export const infixOperators: readonly InfixOperator[] = Object.keys(operators)
  .filter(isBinaryOperator)
  .filter((operator) => operator !== '|>');
export const levelOf = (operator: BinaryOperator): number => operators[operator].level;
export const computes = <O extends InfixOperator>(operator: O): (typeof operators)[O]['computes'] =>
  operators[operator].computes;
export const isRightAssociative = (operator: BinaryOperator): boolean => operator === '**';
export const isComparison = (operator: BinaryOperator): boolean => levelOf(operator) === levelOf('==');
