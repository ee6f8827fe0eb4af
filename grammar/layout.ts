/**
 * Tokens of the text come in, tokens for the parser go out: line breaks become separators or vanish, brackets are
 * balanced and not nested too deep, comments are gone. Forgotten brackets are reported here and then supplied, so
 * that the parser does not report them a second time.
 */
import type { IToken } from 'chevrotain';
import { closerOf, declarationStart, openerOf } from './brackets.ts';
import type { Diagnostic } from './diagnostic.ts';
import {
  atStart,
  beginLaying,
  endConditionals,
  type Laying,
  leave,
  open,
  openConditional,
  supply,
  top,
} from './laying.ts';
import type { At } from './lexical.ts';
import { separate } from './line-ends.ts';
import { isTooDeep, skipDeep } from './nesting.ts';
import * as problems from './problems.ts';
import { advanceHead, resolve } from './soft-words.ts';
import { Comma, Comment, endOf, If, Newline, RightBrace, retyped, Semicolon, Separator } from './tokens.ts';

export interface Layout {
  readonly tokens: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
  /** The text of the `///` lines above a declaration or statement, by the offset of its first token. */
  readonly docs: ReadonlyMap<number, string>;
}

export function layOut(tokens: readonly IToken[], at: At, end: number): Layout {
  const laying = beginLaying(tokens, at, end);
  for (let position = 0; position < tokens.length; ) {
    position = isLaidAside(laying, position) ? position + 1 : take(laying, position);
  }
  while (top(laying).token !== undefined) supply(laying, undefined);
  const { output, diagnostics, docs } = laying;
  return { tokens: output, diagnostics, docs };
}

/** Comments and what ends lines: it is remembered until the next token, or means nothing. */
function isLaidAside(laying: Laying, position: number): boolean {
  const token = laying.tokens[position]!;
  const { lines } = top(laying);
  switch (token.tokenType) {
    case Comment: {
      const doc = docText(laying.tokens, position);
      if (doc !== undefined && lines) laying.doc = [...laying.doc, doc];
      return true;
    }
    case Newline:
      if (lines) laying.separator ??= token;
      return true;
    case Semicolon:
      if (lines) laying.separator = token;
      else laying.output.push(retyped(token, Separator));
      return true;
    default:
      return false;
  }
}

/** What a `///` line of its own says. */
function docText(tokens: readonly IToken[], position: number): string | undefined {
  const before = tokens[position - 1]?.tokenType;
  if (before !== undefined && before !== Newline) return undefined;
  return /^\/\/\/(?!\/) ?(.*?)\s*$/.exec(tokens[position]!.image)?.[1];
}

/** Takes the token at `position`; gives the position of the next one to take. */
function take(laying: Laying, position: number): number {
  const token = laying.tokens[position]!;
  const type = token.tokenType;
  separate(laying, token, position);
  while (isForgotten(laying, position)) supply(laying, token);
  attachDoc(laying, token, position);
  laying.afterReducer = false;
  if (isTooDeep(laying, type)) return skipDeep(laying, position);
  const { head, output } = laying;
  advanceHead(laying, type);
  if (closerOf.has(type)) {
    open(laying, token, position);
  } else if (laying.brackets.unopened.has(position)) {
    const place = laying.at(token.startOffset, endOf(token));
    laying.diagnostics.push(
      problems.unopenedBracket(place, token.image, String(openerOf.get(type)!.PATTERN)),
    );
  } else if (openerOf.has(type)) {
    leave(laying);
    output.push(token);
  } else {
    if (type === Comma) endConditionals(laying);
    if (type === If) openConditional(laying);
    output.push(...resolve(laying, position, head));
  }
  return position + 1;
}

/** The innermost bracket ends before the token at `position`, though nothing closes it. */
function isForgotten(laying: Laying, position: number): boolean {
  const { ends, unclosed } = laying.brackets;
  const innermost = top(laying);
  if (innermost.token === undefined) return false;
  const end = ends.get(innermost.position)!;
  return end < position || (end === position && unclosed.has(innermost.position));
}

/** Documents the declaration or statement that begins with the token. */
function attachDoc(laying: Laying, token: IToken, position: number): void {
  const starts = atStart(laying) || declarationStart(laying.tokens, position);
  if (starts && laying.doc.length > 0 && token.tokenType !== RightBrace) {
    laying.docs.set(token.startOffset, laying.doc.join('\n'));
  }
  laying.doc = [];
}
