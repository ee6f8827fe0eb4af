/**
 * A value that has the name of a reduction and is read by index, `mean[b]`, in; a message and the read that is meant, out. The
 * brackets would be taken for a reduction, and what follows for its body, with messages about everything but the name.
 */
import type { IToken, TokenType } from 'chevrotain';
import { isReductionName } from '../compiler/ir/reducers.ts';
import { atStart, isOutermost, type Laying, previous } from './laying.ts';
import * as problems from './problems.ts';
import {
  endOf,
  False,
  Frozen,
  Identifier,
  If,
  LeftParenthesis,
  Let,
  Not,
  NumberToken,
  Param,
  Reducer,
  retyped,
  statementWords,
  True,
} from './tokens.ts';

const words: ReadonlySet<TokenType> = new Set([...statementWords.values(), Let, Param, Frozen]);

/** Takes note of the values that have such a name, until the declaration ends. */
export function noteName(laying: Laying, token: IToken): void {
  if (isOutermost(laying)) laying.named.clear();
  if (token.tokenType !== Identifier || !isReductionName(token.image)) return;
  const before = previous(laying)?.tokenType;
  if (atStart(laying) || (before !== undefined && words.has(before))) laying.named.add(token.image);
}

/** What the body of a reduction may start with; a minus after a name of one's own is a difference. */
const operandStarts: ReadonlySet<TokenType> = new Set([
  ...[Identifier, NumberToken, LeftParenthesis, If, Not, True, False, Reducer],
]);

/** The token, or, where it is read by index, its name. */
export function readOrReduction(laying: Laying, position: number): IToken {
  const { tokens, named, brackets } = laying;
  const token = tokens[position]!;
  const close = brackets.ends.get(position + 1);
  const next = close === undefined ? undefined : tokens[close + 1]?.tokenType;
  if (!named.has(token.image) || (next !== undefined && operandStarts.has(next))) return token;
  laying.diagnostics.push(problems.readReduction(laying.at(token.startOffset, endOf(token)), token.image));
  return retyped(token, Identifier);
}
