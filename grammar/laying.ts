/** Where laying out stands: the brackets that are open, how the statement began, and the tokens that are put out so far. */
import type { IToken, TokenType } from 'chevrotain';
import { type Brackets, closerOf, matchBrackets } from './brackets.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { At } from './lexical.ts';
import { describe } from './phrases.ts';
import * as problems from './problems.ts';
import { endOf, LeftBrace, LeftBracket, Reducer, Separator, tokenAt } from './tokens.ts';

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
export type Head = 'start' | 'name' | 'path' | 'indices' | 'other';

export interface Laying {
  readonly tokens: readonly IToken[];
  readonly at: At;
  /** Where the text ends. */
  readonly end: number;
  readonly brackets: Brackets;
  readonly output: IToken[];
  readonly diagnostics: Diagnostic[];
  readonly docs: Map<number, string>;
  readonly frames: Frame[];
  /** Values of the declaration that have the name of a reduction. */
  readonly named: Set<string>;
  /** How many brackets and conditionals are open. */
  depth: number;
  head: Head;
  /** A parameter's `if` may stand on a line of its own; elsewhere none does. */
  ofParam: boolean;
  /** The line break or `;` that was seen, and whose meaning the next token decides. */
  separator: IToken | undefined;
  /** The last token closed the brackets of a reducer. */
  afterReducer: boolean;
  /** The `///` lines above what comes next. */
  doc: readonly string[];
}

export const beginLaying = (tokens: readonly IToken[], at: At, end: number): Laying => ({
  tokens,
  at,
  end,
  brackets: matchBrackets(tokens),
  output: [],
  diagnostics: [],
  docs: new Map(),
  frames: [{ position: -1, token: undefined, lines: true, ofReducer: false, ifs: 0 }],
  named: new Set(),
  depth: 0,
  head: 'start',
  ofParam: false,
  separator: undefined,
  afterReducer: false,
  doc: [],
});

export const top = ({ frames }: Laying): Frame => frames.at(-1)!;
export const isOutermost = ({ frames }: Laying): boolean => frames.length === 1;
export const previous = ({ output }: Laying): IToken | undefined => output.at(-1);

/** Nothing stands before, or what begins a statement does. */
export const isBeginning = (type: TokenType | undefined): boolean =>
  type === undefined || type === Separator || type === LeftBrace;

/** The next token is the first of a statement. */
export const atStart = (laying: Laying): boolean =>
  top(laying).lines && isBeginning(previous(laying)?.tokenType);

export function open(laying: Laying, token: IToken, position: number): void {
  const closed = !laying.brackets.unclosed.has(position);
  laying.frames.push({
    position,
    token,
    lines: token.tokenType === LeftBrace || (!closed && top(laying).lines),
    ofReducer: token.tokenType === LeftBracket && previous(laying)?.tokenType === Reducer,
    ifs: 0,
  });
  laying.depth += 1;
  if (token.tokenType === LeftBrace) laying.head = 'start';
  laying.output.push(token);
}

/** Closes the innermost bracket, with the conditionals in it. */
export function leave(laying: Laying): Frame {
  const frame = laying.frames.pop()!;
  laying.depth -= 1 + frame.ifs;
  laying.afterReducer = frame.ofReducer;
  return frame;
}

/** Supplies the closing bracket that nobody wrote, before the token `found`. */
export function supply(laying: Laying, found: IToken | undefined): void {
  const { at, end } = laying;
  const { token } = leave(laying);
  const closer = closerOf.get(token!.tokenType)!;
  const offset = endOf(previous(laying)!);
  laying.diagnostics.push(
    problems.unclosedBracket(
      at(token!.startOffset, endOf(token!)),
      token!.image,
      String(closer.PATTERN),
      found === undefined ? at(end, end) : at(found.startOffset, endOf(found)),
      found === undefined ? 'the end of the file' : describe(found),
    ),
  );
  laying.output.push(tokenAt(closer, '', offset, offset));
}

export function openConditional(laying: Laying): void {
  top(laying).ifs += 1;
  laying.depth += 1;
}

/** At a comma or the end of a statement, the conditionals before it are over. */
export function endConditionals(laying: Laying): void {
  laying.depth -= top(laying).ifs;
  top(laying).ifs = 0;
}
