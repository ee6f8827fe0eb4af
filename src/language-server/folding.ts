/** A text in, what can be folded away out: bodies in braces, statements of several lines, and comments. */
import type { FoldingRange } from 'vscode-languageserver/node';
import { comments } from '../../grammar/index.ts';
import { positionOf, span } from '../../grammar/source.ts';
import { LeftBrace, lex, RightBrace } from '../../grammar/tokens.ts';
import type { Reading } from './reading.ts';
import { statementsIn } from './things.ts';

export function foldsOf({ main }: Reading): readonly FoldingRange[] {
  const { source } = main;
  const lineOf = (offset: number): number => positionOf(source, offset).line - 1;
  const folds = new Map<number, FoldingRange>();
  const fold = (start: number, end: number, kind?: 'comment'): void => {
    const [startLine, endLine] = [lineOf(start), lineOf(end)];
    if (endLine > startLine && !folds.has(startLine))
      folds.set(startLine, { startLine, endLine, ...(kind && { kind }) });
  };
  for (const [open, close] of bracesOf(source.text)) {
    // The closing brace stays to be seen.
    if (lineOf(close) > lineOf(open) + 1) fold(open, source.text.lastIndexOf('\n', close) - 1);
  }
  for (const declaration of main.declarations) {
    if (declaration.kind === 'train') continue;
    for (const { span: at } of statementsIn(declaration.body)) fold(at.start, at.end);
  }
  const own = comments(source).filter(({ ownLine }) => ownLine);
  for (const [k, first] of own.entries()) {
    const follows = (at: number): boolean =>
      at > 0 && lineOf(own[at]!.start) === lineOf(own[at - 1]!.start) + 1;
    if (follows(k)) continue;
    let last = k;
    while (last + 1 < own.length && follows(last + 1)) last += 1;
    fold(first.start, span(source, 0, own[last]!.end).end, 'comment');
  }
  return [...folds.values()].sort((a, b) => a.startLine - b.startLine);
}

function bracesOf(text: string): readonly (readonly [open: number, close: number])[] {
  const open: number[] = [];
  return lex(text).tokens.flatMap(({ tokenType, startOffset }) => {
    if (tokenType === LeftBrace) open.push(startOffset);
    const start = tokenType === RightBrace ? open.pop() : undefined;
    return start === undefined ? [] : [[start, startOffset] as const];
  });
}
