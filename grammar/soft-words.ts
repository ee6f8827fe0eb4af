/** Words that are keywords only where a statement begins, and `<-`, which is `<` and `-` but in an update. */
import type { IToken, TokenType } from 'chevrotain';
import { atStart, type Head, isOutermost, type Laying, top } from './laying.ts';
import { noteName, readOrReduction } from './read-reductions.ts';
import {
  And,
  Dot,
  Frozen,
  Identifier,
  If,
  isKeyword,
  LeftArrow,
  LeftBracket,
  Less,
  Minus,
  Or,
  Param,
  Reducer,
  RightBracket,
  retyped,
  statementWords,
  tokenAt,
} from './tokens.ts';

/** The token as what it is at this place; `head` is what stands before it in its statement. */
export function resolve(laying: Laying, position: number, head: Head): readonly IToken[] {
  const token = laying.tokens[position]!;
  const type = token.tokenType;
  const inStatement = !isOutermost(laying);
  const updates = inStatement && top(laying).lines && (head === 'name' || head === 'indices');
  if (type === LeftArrow && token.image === '<-' && !updates) {
    const { startOffset } = token;
    return [
      tokenAt(Less, '<', startOffset, startOffset + 1),
      tokenAt(Minus, '-', startOffset + 1, startOffset + 2),
    ];
  }
  if (type === Reducer) return [readOrReduction(laying, position)];
  noteName(laying, token);
  if (type !== Identifier || !inStatement || !atStart(laying)) return [token];
  const soft = statementWords.get(token.image);
  const next = laying.tokens[position + 1]?.tokenType;
  return [soft !== undefined && next !== undefined && isWord(next) ? retyped(token, soft) : token];
}

const isWord = (type: TokenType): boolean =>
  type === Identifier || type === Reducer || (isKeyword(type) && type !== And && type !== Or && type !== If);

/** Takes note of how the statement goes on with a token of this type. */
export function advanceHead(laying: Laying, type: TokenType): void {
  if (!top(laying).lines) return;
  if (laying.head === 'start') {
    laying.head = type === Identifier ? 'name' : 'other';
    laying.ofParam = type === Param || type === Frozen;
  } else if (laying.head === 'name' && type === LeftBracket) laying.head = 'indices';
  else if (laying.head === 'name' && type === Dot) laying.head = 'path';
  else if (laying.head === 'path' && type === Identifier) laying.head = 'name';
  else if (!(laying.head === 'indices' && type === RightBracket)) laying.head = 'other';
}
