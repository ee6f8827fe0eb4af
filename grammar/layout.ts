/**
 * Tokens of the text come in, tokens for the parser go out: line breaks become separators or vanish, brackets are
 * balanced and not nested too deep, comments are gone. Forgotten brackets are reported here and then supplied, so
 * that the parser does not report them a second time.
 */
import type { IToken, TokenType } from 'chevrotain';
import { closerOf, declarationStart, matchBrackets } from './brackets.ts';
import { continuesAfter, continuesBefore } from './continuation.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { At } from './lexical.ts';
import { describe } from './phrases.ts';
import * as problems from './problems.ts';
import {
  And,
  Comma,
  Comment,
  endOf,
  Frozen,
  Identifier,
  If,
  isKeyword,
  LeftArrow,
  LeftBrace,
  LeftBracket,
  LeftParenthesis,
  Less,
  Minus,
  Newline,
  Or,
  Param,
  Reducer,
  RightBrace,
  RightBracket,
  retyped,
  Semicolon,
  Separator,
  statementWords,
  tokenAt,
  Unparsed,
} from './tokens.ts';

/**
 * How many brackets and conditionals may stand in one another: about half of what the parser's recovery from an
 * error takes on Node's default stack.
 */
export const nestingLimit = 64;

export interface Layout {
  readonly tokens: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
  /** The text of the `///` lines above a declaration or statement, by the offset of its first token. */
  readonly docs: ReadonlyMap<number, string>;
}

/** A bracket that is open; the outermost frame is the file. */
interface Frame {
  readonly position: number;
  readonly token: IToken | undefined;
  /** A line break inside may end a statement. */
  readonly lines: boolean;
  /** The brackets of `sum[…]`: what follows them is a part of the reduction. */
  readonly ofReducer: boolean;
  /** Conditionals that were opened since the last comma or separator. */
  ifs: number;
}

/** What the current statement began with, as far as `<-` needs it. */
type Head = 'start' | 'name' | 'indices' | 'other';

const closers: ReadonlySet<TokenType> = new Set(closerOf.values());

/** What a `///` line of its own says. */
function docText(tokens: readonly IToken[], position: number): string | undefined {
  const before = tokens[position - 1]?.tokenType;
  if (before !== undefined && before !== Newline) return undefined;
  return /^\/\/\/(?!\/) ?(.*?)\s*$/.exec(tokens[position]!.image)?.[1];
}

export function layOut(tokens: readonly IToken[], at: At, end: number): Layout {
  const brackets = matchBrackets(tokens);
  const output: IToken[] = [];
  const diagnostics: Diagnostic[] = [];
  const docs = new Map<number, string>();
  const frames: Frame[] = [{ position: -1, token: undefined, lines: true, ofReducer: false, ifs: 0 }];
  const state = {
    depth: 0,
    doc: [] as string[],
    head: 'start' as Head,
    /** A parameter's `if` may stand on a line of its own; elsewhere none does. */
    ofParam: false,
    separator: undefined as IToken | undefined,
    afterReducer: false,
  };

  const top = (): Frame => frames.at(-1)!;
  const previous = (): IToken | undefined => output.at(-1);
  const atStart = (): boolean => {
    const type = previous()?.tokenType;
    return top().lines && (type === undefined || type === Separator || type === LeftBrace);
  };

  const open = (token: IToken, position: number): void => {
    const closed = !brackets.unclosed.has(position);
    frames.push({
      position,
      token,
      lines: token.tokenType === LeftBrace || (!closed && top().lines),
      ofReducer: token.tokenType === LeftBracket && previous()?.tokenType === Reducer,
      ifs: 0,
    });
    state.depth += 1;
    if (token.tokenType === LeftBrace) state.head = 'start';
    output.push(token);
  };
  const leave = (): Frame => {
    const frame = frames.pop()!;
    state.depth -= 1 + frame.ifs;
    state.afterReducer = frame.ofReducer;
    return frame;
  };
  /** Supplies the closing bracket that nobody wrote, before the token `found`. */
  const supply = (found: IToken | undefined): void => {
    const { token } = leave();
    const closer = closerOf.get(token!.tokenType)!;
    const offset = endOf(previous()!);
    diagnostics.push(
      problems.unclosedBracket(
        at(token!.startOffset, endOf(token!)),
        token!.image,
        String(closer.PATTERN),
        found === undefined ? at(end, end) : at(found.startOffset, endOf(found)),
        found === undefined ? 'the end of the file' : describe(found),
      ),
    );
    output.push(tokenAt(closer, '', offset, offset));
  };
  const forgetConditionals = (): void => {
    state.depth -= top().ifs;
    top().ifs = 0;
  };

  /** Decides what the line break or `;` before `token` means. */
  const separate = (token: IToken, position: number): void => {
    const separator = state.separator;
    state.separator = undefined;
    const declares = declarationStart(tokens, position);
    if (separator === undefined && !declares) return;
    if (separator?.tokenType === Newline && !declares && continues(token)) return;
    const ends = (frame: Frame): boolean =>
      frame.token !== undefined && (declares || frame.token.tokenType !== LeftBrace);
    while (ends(top())) supply(declares ? token : separator);
    forgetConditionals();
    state.head = 'start';
    const type = previous()?.tokenType;
    const needless =
      type === undefined || type === Separator || type === LeftBrace || token.tokenType === RightBrace;
    if (needless || separator === undefined) return;
    // Between declarations only what would continue an expression has to be kept away from it.
    const apart = token.tokenType === LeftBracket || token.tokenType === Minus;
    if (frames.length === 1 && !apart) return;
    output.push(
      tokenAt(Separator, separator.image === ';' ? ';' : '', separator.startOffset, endOf(separator)),
    );
  };
  const continues = (token: IToken): boolean => {
    const before = previous()?.tokenType;
    if (before === undefined || before === Separator || before === LeftBrace) return false;
    if (state.afterReducer || continuesAfter(before)) return true;
    const next = token.tokenType;
    if (next === LeftParenthesis) return frames.length === 1;
    return next === If ? state.ofParam : continuesBefore(next);
  };

  /** Leaves out everything up to the end of what is nested too deep; gives the position after it. */
  const skipDeep = (position: number): number => {
    const start = tokens[position]!;
    let next = position;
    if (closerOf.has(start.tokenType)) {
      next = brackets.ends.get(position)! + (brackets.unclosed.has(position) ? 0 : 1);
    } else {
      for (; next < tokens.length && !endsPart(next); ) next = brackets.ends.get(next) ?? next + 1;
    }
    const last = tokens[next - 1] ?? start;
    output.push(tokenAt(Unparsed, '', start.startOffset, Math.max(endOf(start), endOf(last))));
    diagnostics.push(problems.tooDeep(at(start.startOffset, endOf(start)), nestingLimit));
    return next;
  };
  const endsPart = (position: number): boolean => {
    const { tokenType } = tokens[position]!;
    if (tokenType === Newline || tokenType === Semicolon) return top().lines;
    return tokenType === Comma || closers.has(tokenType);
  };

  /** Words that are keywords only at the start of a statement, and `<-`, which is `<` and `-` elsewhere. */
  const resolve = (token: IToken, position: number, head: Head): readonly IToken[] => {
    const starts = atStart();
    const type = token.tokenType;
    const updates = frames.length > 1 && top().lines && (head === 'name' || head === 'indices');
    if (type === LeftArrow && token.image === '<-' && !updates) {
      const { startOffset } = token;
      return [
        tokenAt(Less, '<', startOffset, startOffset + 1),
        tokenAt(Minus, '-', startOffset + 1, startOffset + 2),
      ];
    }
    if (type !== Identifier || !starts || frames.length === 1) return [token];
    const soft = statementWords.get(token.image);
    const next = tokens[position + 1]?.tokenType;
    return [soft !== undefined && next !== undefined && isWord(next) ? retyped(token, soft) : token];
  };
  const isWord = (type: TokenType): boolean =>
    type === Identifier ||
    type === Reducer ||
    (isKeyword(type) && type !== And && type !== Or && type !== If);
  const advanceHead = (type: TokenType): void => {
    if (!top().lines) return;
    if (state.head === 'start') {
      state.head = type === Identifier ? 'name' : 'other';
      state.ofParam = type === Param || type === Frozen;
    } else if (state.head === 'name' && type === LeftBracket) state.head = 'indices';
    else if (!(state.head === 'indices' && type === RightBracket)) state.head = 'other';
  };
  const attachDoc = (token: IToken, position: number): void => {
    const starts = atStart() || declarationStart(tokens, position);
    if (starts && state.doc.length > 0 && token.tokenType !== RightBrace) {
      docs.set(token.startOffset, state.doc.join('\n'));
    }
    state.doc = [];
  };

  /** Takes the token at `position`; gives the position of the next one to take. */
  const take = (position: number): number => {
    const token = tokens[position]!;
    const type = token.tokenType;
    separate(token, position);
    while (top().token !== undefined && brackets.ends.get(top().position)! <= position && !closes(position))
      supply(token);
    attachDoc(token, position);
    state.afterReducer = false;
    if (state.depth >= nestingLimit && (type === If || closerOf.has(type))) return skipDeep(position);
    const { head } = state;
    advanceHead(type);
    if (closerOf.has(type)) {
      open(token, position);
    } else if (brackets.unopened.has(position)) {
      const opener = [...closerOf].find(([, closer]) => closer === type)![0];
      diagnostics.push(
        problems.unopenedBracket(at(token.startOffset, endOf(token)), token.image, String(opener.PATTERN)),
      );
    } else if (closers.has(type)) {
      leave();
      output.push(token);
    } else {
      if (type === Comma) forgetConditionals();
      if (type === If) {
        top().ifs += 1;
        state.depth += 1;
      }
      output.push(...resolve(token, position, head));
    }
    return position + 1;
  };
  /** The token closes the innermost bracket. */
  const closes = (position: number): boolean =>
    brackets.ends.get(top().position) === position && !brackets.unclosed.has(top().position);

  for (let position = 0; position < tokens.length; ) {
    const token = tokens[position]!;
    const type = token.tokenType;
    if (type === Comment) {
      const doc = docText(tokens, position);
      if (doc !== undefined && top().lines) state.doc.push(doc);
    } else if ((type === Newline || type === Semicolon) && top().lines) {
      if (state.separator === undefined || type === Semicolon) state.separator = token;
    } else if (type === Semicolon) {
      output.push(retyped(token, Separator));
    } else if (type !== Newline) {
      position = take(position);
      continue;
    }
    position += 1;
  }
  while (top().token !== undefined) supply(undefined);

  return { tokens: output, diagnostics, docs };
}
