/**
 * Raw tokens come in; tokens with their final kind and the comments go out. What is wrong with a single token is
 * reported here and mended, so that the parser never stumbles over it.
 */
import type { IToken } from 'chevrotain';
import { isReductionName } from '../compiler/ir/reducers.ts';
import type { Diagnostic } from './diagnostic.ts';
import * as problems from './problems.ts';
import type { Span } from './source.ts';
import {
  BlockComment,
  Comment,
  endOf,
  ForeignSign,
  foreignSigns,
  HashComment,
  Identifier,
  isNumber,
  keywords,
  LeftBracket,
  type Lexed,
  Newline,
  NumberToken,
  OtherString,
  Reducer,
  reservedWords,
  retyped,
  StringToken,
  spelling,
  UnclosedString,
} from './tokens.ts';

/** A `// …` or `/// …`, with its slashes. */
export interface CommentText {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Nothing but blanks stands before it on its line. */
  readonly ownLine: boolean;
}

export interface Words {
  /** With the comments and the line breaks still in it. */
  readonly tokens: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The span of offsets in the text that is being parsed. */
export type At = (start: number, end: number) => Span;

export function classify(lexed: Lexed, text: string, at: At): Words {
  const diagnostics: Diagnostic[] = lexed.unlexed.map(({ offset, length }) =>
    unknown(at(offset, offset + length), text.slice(offset, offset + length)),
  );
  const spanOf = (token: IToken): Span => at(token.startOffset, endOf(token));
  const report = (problem: Diagnostic): void => {
    diagnostics.push(problem);
  };

  const final = (token: IToken, position: number): IToken => {
    switch (token.tokenType) {
      case Identifier:
        return word(token, lexed.tokens[position + 1]);
      case NumberToken:
        return number(token);
      case StringToken:
        for (const found of token.image.matchAll(/\\[^"\\n]/g)) {
          const start = token.startOffset + found.index;
          // An escaped backslash before this one makes it an ordinary character.
          if (!/(^|[^\\])(\\\\)*$/.test(token.image.slice(0, found.index))) continue;
          report(problems.unknownEscape(at(start, start + 2), found[0]));
        }
        return token;
      case UnclosedString:
        report(problems.unclosedString(spanOf(token)));
        return retyped(token, StringToken);
      case OtherString:
        report(problems.foreignQuotes(spanOf(token)));
        return retyped(token, StringToken);
      case ForeignSign: {
        const meant = foreignSigns.get(token.image)!;
        report(problems.foreignSign(spanOf(token), token.image, spelling(meant)));
        return retyped(token, meant);
      }
      case BlockComment:
        report(problems.foreignComment(at(token.startOffset, token.startOffset + 2), '/*'));
        // A comment of several lines still ends the line that it starts on.
        return retyped(token, token.image.includes('\n') ? Newline : Comment);
      case HashComment:
        report(problems.foreignComment(at(token.startOffset, token.startOffset + 1), '#'));
        return retyped(token, Comment);
      default:
        return token;
    }
  };

  const word = (token: IToken, next: IToken | undefined): IToken => {
    const keyword = keywords.get(token.image);
    if (keyword !== undefined) return retyped(token, keyword);
    if (reservedWords.has(token.image)) report(problems.reservedWord(spanOf(token), token.image));
    return isReductionName(token.image) && next?.tokenType === LeftBracket ? retyped(token, Reducer) : token;
  };

  const number = (token: IToken): IToken => {
    const integer = /^\d+$/.test(token.image);
    const value = Number(token.image);
    if (!isNumber(token.image)) {
      report(problems.malformedNumber(spanOf(token), token.image));
    } else if (integer ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
      report(problems.numberTooLarge(spanOf(token), token.image, integer));
    }
    return token;
  };

  return { tokens: lexed.tokens.map(final), diagnostics };
}

function unknown(at: Span, text: string): Diagnostic {
  const shown = [...text].slice(0, 8).join('');
  if (/^\p{Script=Greek}+$/u.test(text))
    return problems.unknownCharacter(at, shown, 'spell Greek letters: `alpha`, `mu`');
  if (text.startsWith('@'))
    return problems.unknownCharacter(
      at,
      shown,
      'a product of matrices is a sum: `y[b, o] = sum[i] x[b, i] * W[o, i]`',
    );
  if (/^[|&]$/.test(text))
    return problems.unknownCharacter(at, shown, 'the logical operators are `and` and `or`');
  if (/^[“”„«»]/.test(text)) return problems.unknownCharacter(at, shown, 'a text stands between two `"`');
  return problems.unknownCharacter(at, shown);
}

/** The comments among the tokens, in order. */
export function commentsOf(tokens: readonly IToken[]): readonly CommentText[] {
  return tokens.flatMap((token, position) => {
    if (token.tokenType !== Comment) return [];
    const before = tokens[position - 1]?.tokenType;
    return [
      {
        text: token.image.trimEnd(),
        start: token.startOffset,
        end: endOf(token),
        ownLine: before === undefined || before === Newline,
      },
    ];
  });
}
