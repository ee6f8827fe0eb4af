/** What the builders of the syntax tree share: where the text is, its doc comments, and where problems go. */
import type { CstNode, IToken } from 'chevrotain';
import type { ErrorExpression, Expression, Identifier } from './ast.ts';
import { rangeOf } from './cst.ts';
import type { Diagnostic } from './diagnostic.ts';
import { type Source, type Span, span } from './source.ts';

export interface BuildContext {
  readonly source: Source;
  /** By the offset of the first token of a declaration or statement. */
  readonly docs: ReadonlyMap<number, string>;
  readonly report: (problem: Diagnostic) => void;
  /** Parses a range of the same text as an expression: the `{…}` of a message. */
  readonly embedded: (start: number, end: number) => Expression;
  /** The height of each expression above its leaves. */
  readonly heights: WeakMap<Expression, number>;
}

/** Where a part stands; a part without text stands where the fallback begins. */
export function spanOf(
  context: BuildContext,
  part: CstNode | IToken | undefined,
  fallback?: CstNode | IToken | undefined,
): Span {
  const range = rangeOf(part) ?? rangeOf(fallback);
  return range === undefined ? span(context.source, 0, 0) : span(context.source, range[0], range[1]);
}

export const identifier = (context: BuildContext, token: IToken | undefined): Identifier | undefined =>
  token === undefined ? undefined : { name: token.image, span: spanOf(context, token) };

export const errorAt = (at: Span): ErrorExpression => ({ kind: 'error', span: at });

export const docOf = (context: BuildContext, at: Span): string => context.docs.get(at.start) ?? '';
