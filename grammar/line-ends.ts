/** A line break or `;` and the token after it come in: a separator goes out where a statement ends there. */
import type { IToken } from 'chevrotain';
import { declarationStart } from './brackets.ts';
import { continuesAfter, continuesBefore } from './continuation.ts';
import { endConditionals, isBeginning, isOutermost, type Laying, previous, supply, top } from './laying.ts';
import {
  endOf,
  If,
  LeftBrace,
  LeftBracket,
  LeftParenthesis,
  Minus,
  Newline,
  RightBrace,
  Separator,
  tokenAt,
} from './tokens.ts';

/** Decides what the line break or `;` before the token at `position` means. */
export function separate(laying: Laying, token: IToken, position: number): void {
  const { separator } = laying;
  laying.separator = undefined;
  const declares = declarationStart(laying.tokens, position);
  if (separator === undefined && !declares) return;
  if (separator?.tokenType === Newline && !declares && continues(laying, token)) return;
  // What stands in brackets ends with them; where a declaration starts, all brackets are over.
  while (top(laying).token !== undefined && (declares || top(laying).token?.tokenType !== LeftBrace)) {
    supply(laying, declares ? token : separator);
  }
  endConditionals(laying);
  laying.head = 'start';
  const needless = isBeginning(previous(laying)?.tokenType) || token.tokenType === RightBrace;
  if (needless || separator === undefined) return;
  // Between declarations only what would continue an expression has to be kept away from it.
  const apart = token.tokenType === LeftBracket || token.tokenType === Minus;
  if (isOutermost(laying) && !apart) return;
  laying.output.push(
    tokenAt(Separator, separator.image === ';' ? ';' : '', separator.startOffset, endOf(separator)),
  );
}

/** The token goes on with the statement of the line before. */
function continues(laying: Laying, token: IToken): boolean {
  const before = previous(laying)?.tokenType;
  if (before === undefined || isBeginning(before)) return false;
  if (laying.afterReducer || continuesAfter(before)) return true;
  const next = token.tokenType;
  if (next === LeftParenthesis) return isOutermost(laying);
  return next === If ? laying.ofParam : continuesBefore(next);
}
