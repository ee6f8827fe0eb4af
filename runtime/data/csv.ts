/**
 * Text tables: bytes in, a table of cells out (`parseTable`), and columns of it as a tensor (`columnsOf`).
 *
 * Cells are separated by commas, semicolons, tabs or blanks, whichever the second line has; quotes are those of
 * RFC 4180. A first line without any number that has a name above a column of numbers is the header; signs of a
 * missing value (`?`, `nan`, an empty cell) are no names. A table of words has one where a column is chosen by its name. A first line with another number of fields than all
 * the others, or with the counts of rows and features (scikit-learn's `150,4,setosa,versicolor,virginica`), is
 * left out, and a note says so.
 */
import { parse } from 'csv-parse/browser/esm/sync';
import { DataError } from '../errors.ts';
import { type HostTensor, hostTensor } from './tensor.ts';

interface Row {
  /** Counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Table {
  readonly header?: readonly string[];
  readonly rows: readonly Row[];
  readonly columns: number;
  /** What was decided on the way, for people. */
  readonly notes: readonly string[];
}

/** Of each chosen column the codes of its class names; undefined for a column of numbers. */
export type ColumnCodes = readonly (ReadonlyMap<string, number> | undefined)[];

export interface TableTensor {
  readonly tensor: HostTensor;
  readonly codes: ColumnCodes;
  readonly notes: readonly string[];
}

const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const missingWords: ReadonlySet<string> = new Set(['', '?', 'na', 'n/a', 'nan', 'null', 'none', '-']);
const infinite = /^[+-]?inf(inity)?$/i;

const isNumber = (cell: string): boolean => numberPattern.test(cell);
const isName = (cell: string): boolean =>
  !isNumber(cell) && !missingWords.has(cell.toLowerCase()) && !infinite.test(cell);

/** The cells of a table, with the line that each row came from. */
export function parseTable(bytes: Uint8Array, file: string): Table {
  const text = decode(bytes, file);
  const separator = separatorOf(text);
  const rows = separator === ' ' ? splitAtBlanks(text) : splitRecords(text, separator, file);
  const [first, second, ...others] = rows;
  if (first === undefined) throw new DataError(`${file}: the table is empty`);
  const columns = second?.cells.length ?? first.cells.length;
  const ragged = [second, ...others].find((row) => row !== undefined && row.cells.length !== columns);
  if (ragged !== undefined) {
    throw new DataError(
      `${file}:${ragged.line}: ${ragged.cells.length} fields where line ${second!.line} has ${columns}`,
    );
  }
  const body = rows.slice(1);
  const leftOut = (why: string): Table => ({
    rows: body,
    columns,
    notes: [`${file}: line ${first.line} is left out: ${why}`],
  });
  if (first.cells.length !== columns) {
    return leftOut(`it has ${first.cells.length} fields, the others have ${columns}`);
  }
  if (
    Number(first.cells[0]) === body.length &&
    Number(first.cells[1]) === columns - 1 &&
    !first.cells.every(isNumber)
  ) {
    return leftOut(`it counts ${first.cells[0]} rows of ${first.cells[1]} features and names the classes`);
  }
  const isHeader =
    !first.cells.some(isNumber) &&
    first.cells.some((cell, at) => isName(cell) && body.some((row) => isNumber(row.cells[at]!)));
  if (!isHeader) return { rows, columns, notes: [] };
  return { header: first.cells, rows: body, columns, notes: [] };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${file}: not a text table: it is not UTF-8`);
  }
}

/** Seen on the second line with text, since the first may be a title; or on the only one. */
function separatorOf(text: string): string {
  const [first, second] = text
    .slice(0, 1_000_000)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const line = second ?? first ?? '';
  const found = [',', ';', '\t'].find((separator) => line.includes(separator));
  return found ?? (/\S[ ]+\S/.test(line) && !line.includes('"') ? ' ' : ',');
}

const splitAtBlanks = (text: string): readonly Row[] =>
  text
    .split(/\r\n|\r|\n/)
    .map((line, at) => ({ line: at + 1, cells: line.trim() === '' ? [] : line.trim().split(/\s+/) }))
    .filter((row) => row.cells.length > 0);

interface Record {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Between tabs a quote may be a mark like others, as in the type of IANA, `text/tab-separated-values`. */
function splitRecords(text: string, separator: string, file: string): readonly Row[] {
  try {
    return recordsOf(text, separator, '"');
  } catch (error) {
    if (separator === '\t') return recordsOf(text, separator, false);
    throw new DataError(
      `${file}: not a readable CSV file: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function recordsOf(text: string, separator: string, quote: '"' | false): readonly Row[] {
  const records: unknown = parse(text, {
    delimiter: separator,
    quote,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  return (records as readonly Record[]).map(({ record, info }) => ({ line: info.lines, cells: record }));
}

interface Column {
  readonly at: number;
  readonly labels: boolean;
}

/**
 * The chosen columns (all without a selection): one gives `[rows]`, several `[rows, columns]`. Class names get the
 * codes that are `known` from the data that the model learns from; without such data they are counted here.
 */
export function columnsOf(
  parsed: Table,
  selection: string | undefined,
  file: string,
  known?: ColumnCodes,
): TableTensor {
  const table = withNamedHeader(parsed, selection);
  if (table.rows.length === 0) throw new DataError(`${file}: the table has a header and no rows`);
  const columns =
    selection === undefined
      ? Array.from({ length: table.columns }, (_, at) => ({ at, labels: false }))
      : selection.split(',').flatMap((item) => selectColumns(item.trim(), table, file));
  const notes = [...table.notes];
  const codes = columns.map(({ at, labels }, k) => {
    if (!labels) return known?.[k] === undefined ? undefined : refuseNumbers(table, at, file, known[k]);
    if (known !== undefined) return knownCodes(table, at, file, known[k]);
    const counted = new Map(labelsOf(table, at, file).map((name, code) => [name, code]));
    notes.push(`${file}: ${columnText(table, at)} is counted: ${codesText(counted)}`);
    return counted;
  });
  const data = new Float64Array(table.rows.length * columns.length);
  let to = 0;
  for (const row of table.rows) {
    for (const [k, { at }] of columns.entries()) {
      const cell = row.cells[at]!;
      data[to] = codes[k]?.get(cell) ?? numberOf(cell, row, at, table, file);
      to += 1;
    }
  }
  const shape = columns.length === 1 ? [table.rows.length] : [table.rows.length, columns.length];
  const tensor = columns.every(({ labels }) => labels)
    ? hostTensor('i32', shape, Int32Array.from(data))
    : hostTensor('f64', shape, data);
  return { tensor, codes, notes };
}

/** The cells of one column, as they are. */
export function textsOfColumn(parsed: Table, column: string, file: string): readonly string[] {
  const table = withNamedHeader(parsed, column);
  const [chosen, ...others] = selectColumns(column, table, file);
  if (chosen === undefined || others.length > 0)
    throw new DataError(`${file}: words are read from one column, and ${column} are several`);
  return table.rows.map(({ cells }) => cells[chosen.at]!);
}

/** In a table of words nothing tells a header from a row, but that a column is chosen by a name that stands there. */
function withNamedHeader(table: Table, selection: string | undefined): Table {
  const [first, ...rows] = table.rows;
  if (table.header !== undefined || first === undefined || selection === undefined) return table;
  const names = selection.split(',').map((item) => item.trim().replace(/:labels$/, ''));
  const isHeader = names.some((name) => isName(name) && first.cells.includes(name));
  return isHeader ? { ...table, header: first.cells, rows } : table;
}

/** Numbers would be taken for codes, which the names that the training data had may not agree with. */
function refuseNumbers(table: Table, at: number, file: string, codes: ReadonlyMap<string, number>): never {
  throw new DataError(
    `${file}: ${columnText(table, at)} is read as numbers, but the training data holds class names there: ${codesText(codes)}\n` +
      `  hint: #${at}:labels gives a name the number that it had`,
  );
}

/** The codes that the training data gave, which must have all names of the column. */
function knownCodes(
  table: Table,
  at: number,
  file: string,
  codes: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> {
  if (codes === undefined) {
    throw new DataError(
      `${file}: ${columnText(table, at)} holds class names, but the training data holds numbers there\n` +
        '  hint: choose the columns in the same way in both, so that a class has one number',
    );
  }
  for (const row of table.rows) {
    const cell = row.cells[at]!;
    if (codes.has(cell)) continue;
    if (missingWords.has(cell.toLowerCase())) numberOf(cell, row, at, table, file);
    throw new DataError(
      `${file}:${row.line}: ${columnText(table, at)}: the training data has no class ${JSON.stringify(cell.slice(0, 60))}; ` +
        `it has ${listed([...codes.keys()])}`,
    );
  }
  return codes;
}

function numberOf(cell: string, row: Row, at: number, table: Table, file: string): number {
  const value = isNumber(cell) ? Number(cell) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const place = `${file}:${row.line}: ${columnText(table, at)}`;
  if (missingWords.has(cell.toLowerCase())) {
    const what = cell === '' ? 'the cell is empty' : `the value is missing (${cell})`;
    throw new DataError(`${place}: ${what}\n  hint: remove such rows or fill them in before training`);
  }
  if (infinite.test(cell)) throw new DataError(`${place}: ${cell} is not a finite number`);
  throw new DataError(
    `${place}: ${JSON.stringify(cell.slice(0, 60))} is not a number\n  hint: choose columns by #0-3, or count class names by #${at}:labels`,
  );
}

/** `column 4`, or `column 1 (Temp)`. */
const columnText = (table: Table, at: number): string =>
  table.header === undefined ? `column ${at}` : `column ${at} (${table.header[at]})`;

const listed = (items: readonly string[]): string =>
  items.length <= 12 ? items.join(', ') : `${items.slice(0, 12).join(', ')} and ${items.length - 12} more`;

/** `setosa = 0, versicolor = 1`. */
export const codesText = (codes: ReadonlyMap<string, number>): string =>
  listed([...codes].map(([name, code]) => `${name} = ${code}`));

/** The distinct cells, sorted (as numbers if all are), so that the order of the rows does not matter. */
function labelsOf(table: Table, at: number, file: string): readonly string[] {
  for (const row of table.rows) {
    if (missingWords.has(row.cells[at]!.toLowerCase())) numberOf(row.cells[at]!, row, at, table, file);
  }
  const names = [...new Set(table.rows.map((row) => row.cells[at]!))];
  return names.every(isNumber) ? names.sort((a, b) => Number(a) - Number(b)) : names.sort();
}

/** One item of a selection: a name, a position or a range of positions; `:labels` may follow. */
function selectColumns(item: string, table: Table, file: string): readonly Column[] {
  const labels = item.endsWith(':labels');
  const text = labels ? item.slice(0, -':labels'.length) : item;
  const named = table.header?.indexOf(text) ?? -1;
  const again = table.header?.indexOf(text, named + 1) ?? -1;
  if (named >= 0 && again >= 0) {
    throw new DataError(
      `${file}: columns ${named} and ${again} are both called ${JSON.stringify(text)}; choose one by its number`,
    );
  }
  if (named >= 0) return [{ at: named, labels }];
  const [, from, dash, to] = /^(-?\d{1,9})(-)?(-?\d{1,9})?$/.exec(text) ?? [];
  if (from === undefined || (dash === undefined && to !== undefined)) {
    const names =
      table.header === undefined ? 'the file has no header line' : `it has ${listed(table.header)}`;
    throw new DataError(`${file}: there is no column ${JSON.stringify(text)}: ${names}`);
  }
  const first = position(from, table, file);
  const last = dash === undefined ? first : to === undefined ? table.columns - 1 : position(to, table, file);
  if (last < first) throw new DataError(`${file}: the columns ${text} run backwards`);
  return Array.from({ length: last - first + 1 }, (_, k) => ({ at: first + k, labels }));
}

function position(text: string, table: Table, file: string): number {
  const at = Number(text) < 0 ? Number(text) + table.columns : Number(text);
  if (at >= 0 && at < table.columns) return at;
  throw new DataError(
    `${file}: there is no column ${text}: it has ${table.columns}, 0 to ${table.columns - 1}`,
  );
}
