/** What a data set that nnc makes itself is, and how its rows become the bytes of a file. */
import { writeNpz } from '../../../runtime/data/npz.ts';
import type { HostTensor } from '../../../runtime/data/tensor.ts';
import type { Random } from '../random.ts';

export type Part = 'training' | 'test';

export interface DataSet {
  /** What it holds, with the names of columns or tensors. */
  readonly summary: string;
  /** How a row is made; u is even in 0 … 1, n standard normal, each occurrence a draw of its own. */
  readonly formula: string;
  readonly counts: Readonly<Record<Part, number>>;
  readonly extension: 'csv' | 'npz' | 'txt';
  /** So many rows; `stream(k)` is a source of random numbers of its own for row k. */
  readonly make: (count: number, stream: (k: number) => Random) => Uint8Array;
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Rows of numbers under a header, each with at most six digits. */
export function tableBytes(header: readonly string[], rows: readonly (readonly number[])[]): Uint8Array {
  const lines = rows.map((row) => row.map((value) => String(Number(value.toPrecision(6)))).join(','));
  return encoded(`${[header.join(','), ...lines].join('\n')}\n`);
}

export const tensorBytes = (tensors: Readonly<Record<string, HostTensor>>): Uint8Array =>
  writeNpz(new Map(Object.entries(tensors)));

export const textBytes = (lines: readonly string[]): Uint8Array => encoded(`${lines.join('\n')}\n`);

/** A table of which each row is drawn alone. */
export const drawnTable = (
  header: readonly string[],
  row: (random: Random, k: number) => readonly number[],
): DataSet['make'] => {
  return (count, stream) =>
    tableBytes(
      header,
      Array.from({ length: count }, (_, k) => row(stream(k), k)),
    );
};
