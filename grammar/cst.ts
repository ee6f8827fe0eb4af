/** Reading a concrete syntax tree that may be incomplete: after a syntax error every child can be missing. */
import type { CstNode, IToken, TokenType } from 'chevrotain';
import { endOf } from './tokens.ts';

export const nodes = (parent: CstNode | undefined, rule: string): readonly CstNode[] =>
  (parent?.children[rule] ?? []).filter((child): child is CstNode => 'children' in child);

export const node = (parent: CstNode | undefined, rule: string, index = 0): CstNode | undefined =>
  nodes(parent, rule)[index];

/** Without the tokens that error recovery made up. */
export const tokens = (parent: CstNode | undefined, type: TokenType): readonly IToken[] =>
  (parent?.children[type.name] ?? []).filter(
    (child): child is IToken => !('children' in child) && !Number.isNaN(child.startOffset),
  );

export const token = (parent: CstNode | undefined, type: TokenType, index = 0): IToken | undefined =>
  tokens(parent, type)[index];

export const has = (parent: CstNode | undefined, type: TokenType): boolean =>
  token(parent, type) !== undefined;

/** The range `[start, end)` of a node or token; undefined if it covers no text. */
export function rangeOf(
  part: CstNode | IToken | undefined,
): readonly [start: number, end: number] | undefined {
  const place = part !== undefined && 'children' in part ? part.location : part;
  if (place === undefined || Number.isNaN(place.startOffset)) return undefined;
  const end = endOf(place);
  return [place.startOffset, Number.isNaN(end) ? place.startOffset : end];
}
