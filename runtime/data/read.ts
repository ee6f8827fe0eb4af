/** The bytes of any data file in; its tensors out. The content decides what it is, the name only helps a table. */
import { DataError } from '../errors.ts';
import { type Compression, unpackGzip } from './compression.ts';
import { type ColumnCodes, codesText, columnsOf, parseTable, textsOfColumn } from './csv.ts';
import { looksLikeIdx, readIdx, sizeOfIdx } from './idx.ts';
import { looksLikeNpy, readNpy, sizeOfNpy } from './npy.ts';
import { readNpz } from './npz.ts';
import { takeRows } from './rows.ts';
import { readSafetensors, sizeOfSafetensors, type TensorFile } from './safetensors.ts';
import { type DataSpec, rowNumbers } from './spec.ts';
import { type HostTensor, hostTypeText } from './tensor.ts';
import { columnOfTexts, piecesOf, rowsOfWords, type TextPieces, textPieces } from './text.ts';
import { looksLikeZip } from './zip.ts';

export interface ReadTensor {
  readonly tensor: HostTensor;
  /** The codes of class names, where columns of a table were asked for as such. */
  readonly codes?: ColumnCodes;
  /** What was decided on the way: a line left out, class names counted. */
  readonly notes: readonly string[];
}

export type FileFormat = 'safetensors' | 'npy' | 'npz' | 'idx' | 'table';

/** Told from the first bytes: a safetensors header begins with `{` behind its length. */
export function formatOf(bytes: Uint8Array, path: string): FileFormat {
  if (looksLikeNpy(bytes)) return 'npy';
  if (looksLikeZip(bytes)) return 'npz';
  if (bytes[8] === 0x7b && bytes[7] === 0 && bytes[6] === 0) return 'safetensors';
  if (looksLikeIdx(bytes)) return 'idx';
  // A damaged file is better explained by the format that its name promises.
  const extension = /\.(safetensors|npy|npz)(\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  if (extension !== undefined) return extension as FileFormat;
  return /idx\d+-u?byte|\.idx(\.gz)?$/i.test(path) || bytes[0] === 0 ? 'idx' : 'table';
}

/** The length of a file, from its beginning; undefined where that does not tell. */
function sizeOf(start: Uint8Array, path: string): number | 'text' | undefined {
  const format = formatOf(start, path);
  switch (format) {
    case 'npy':
      // What is none is not unpacked to say so.
      if (start.length > 0 && !looksLikeNpy(start)) readNpy(start, path);
      return sizeOfNpy(start);
    case 'idx':
      if (start.length > 0 && !looksLikeIdx(start)) readIdx(start, path);
      return sizeOfIdx(start);
    case 'safetensors':
      return sizeOfSafetensors(start);
    case 'table':
      return 'text';
    case 'npz':
      return undefined;
    default:
      return format satisfies never;
  }
}

/** All tensors of a file that names its tensors, or the only one of another, under the empty name; and its metadata. */
export function readTensorFile(packed: Uint8Array, path: string, compression: Compression): TensorFile {
  const bytes = unpackGzip(packed, path, compression, (start) => sizeOf(start, path));
  const one = (tensor: HostTensor): TensorFile => ({ tensors: new Map([['', tensor]]), metadata: new Map() });
  switch (formatOf(bytes, path)) {
    case 'safetensors':
      return readSafetensors(bytes, path);
    case 'npz':
      return { tensors: readNpz(bytes, path, compression), metadata: new Map() };
    case 'npy':
      return one(readNpy(bytes, path));
    case 'idx':
      return one(readIdx(bytes, path));
    case 'table':
      return one(columnsOf(parseTable(bytes, path), undefined, path).tensor);
  }
}

/**
 * What a specification asks of its file. `preferred` is taken from a file of several tensors when the
 * specification names none: the input that the data is for. `known` are the codes of class names that the training
 * data gave.
 */
export function readData(
  packed: Uint8Array,
  spec: DataSpec,
  compression: Compression,
  preferred?: string,
  known?: ColumnCodes,
): ReadTensor {
  const { path, selection, rows } = spec;
  const pieces = textPieces(selection);
  if (pieces !== undefined) return readText(packed, spec, pieces, compression, known);
  const bytes = unpackGzip(packed, path, compression, (start) => sizeOf(start, path));
  const texts = columnOfTexts(selection);
  if (texts !== undefined) {
    const cells = textsOfColumn(parseTable(bytes, path), texts.column, path);
    return withRows(rowsOfWords(cells, texts.length, path, known), rows, path);
  }
  const whole: ReadTensor =
    formatOf(bytes, path) === 'table'
      ? columnsOf(parseTable(bytes, path), selection, path, known)
      : {
          tensor: pick(readTensorFile(bytes, path, compression).tensors, spec, preferred),
          notes: (known ?? []).flatMap((codes) =>
            codes === undefined ? [] : [`${path}: its numbers are taken for ${codesText(codes)}`],
          ),
        };
  return withRows(whole, rows, path);
}

/** A text, in pieces. */
export function readText(
  packed: Uint8Array,
  { path, rows }: DataSpec,
  pieces: TextPieces,
  compression: Compression,
  known?: ColumnCodes,
): ReadTensor {
  const bytes = unpackGzip(packed, path, compression, () => 'text');
  return withRows(piecesOf(bytes, pieces, path, known), rows, path);
}

function withRows(whole: ReadTensor, rows: DataSpec['rows'], path: string): ReadTensor {
  if (rows === undefined) return whole;
  const { tensor } = whole;
  return { ...whole, tensor: takeRows(tensor, rowNumbers(rows, tensor.shape[0] ?? 0), path) };
}

function pick(
  tensors: ReadonlyMap<string, HostTensor>,
  { path, selection }: DataSpec,
  preferred: string | undefined,
): HostTensor {
  const only = tensors.size === 1 ? [...tensors.values()][0] : undefined;
  if (tensors.has('') && selection !== undefined) {
    throw new DataError(
      `${path}#${selection}: the file holds one tensor without a name; leave #${selection} out`,
    );
  }
  const found = selection === undefined ? (only ?? tensors.get(preferred ?? '')) : tensors.get(selection);
  if (found !== undefined) return found;
  const list = [...tensors].slice(0, 12).map(([name, tensor]) => `${name}: ${hostTypeText(tensor)}`);
  const more = tensors.size > 12 ? `, and ${tensors.size - 12} more` : '';
  const what =
    selection === undefined ? `say which tensor, as ${path}#NAME` : `there is no tensor ${selection}`;
  throw new DataError(`${path}: ${what}; it has ${list.join(', ') || 'none'}${more}`);
}
