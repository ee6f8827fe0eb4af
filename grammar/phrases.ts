/** Tokens and kinds of tokens come in, the words that messages use for them go out. */
import type { IToken, TokenType } from 'chevrotain';
import {
  BinaryOperator,
  Identifier,
  isKeyword,
  Newline,
  NumberToken,
  Semicolon,
  Separator,
  StringToken,
  spelling,
} from './tokens.ts';

export const endOfInput = 'the end of the file';

const quoted = (text: string): string => `\`${text}\``;

/** What messages call a token that was found. */
export function describe(token: IToken): string {
  const { tokenType, image } = token;
  if (tokenType.name === 'EOF') return endOfInput;
  if (tokenType === Newline || (tokenType === Separator && image !== ';')) return 'the end of the line';
  if (tokenType === StringToken) return `the text ${image.length > 24 ? `${image.slice(0, 20)}…"` : image}`;
  if (isKeyword(tokenType)) return `the keyword ${quoted(image)}`;
  return quoted(image.length > 40 ? `${image.slice(0, 40)}…` : image);
}

/** What messages call a kind of token that was expected. */
export function describeType(type: TokenType): string {
  if (type === Identifier) return 'a name';
  if (type === NumberToken) return 'a number';
  if (type === StringToken) return 'a text between `"`';
  if (type === Separator || type === Semicolon || type === Newline) return 'a new line or `;`';
  if (type === BinaryOperator) return 'an operator';
  if (type.name === 'EOF') return endOfInput;
  return quoted(spelling(type));
}
