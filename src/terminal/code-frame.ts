/** A text and marked places in it in; its lines with marks and remarks below, ready to print, out. */
import { type Cell, layOut, visible } from './visible-text.ts';

export interface Mark {
  /** Half-open range of offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Drawn as `^^^`; others as `---`. */
  readonly primary: boolean;
}

type Paint = (text: string) => string;

export interface FrameColors {
  readonly primary: Paint;
  readonly related: Paint;
  readonly gutter: Paint;
}

/** A mark's part on one line, in offsets of that line. */
interface LineMark extends Mark {
  readonly line: number;
}

interface Line {
  readonly start: number;
  readonly text: string;
}

/** Middle lines of a marked range are shown up to this many lines in all. */
const wholeRange = 4;

export function drawFrame(
  text: string,
  marks: readonly Mark[],
  width: number,
  colors: FrameColors,
): readonly string[] {
  const lines = linesOf(text);
  const parts = marks.flatMap((mark) => splitMark(mark, lines));
  const shown = shownLines(parts);
  const gutter = String(shown.at(-1)! + 1).length;
  const rows: string[] = [];
  for (const [k, line] of shown.entries()) {
    if (k > 0 && line > shown[k - 1]! + 1) rows.push(colors.gutter(`${'.'.repeat(gutter)} |`));
    const here = parts.filter((part) => part.line === line);
    rows.push(...drawLine(lines[line]!.text, line + 1, here, gutter, width, colors));
  }
  return rows;
}

function linesOf(text: string): readonly Line[] {
  let start = 0;
  return text.split('\n').map((raw) => {
    const line = { start, text: raw.replace(/\r$/, '') };
    start += raw.length + 1;
    return line;
  });
}

/** A range within a line is one part; a longer one has a part on its first line and one on its last. */
function splitMark(mark: Mark, lines: readonly Line[]): readonly LineMark[] {
  const lineAt = (offset: number): number => {
    const after = lines.findIndex((line) => line.start > offset);
    return after < 0 ? lines.length - 1 : after - 1;
  };
  const first = lineAt(mark.start);
  const last = lineAt(Math.max(mark.start, mark.end - 1));
  const at = (line: number, offset: number): number =>
    Math.min(offset - lines[line]!.start, lines[line]!.text.length);
  const start = at(first, mark.start);
  if (first === last) return [{ ...mark, line: first, start, end: Math.max(start + 1, at(first, mark.end)) }];
  const indent = lines[last]!.text.search(/\S|$/);
  const middle =
    last - first < wholeRange ? Array.from({ length: last - first - 1 }, (_, k) => first + 1 + k) : [];
  return [
    { ...mark, text: '', line: first, start, end: Math.max(start + 1, lines[first]!.text.length) },
    ...middle.map((line) => ({ ...mark, text: '', line, start: 0, end: 0 })),
    { ...mark, line: last, start: indent, end: Math.max(indent + 1, at(last, mark.end)) },
  ];
}

/** Marked lines, and a line that alone lies between two of them. */
function shownLines(parts: readonly LineMark[]): readonly number[] {
  const marked = new Set(parts.map((part) => part.line));
  const between = [...marked].filter((line) => marked.has(line + 2)).map((line) => line + 1);
  return [...new Set([...marked, ...between])].sort((a, b) => a - b);
}

/** A mark in columns of the screen. */
interface Bar {
  readonly from: number;
  readonly to: number;
  readonly mark: LineMark;
}

function drawLine(
  text: string,
  number: number,
  marks: readonly LineMark[],
  gutter: number,
  width: number,
  colors: FrameColors,
): readonly string[] {
  const near = nearby(text, marks, width);
  const cells = layOut(near.text);
  const bars = near.marks.filter(({ start, end }) => end > start).map((mark): Bar => barOf(mark, cells));
  const window = windowOf(cells, bars, width - gutter - 3);
  const head = (label: string): string => colors.gutter(`${label.padStart(gutter)} | `);
  const rows = [`${head(String(number))}${cut(cells, window)}`];
  const seen = bars
    .map((bar) => clip(bar, window))
    .sort((a, b) => b.from - a.from || Number(b.mark.primary) - Number(a.mark.primary));
  if (seen.length === 0) return rows;
  const remarks = seen.filter(({ mark }) => mark.text !== '');
  const [last, ...others] = remarks;
  const alongside =
    last !== undefined && last.to === Math.max(...seen.map(({ to }) => to)) ? last : undefined;
  rows.push(
    `${head('')}${markers(seen, colors)}${alongside === undefined ? '' : ` ${remark(alongside, colors)}`}`,
  );
  for (const bar of alongside === undefined ? remarks : others) {
    rows.push(`${head('')}${' '.repeat(bar.from)}${remark(bar, colors)}`);
  }
  return rows;
}

/** Only the part of a huge line that can be seen is laid out: a generated file may be one line of megabytes. */
function nearby(
  text: string,
  marks: readonly LineMark[],
  width: number,
): { readonly text: string; readonly marks: readonly LineMark[] } {
  const reach = 8 * width;
  if (text.length <= 2 * reach) return { text, marks };
  const first = marks.find(({ primary }) => primary) ?? marks[0];
  const from = Math.max(0, (first?.start ?? 0) - reach);
  const part = text.slice(from, from + 2 * reach);
  const within = (offset: number): number => Math.min(part.length, Math.max(0, offset - from));
  const moved = marks.map((mark) => {
    const start = within(mark.start);
    return { ...mark, start, end: mark.end > mark.start ? Math.max(start + 1, within(mark.end)) : start };
  });
  return { text: part, marks: moved };
}

function barOf(mark: LineMark, cells: readonly Cell[]): Bar {
  const end = endColumn(cells);
  const covered = cells.filter(({ offset, text }, k) => {
    const next = cells[k + 1]?.offset ?? offset + text.length;
    return offset < mark.end && next > mark.start;
  });
  const from = covered[0]?.column ?? end;
  return { from, to: Math.max(from + 1, endColumn(covered)), mark };
}

const endColumn = (cells: readonly Cell[]): number => {
  const last = cells.at(-1);
  return last === undefined ? 0 : last.column + last.width;
};

interface Window {
  readonly from: number;
  readonly to: number;
}

/** The columns of a long line that are shown: the primary mark with some text before it. */
function windowOf(cells: readonly Cell[], bars: readonly Bar[], width: number): Window {
  const end = Math.max(endColumn(cells), ...bars.map(({ to }) => to));
  if (end <= width) return { from: 0, to: end };
  const first = bars.find(({ mark }) => mark.primary) ?? bars[0];
  const wanted = first === undefined ? 0 : Math.max(0, first.from - Math.floor(width / 3));
  const from = Math.min(wanted, end - width);
  return { from, to: from + width };
}

/** The text of a window; an ellipsis stands for what is cut off. */
function cut(cells: readonly Cell[], { from, to }: Window): string {
  const cutLeft = from > 0;
  const cutRight = endColumn(cells) > to;
  const [left, right] = [from + (cutLeft ? 1 : 0), to - (cutRight ? 1 : 0)];
  const inside = cells.filter(({ column, width }) => column >= left && column + width <= right);
  const gap = ' '.repeat(Math.max(0, (inside[0]?.column ?? left) - left));
  return `${cutLeft ? '…' : ''}${gap}${inside.map(({ text }) => text).join('')}${cutRight ? '…' : ''}`;
}

function clip({ from, to, mark }: Bar, window: Window): Bar {
  const start = Math.min(Math.max(from, window.from), window.to - 1) - window.from;
  return { from: start, to: Math.max(start + 1, Math.min(to, window.to) - window.from), mark };
}

/** All marks of a line in one row; a primary one covers the others. */
function markers(bars: readonly Bar[], colors: FrameColors): string {
  const end = Math.max(...bars.map(({ to }) => to));
  let row = '';
  for (let column = 0; column < end; ) {
    const sign = signAt(bars, column);
    let next = column + 1;
    while (next < end && signAt(bars, next) === sign) next += 1;
    const run = sign.repeat(next - column);
    row += sign === '^' ? colors.primary(run) : sign === '-' ? colors.related(run) : run;
    column = next;
  }
  return row;
}

function signAt(bars: readonly Bar[], column: number): string {
  const here = bars.filter(({ from, to }) => from <= column && column < to);
  if (here.some(({ mark }) => mark.primary)) return '^';
  return here.length > 0 ? '-' : ' ';
}

const remark = ({ mark }: Bar, colors: FrameColors): string =>
  (mark.primary ? colors.primary : colors.related)(visible(mark.text).replaceAll('\u240a', ' '));
