/** Files of tensors in Node: paths in, tensors out, and back. Every failure is a `DataError` that names the file. */
import { extname } from 'node:path';
import { constants, deflateRawSync, gunzipSync, inflateRawSync } from 'node:zlib';
import { type Compression, TooLarge } from '../../runtime/data/compression.ts';
import type { ColumnCodes } from '../../runtime/data/csv.ts';
import { writeNpy } from '../../runtime/data/npy.ts';
import { writeNpz } from '../../runtime/data/npz.ts';
import {
  type ReadTensor,
  readData,
  readTensorFile as readTensorBytes,
  readText,
} from '../../runtime/data/read.ts';
import { readSafetensors, type TensorFile, writeSafetensors } from '../../runtime/data/safetensors.ts';
import type { DataSpec } from '../../runtime/data/spec.ts';
import type { HostTensor } from '../../runtime/data/tensor.ts';
import type { TextPieces } from '../../runtime/data/text.ts';
import { DataError } from '../../runtime/errors.ts';
import { codeOf } from '../terminal/file-failures.ts';
import { checkWritable, readBytes, writeFileAtomic } from '../terminal/files.ts';
import { madeDataNamed } from './sets/index.ts';

function bounded(unpack: typeof gunzipSync, bytes: Uint8Array, largest: number): Uint8Array {
  try {
    return unpack(bytes, { maxOutputLength: Math.max(1, largest) });
  } catch (error) {
    throw codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? new TooLarge() : error;
  }
}

const cutOff = { finishFlush: constants.Z_SYNC_FLUSH } as const;

export const nodeCompression: Compression = {
  gunzip: (bytes, largest) => bounded(gunzipSync, bytes, largest),
  inflateRaw: (bytes, largest) => bounded(inflateRawSync, bytes, largest),
  gunzipStart: (bytes) => gunzipSync(bytes, cutOff),
  inflateRawStart: (bytes) => inflateRawSync(bytes, cutOff),
  deflateRaw: (bytes) => deflateRawSync(bytes),
};

/** A file, or what a name such as `data:moons` stands for. */
const dataBytes = (path: string): Uint8Array => madeDataNamed(path) ?? readBytes(path);

/** The tensor that a specification such as `iris.csv#0-3@!::5` asks for; see `runtime/data/spec.ts`. */
export const readDataFile = (spec: DataSpec, preferred?: string, known?: ColumnCodes): ReadTensor =>
  readData(dataBytes(spec.path), spec, nodeCompression, preferred, known);

/** A text, in pieces. */
export const readTextFile = (spec: DataSpec, pieces: TextPieces, known?: ColumnCodes): ReadTensor =>
  readText(dataBytes(spec.path), spec, pieces, nodeCompression, known);

/** All tensors of a file, by name (a file of one nameless tensor: under the empty name), and its metadata. */
export const readTensorFile = (path: string): TensorFile =>
  readTensorBytes(readBytes(path), path, nodeCompression);

export const readTensors = (path: string): ReadonlyMap<string, HostTensor> => readTensorFile(path).tensors;

/** A safetensors file with its metadata: weights and checkpoints. */
export const readSafetensorsFile = (path: string): TensorFile => readSafetensors(readBytes(path), path);

/** Writes .safetensors, .npz or (a single tensor) .npy, as the name says. */
export function writeTensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata?: ReadonlyMap<string, string>,
): void {
  checkTensorFile(path);
  writeFileAtomic(path, encodeTensors(path, tensors, metadata));
}

function encodeTensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: ReadonlyMap<string, string> | undefined,
): Uint8Array {
  const extension = extname(path).toLowerCase();
  if (extension === '.safetensors') return writeSafetensors(tensors, metadata);
  if (extension === '.npz') return writeNpz(tensors, nodeCompression.deflateRaw);
  const [only, ...others] = tensors.values();
  if (only === undefined || others.length > 0) {
    throw new DataError(
      `cannot write ${path}: an npy file holds one tensor, there are ${tensors.size}; use .npz`,
    );
  }
  return writeNpy(only);
}

/** Refuses a name that `writeTensors` would refuse, before anything is computed for it. */
export function checkTensorFile(path: string, others: readonly string[] = []): void {
  if (!tensorFiles.includes(extname(path).toLowerCase())) {
    const [last, ...first] = [...tensorFiles, ...others].reverse();
    throw new DataError(
      `cannot write ${path}: the name must end in ${first.reverse().join(', ')} or ${last}`,
    );
  }
  checkWritable(path);
}

const tensorFiles: readonly string[] = ['.safetensors', '.npz', '.npy'];
