/**
 * Data specifications: the text after `--data x=` in, its parts out.
 *
 *     PATH[#SELECTION][@ROWS]
 *
 * `PATH` is a safetensors, npy, npz, IDX, CSV or text file, each also gzipped (the content decides, not the name).
 *
 * `SELECTION` of a CSV file is a list of columns, separated by commas, counted from 0:
 *
 *     #4          one column: the tensor is [rows]          #0-3        a range, both ends included: [rows, 4]
 *     #-1         the last column                           #1-         from column 1 to the last
 *     #0--2       all but the last                          #age,Temp   names of the header line
 *     #60:labels  a column of class names: sorted, then counted from 0, i32; held-out data take the codes of the
 *                 training data, and may have no other names
 *     #5:24:words the first 24 words of each cell, behind shorter ones 0: [rows, 24], i32, coded as those of a text file
 *
 * `SELECTION` of a text file says how many characters or words a row has: `#33:characters` and `#20:words` are rows that
 * follow each other, [rows, 33] and [rows, 20], i32; of `#4:word-grams` and `#4:character-grams` one begins at each. They are
 * counted from 0 in the order of Unicode, words from 1, as 0 is any other; held-out data take the codes of the training data.
 *
 * `SELECTION` of an npz or safetensors file is the name of one tensor.
 *
 * `ROWS` cuts along the first dimension, as slices do in Python, and `!` takes all the others:
 *
 *     @0:120      the first 120                             @-30:       the last 30
 *     @::5        every fifth                               @!::5       all but every fifth
 */
import { DataError } from '../errors.ts';

export interface RowSlice {
  readonly start: number | undefined;
  readonly stop: number | undefined;
  readonly step: number;
  /** Take the rows that the slice leaves out. */
  readonly complement: boolean;
}

export interface DataSpec {
  readonly path: string;
  readonly selection?: string;
  readonly rows?: RowSlice;
}

const rowsPattern = /@(!?)(-?\d{1,15})?:(-?\d{1,15})?(?::(\d{1,15}))?$/;

/** Splits a specification; paths may hold `@` and `#` in folder names. */
export function parseDataSpec(text: string): DataSpec {
  const rows = rowsPattern.exec(text);
  const rest = rows === null ? text : text.slice(0, rows.index);
  const mark = rest.lastIndexOf('#');
  const selected = mark >= 0 && !/[/\\]/.test(rest.slice(mark));
  const path = selected ? rest.slice(0, mark) : rest;
  if (path === '') throw new DataError(`data ${JSON.stringify(text)} names no file`);
  const selection = selected ? rest.slice(mark + 1) : undefined;
  if (selection === '') throw new DataError(`data ${JSON.stringify(text)}: no column or name follows the #`);
  return {
    path,
    ...(selection === undefined ? {} : { selection }),
    ...(rows === null ? {} : { rows: rowSlice(rows, text) }),
  };
}

function rowSlice([, mark, start, stop, step]: RegExpExecArray, text: string): RowSlice {
  const bound = (digits: string | undefined): number | undefined =>
    digits === undefined ? undefined : Number(digits);
  if (Number(step ?? 1) === 0) throw new DataError(`data ${JSON.stringify(text)}: a step of 0 goes nowhere`);
  return { start: bound(start), stop: bound(stop), step: Number(step ?? 1), complement: mark === '!' };
}

/** The row numbers that a slice takes of `count` rows, rising. */
export function rowNumbers(slice: RowSlice, count: number): readonly number[] {
  const bound = (value: number): number => Math.min(count, Math.max(0, value < 0 ? value + count : value));
  const start = bound(slice.start ?? 0);
  const stop = bound(slice.stop ?? count);
  const taken = (row: number): boolean => row >= start && row < stop && (row - start) % slice.step === 0;
  return Array.from({ length: count }, (_, row) => row).filter((row) => taken(row) !== slice.complement);
}
