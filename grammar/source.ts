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
  const starts = lineStarts(source);
  const line = linesUpTo(starts, offset);
  return { line, column: offset - starts[line - 1]! + 1 };
}

const knownStarts = new WeakMap<Source, readonly number[]>();

/** The offset of each line. Sources never change: they are looked through once. */
function lineStarts(source: Source): readonly number[] {
  const known = knownStarts.get(source);
  if (known !== undefined) return known;
  const starts = [0];
  const { text } = source;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  knownStarts.set(source, starts);
  return starts;
}

/** How many of the ascending offsets are at most `offset`. */
function linesUpTo(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return Math.max(1, low);
}

/** `file:line:column` of where a span starts. */
export function placeOf(at: Span): string {
  const { line, column } = positionOf(at.source, at.start);
  return `${at.source.name}:${line}:${column}`;
}
