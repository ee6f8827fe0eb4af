/** What is nested deeper than the parser can follow comes in; one token that stands for all of it goes out. */
import type { TokenType } from 'chevrotain';
import { closerOf } from './brackets.ts';
import { type Laying, top } from './laying.ts';
import * as problems from './problems.ts';
import { Comma, endOf, If, Newline, Semicolon, tokenAt, Unparsed } from './tokens.ts';

/**
 * How many brackets and conditionals may stand in one another: about half of what the parser's recovery from an
 * error takes on Node's default stack.
 */
export const nestingLimit = 64;

/** A token of this type would nest too deep. */
export const isTooDeep = ({ depth }: Laying, type: TokenType): boolean =>
  depth >= nestingLimit && (type === If || closerOf.has(type));

/** Leaves out everything up to the end of what is nested too deep; gives the position after it. */
export function skipDeep(laying: Laying, position: number): number {
  const { tokens, at } = laying;
  const start = tokens[position]!;
  let next = position;
  if (closerOf.has(start.tokenType)) next = past(laying, position);
  else while (next < tokens.length && !endsPart(laying, next)) next = past(laying, next);
  const last = tokens[next - 1] ?? start;
  laying.output.push(tokenAt(Unparsed, '', start.startOffset, Math.max(endOf(start), endOf(last))));
  laying.diagnostics.push(problems.tooDeep(at(start.startOffset, endOf(start)), nestingLimit));
  return next;
}

/** The position after the token, and where it opens a bracket, after what closes that. */
function past({ brackets }: Laying, position: number): number {
  const end = brackets.ends.get(position);
  if (end === undefined) return position + 1;
  return brackets.unclosed.has(position) ? end : end + 1;
}

const closers: ReadonlySet<TokenType> = new Set(closerOf.values());

function endsPart(laying: Laying, position: number): boolean {
  const { tokenType } = laying.tokens[position]!;
  if (tokenType === Newline || tokenType === Semicolon) return top(laying).lines;
  return tokenType === Comma || closers.has(tokenType);
}
