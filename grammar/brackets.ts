/** Tokens come in; which bracket closes which goes out, and who is to blame where none does. */
import type { IToken, TokenType } from 'chevrotain';
import {
  isDeclarationKeyword,
  LeftBrace,
  LeftBracket,
  LeftParenthesis,
  Newline,
  RightBrace,
  RightBracket,
  RightParenthesis,
  Semicolon,
} from './tokens.ts';

export const closerOf: ReadonlyMap<TokenType, TokenType> = new Map([
  [LeftParenthesis, RightParenthesis],
  [LeftBracket, RightBracket],
  [LeftBrace, RightBrace],
]);

export const openerOf: ReadonlyMap<TokenType, TokenType> = new Map(
  [...closerOf].map(([open, close]) => [close, open]),
);

export interface Brackets {
  /** For the position of an opening bracket: where it is closed, or where it is clear that it never will be. */
  readonly ends: ReadonlyMap<number, number>;
  /** Positions of opening brackets that nothing closes. */
  readonly unclosed: ReadonlySet<number>;
  /** Positions of closing brackets that nothing opened. */
  readonly unopened: ReadonlySet<number>;
}

interface Open {
  readonly position: number;
  readonly type: TokenType;
  /** How many of each kind are open below this one, up to the next brace. */
  readonly parentheses: number;
  readonly brackets: number;
}

/**
 * Braces are stronger than the others: no brace stands inside parentheses, and a declaration keyword that starts
 * a line is never inside anything. So one forgotten bracket spoils its own statement and not the file.
 */
export function matchBrackets(tokens: readonly IToken[]): Brackets {
  const ends = new Map<number, number>();
  const unclosed = new Set<number>();
  const unopened = new Set<number>();
  const stack: Open[] = [];
  let braces = 0;

  const giveUp = (until: (type: TokenType) => boolean, position: number): void => {
    for (let top = stack.at(-1); top !== undefined && !until(top.type); top = stack.at(-1)) {
      unclosed.add(top.position);
      ends.set(top.position, position);
      pop();
    }
  };
  const pop = (): Open => {
    const top = stack.pop()!;
    if (top.type === LeftBrace) braces -= 1;
    return top;
  };
  const isOpen = (type: TokenType): boolean => {
    if (type === LeftBrace) return braces > 0;
    const top = stack.at(-1);
    return ((type === LeftParenthesis ? top?.parentheses : top?.brackets) ?? 0) > 0;
  };

  tokens.forEach((token, position) => {
    const type = token.tokenType;
    if (closerOf.has(type)) {
      if (type === LeftBrace) giveUp((open) => open === LeftBrace, position);
      if (type === LeftBrace) braces += 1;
      const below = type === LeftBrace ? undefined : stack.at(-1);
      stack.push({
        position,
        type,
        parentheses: (below?.parentheses ?? 0) + (type === LeftParenthesis ? 1 : 0),
        brackets: (below?.brackets ?? 0) + (type === LeftBracket ? 1 : 0),
      });
      return;
    }
    const opener = openerOf.get(type);
    if (opener !== undefined) {
      if (!isOpen(opener)) {
        unopened.add(position);
        return;
      }
      giveUp((open) => open === opener, position);
      ends.set(pop().position, position);
      return;
    }
    if (declarationStart(tokens, position)) giveUp(() => false, position);
  });
  giveUp(() => false, tokens.length);
  return { ends, unclosed, unopened };
}

/** A declaration keyword at the start of a line. */
export function declarationStart(tokens: readonly IToken[], position: number): boolean {
  const { tokenType } = tokens[position]!;
  if (!isDeclarationKeyword(tokenType)) return false;
  const before = tokens[position - 1]?.tokenType;
  return before === undefined || before === Newline || before === Semicolon;
}
