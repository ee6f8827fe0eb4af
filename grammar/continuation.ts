/** The tokens around a line break come in; whether they keep the statement going goes out. */
import type { TokenType } from 'chevrotain';
import * as t from './tokens.ts';

/** Neither end nor start of a statement. */
const inner: readonly TokenType[] = [
  ...[t.Equals, t.LeftArrow, t.RightArrow, t.Comma, t.Colon, t.Dot],
  ...[t.Then, t.Else, t.Where, t.Derivative, t.Over, t.With, t.Init],
];
const endsNothing: ReadonlySet<TokenType> = new Set([...inner, t.If, t.Not, t.Return]);
const startsNothing: ReadonlySet<TokenType> = new Set([...inner, t.LeftBrace]);

const isBinary = (type: TokenType): boolean => type.CATEGORIES?.includes(t.BinaryOperator) ?? false;

/** A line that ends in this is not complete. */
export const continuesAfter = (type: TokenType): boolean => isBinary(type) || endsNothing.has(type);

/** A line that starts with this belongs to the line before. A `-` does not: it could be a sign. */
export const continuesBefore = (type: TokenType): boolean =>
  (isBinary(type) && type !== t.Minus) || startsNothing.has(type);
