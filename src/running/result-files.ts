/** Results of a run in; a file of tensors, a table or a picture, as its name says, out. */
import { extname } from 'node:path';
import { DataError } from '../../runtime/errors.ts';
import { checkTensorFile, writeTensors } from '../data/tensor-files.ts';
import { hostTensor } from '../data/weights.ts';
import { checkWritable, writeFileAtomic } from '../terminal/files.ts';
import { heatMap } from '../views/heat-map.ts';
import { pictureSheet } from '../views/picture-sheet.ts';
import type { Result } from '../views/results.ts';

export const resultFiles = '.safetensors, .npz, .npy, .csv, .png or .svg';

const isTable = (path: string): boolean => extname(path).toLowerCase() === '.csv';
const isPicture = (path: string): boolean => extname(path).toLowerCase() === '.png';
const isChart = (path: string): boolean => extname(path).toLowerCase() === '.svg';

/** Refuses a name that `writeResultFile` would refuse, before anything is computed for it. */
export function checkResultFile(path: string): void {
  if (isTable(path) || isPicture(path) || isChart(path)) checkWritable(path);
  else checkTensorFile(path, ['.csv', '.png', '.svg']);
}

export async function writeResultFile(path: string, results: readonly Result[]): Promise<void> {
  if (isTable(path)) writeFileAtomic(path, tableOf(results));
  else if (isPicture(path)) writeFileAtomic(path, pictureOf(results, path));
  else if (isChart(path)) writeFileAtomic(path, await chartOf(results, path));
  else writeTensors(path, new Map(results.map(({ name, tensor }) => [name, hostTensor(tensor)])));
}

/**
 * A row for each sample, with a column for each of its numbers: `y`, `p.0`, `p.1`, or by the names of classes, `p.cat`. Where nothing has samples, one row
 * of all single numbers.
 */
function tableOf(results: readonly Result[]): string {
  const rows = rowsOf(results);
  const taken = results.filter(({ tensor: { shape } }) =>
    rows === undefined ? shape.length === 0 : shape[0] === rows && shape.length > 0,
  );
  const guesses = results.find((result) => result.guesses)?.guesses;
  const files = guesses?.rows[0]?.file === undefined ? [] : ['file'];
  const columns = taken.map(({ name, tensor, guesses: own }) => ({
    name,
    data: tensor.data,
    width: tensor.data.length / (rows ?? 1),
    parts: own?.names,
  }));
  const head = [
    ...files,
    ...(guesses ? [guesses.target] : []),
    ...columns.flatMap(({ name, width, parts }) =>
      width === 1 ? [name] : Array.from({ length: width }, (_, k) => `${name}.${parts?.[k] ?? k}`),
    ),
  ];
  const lines = Array.from({ length: rows ?? 1 }, (_, row) => {
    const guess = guesses?.rows[row];
    return [
      ...files.map(() => guess!.file!),
      ...(guess ? [guess.best[0]!.name] : []),
      ...columns.flatMap(({ data, width }) =>
        Array.from(data.subarray(row * width, (row + 1) * width), digits),
      ),
    ];
  });
  return [head, ...lines].map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

/** The first extent of the outputs, where they have one. */
const rowsOf = (results: readonly Result[]): number | undefined =>
  results.find(({ role, tensor }) => role === 'output' && tensor.shape.length > 0)?.tensor.shape[0] ??
  results.find(({ tensor }) => tensor.shape.length > 0)?.tensor.shape[0];

/** Nine digits tell one f32 from the next. */
const digits = (value: number): string => String(Number(value.toPrecision(9)));

/** RFC 4180. */
const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

function pictureOf(results: readonly Result[], path: string): Uint8Array {
  const pictures = results.flatMap(({ name, tensor }) => {
    const sheet = pictureSheet(tensor);
    return sheet === undefined ? [] : [{ name, sheet }];
  });
  const [only, ...others] = pictures;
  if (only === undefined) {
    throw new DataError(
      `cannot write ${path}: no result looks like a picture, which has 3 rows and columns or more`,
    );
  }
  if (others.length > 0) {
    const names = pictures.map(({ name }) => name).join(', ');
    throw new DataError(
      `cannot write ${path}: ${names} look like pictures\n  hint: choose one by --only NAME`,
    );
  }
  return only.sheet;
}

/** The heat map of one result; where a row is a class of a sample whose class is known, the matrix of confusions. */
async function chartOf(results: readonly Result[], path: string): Promise<string> {
  const charts = results.flatMap((result) => {
    const chart = heatMap(result);
    return chart === undefined ? [] : [{ name: result.name, chart }];
  });
  const [only, ...others] = charts;
  if (only === undefined)
    throw new DataError(`cannot write ${path}: no result has two dimensions or more, as a heat map has`);
  if (others.length > 0) {
    const names = charts.map(({ name }) => name).join(', ');
    throw new DataError(
      `cannot write ${path}: ${names} have two dimensions or more\n  hint: choose one by --only NAME`,
    );
  }
  return only.chart;
}
