/** Source texts and places in them: every later stage points back at the text through a `Span`. */

export interface Source {
  /** What messages call the file: the path as the user gave it, or `prelude/losses.nn`. */
  readonly name: string;
  readonly text: string;
}

/** The half-open range `[start, end)` of character offsets in one source. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** A position for people: both numbers count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export const span = (source: Source, start: number, end: number): Span => ({ source, start, end });

/** The smallest span that covers both; they must be of one source. */
export const cover = (first: Span, last: Span): Span =>
  span(first.source, Math.min(first.start, last.start), Math.max(first.end, last.end));

export function positionOf(source: Source, offset: number): Position {
  const before = source.text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/** `file:line:column` of where a span starts. */
export function placeOf(at: Span): string {
  const { line, column } = positionOf(at.source, at.start);
  return `${at.source.name}:${line}:${column}`;
}
