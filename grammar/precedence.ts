/** How tightly each operator binds: the builder reads it from text to tree, the formatter from tree to text. */
import type { BinaryOperator } from './ast.ts';

export const binaryLevel: Readonly<Record<BinaryOperator, number>> = {
  '|>': 1,
  or: 2,
  and: 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '+': 6,
  '-': 6,
  '*': 7,
  '/': 7,
  '%': 7,
  '**': 9,
};

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

export const isRightAssociative = (operator: BinaryOperator): boolean => operator === '**';
export const isComparison = (operator: BinaryOperator): boolean =>
  binaryLevel[operator] === binaryLevel['=='];
export const isBinaryOperator = (text: string): text is BinaryOperator => Object.hasOwn(binaryLevel, text);
