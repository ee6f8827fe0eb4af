/**
 * Results of a run in, what is printed of them out: numbers up to a screenful, a summary of more; of what tells
 * classes apart, the three that each sample is taken for most.
 */
import { extremesOf } from '../data/extremes.ts';
import { numberText } from '../terminal/progress.ts';
import { alignedRows, between, wrapped } from '../terminal/text-table.ts';
import type { Guesses, Result } from './results.ts';

/** More numbers stand on lines of their own. */
const mostInLine = 8;
const mostRows = 20;

/** A result in one line, or in some; `guesses` are what it says of classes. */
export function resultText(result: Result, width: number): string {
  const { name, role, tensor, guesses } = result;
  const { dtype, shape, data } = tensor;
  const label = role === name ? name : `${role} ${name}`;
  const title = shape.length === 0 ? label : `${label}: ${dtype}[${shape.join(', ')}]`;
  if (guesses !== undefined) return guessesText(title, guesses, width);
  const line = `${title} = ${Array.from(data.subarray(0, mostInLine), valueText).join(', ')}`;
  if (data.length <= 1 || (data.length <= mostInLine && line.length <= width)) return `${line}\n`;
  const rows = shape.length === 1 ? flowing(data, width) : matrix(shape, data);
  const fits = rows.length <= mostRows && rows.every((row) => row.length <= width);
  return fits ? `${title}\n${rows.map((row) => `${row}\n`).join('')}` : `${title}: ${summaryText(data)}\n`;
}

/** Six digits. */
const valueText = (value: number): string => String(Number(value.toPrecision(6)));

/** As many on a line as fit. */
function flowing(data: ArrayLike<number>, width: number): readonly string[] {
  const cells = Array.from(data, valueText);
  const cell = cells.reduce((most, text) => Math.max(most, text.length), 0);
  const perLine = Math.max(1, Math.floor(width / (cell + between.length)) - 1);
  const rows = Array.from({ length: Math.ceil(cells.length / perLine) }, (_, k) =>
    cells.slice(k * perLine, (k + 1) * perLine),
  );
  return indented(rows.map((row) => row.map((text) => text.padStart(cell))));
}

/** The last dimension across; a row begins with the positions in the others. */
function matrix(shape: readonly number[], data: ArrayLike<number>): readonly string[] {
  const across = shape.at(-1)!;
  const count = across === 0 ? 0 : data.length / across;
  // Longer ones are summed up, so they need no text.
  if (count > mostRows || across > 100) return Array.from({ length: mostRows + 1 }, () => '');
  const rows = Array.from({ length: count }, (_, row) => [
    positionText(shape.slice(0, -1), row),
    ...Array.from({ length: across }, (_, k) => valueText(data[row * across + k]!)),
  ]);
  return indented(rows);
}

function positionText(shape: readonly number[], row: number): string {
  let rest = row;
  return [...shape]
    .reverse()
    .map((extent) => {
      const at = rest % extent;
      rest = Math.floor(rest / extent);
      return at;
    })
    .reverse()
    .join(', ');
}

const indented = (rows: readonly (readonly string[])[]): readonly string[] =>
  alignedRows(
    rows,
    (rows[0] ?? []).map(() => true),
  ).map((row) => `  ${row}`);

/** NaN and infinities are counted, and else left out. */
function summaryText(data: ArrayLike<number>): string {
  const { least, mean, most, notFinite } = extremesOf(data);
  const lost = notFinite === 0 ? [] : [`${notFinite} not finite`];
  const found =
    notFinite === data.length
      ? []
      : [`min ${numberText(least)}`, `mean ${numberText(mean)}`, `max ${numberText(most)}`];
  return [...found, ...lost].join(', ');
}

function guessesText(title: string, { target, rows, isShare }: Guesses, width: number): string {
  const isKnown = rows.some(({ is }) => is !== undefined);
  const isNamed = rows.length > 1 || rows.some(({ file }) => file !== undefined);
  const score = (value: number): string => (isShare ? `${(100 * value).toFixed(1)}%` : numberText(value));
  const head = [
    ...(isNamed ? [rows[0]!.file === undefined ? 'row' : 'file'] : []),
    ...(isKnown ? [target] : []),
    ...['first', 'second', 'third'].slice(0, rows[0]!.best.length),
  ];
  const cells = rows
    .slice(0, mostRows)
    .map(({ file, is, best }, row) => [
      ...(isNamed ? [file ?? String(row)] : []),
      ...(isKnown ? [is ?? ''] : []),
      ...best.map(({ name, score: of }) => `${name} ${score(of)}`),
    ]);
  const table = alignedRows([head, ...cells], [], width - 2)
    .map((line) => `  ${line}\n`)
    .join('');
  const more = rows.length - cells.length;
  const label = wrapped(`${title}, classes of ${target}`, width).join('\n  ');
  return `${label}\n${table}${more > 0 ? `  and ${more} more\n` : ''}`;
}
