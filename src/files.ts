/**
 * Files in Node: paths in, texts and tensors out, and back. Every failure is a `DataError` that names the file.
 *
 * Writing is atomic: a temporary file in the same folder is filled, flushed and renamed, so that a reader sees
 * the old file or the new one, whatever happens in between.
 */
import * as fs from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { constants, deflateRawSync, gunzipSync, inflateRawSync } from 'node:zlib';
import { type Compression, TooLarge } from '../runtime/data/compression.ts';
import type { ColumnCodes } from '../runtime/data/csv.ts';
import { writeNpy } from '../runtime/data/npy.ts';
import { writeNpz } from '../runtime/data/npz.ts';
import { type ReadTensor, readData, readNamedTensors } from '../runtime/data/read.ts';
import { readSafetensors, type TensorFile, writeSafetensors } from '../runtime/data/safetensors.ts';
import { parseDataSpec } from '../runtime/data/spec.ts';
import type { HostTensor } from '../runtime/data/tensor.ts';
import { DataError } from '../runtime/errors.ts';
import { nearNames } from './near-names.ts';

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

/** The whole file. */
export function readBytes(path: string): Uint8Array {
  if (isDevice(statsOf(path)))
    throw new DataError(`cannot read ${path}: it is a device, which may never end`);
  try {
    return fs.readFileSync(path);
  } catch (error) {
    throw new DataError(readingFailed(path, error));
  }
}

const isDevice = (stats: fs.Stats): boolean => stats.isCharacterDevice() || stats.isBlockDevice();

/** More than anybody writes; a syntax tree takes hundreds of bytes for each of them. */
export const largestSource = 4 * 1024 * 1024;

function statsOf(path: string): fs.Stats {
  try {
    return fs.statSync(path);
  } catch (error) {
    throw new DataError(readingFailed(path, error));
  }
}

/** The text of a `.nn` file. What may never end, or never begin, is refused before it is opened. */
export function readSource(path: string): string {
  const stats = statsOf(path);
  if (!stats.isFile() && !stats.isDirectory()) {
    const what = isDevice(stats) ? 'a device' : stats.isFIFO() ? 'a pipe' : 'a socket';
    throw new DataError(`cannot read ${path}: it is ${what}, not a file`);
  }
  if (stats.size > largestSource) {
    throw new DataError(
      `cannot read ${path}: it has ${stats.size} bytes, and a .nn file has at most ${largestSource}`,
    );
  }
  return readTextFile(path);
}

/** The whole file as text; it must be UTF-8. */
export function readTextFile(path: string): string {
  const bytes = readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${path} is not a text file: it is not UTF-8`);
  }
}

/** The tensor that a specification such as `iris.csv#0-3@!::5` asks for; see `runtime/data/spec.ts`. */
export function readDataFile(specification: string, preferred?: string, known?: ColumnCodes): ReadTensor {
  const spec = parseDataSpec(specification);
  return readData(readBytes(spec.path), spec, nodeCompression, preferred, known);
}

/** All tensors of a file, by name (a file of one nameless tensor: under the empty name). */
export const readTensors = (path: string): ReadonlyMap<string, HostTensor> =>
  readNamedTensors(readBytes(path), path, nodeCompression);

/** A safetensors file with its metadata: weights and checkpoints. */
export const readSafetensorsFile = (path: string): TensorFile => readSafetensors(readBytes(path), path);

/** The same for all names of one file. */
export function identityOf(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return resolve(path);
  }
}

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

/** Makes a folder and those above it, and sees that files can be written into it. */
export function makeFolder(path: string): void {
  try {
    makeAll(resolve(path));
    fs.accessSync(path, fs.constants.W_OK);
  } catch (error) {
    throw new DataError(writingFailed(path, error));
  }
}

/** Node's own recursive form never ends where a folder above refuses with "no such file", as /proc does. */
function makeAll(path: string): void {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeAll(dirname(path));
  fs.mkdirSync(path);
}

/** Refuses a place that cannot be written to, before anything is computed for it. */
export function checkTextFile(path: string): void {
  const folder = dirname(path);
  if (!fs.existsSync(folder))
    throw new DataError(`cannot write ${path}: the folder ${folder} does not exist`);
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new DataError(`cannot write ${path}: it is a folder`);
}

/** Refuses a name that `writeTensors` would refuse, before anything is computed for it. */
export function checkTensorFile(path: string): void {
  if (!tensorFiles.includes(extname(path).toLowerCase())) {
    throw new DataError(`cannot write ${path}: the name must end in .safetensors, .npz or .npy`);
  }
  const folder = dirname(path);
  if (!fs.existsSync(folder))
    throw new DataError(`cannot write ${path}: the folder ${folder} does not exist`);
}

const tensorFiles: readonly string[] = ['.safetensors', '.npz', '.npy'];

/** Writes the whole file or leaves everything as it was. */
export function writeFileAtomic(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  try {
    const existing = fs.statSync(path, { throwIfNoEntry: false });
    // A pipe or a device, such as /dev/null, cannot be replaced by a file.
    if (existing !== undefined && !existing.isFile() && !existing.isDirectory())
      fs.writeFileSync(path, bytes);
    // The file behind a link is replaced, not the link.
    else replaceFile(existing === undefined ? path : fs.realpathSync(path), bytes, existing?.mode);
  } catch (error) {
    throw new DataError(writingFailed(path, error));
  }
}

function replaceFile(path: string, bytes: Uint8Array, mode: number | undefined): void {
  const unique = `${process.pid}-${process.hrtime.bigint().toString(36)}`;
  const temporary = join(dirname(path), `.${basename(path)}.${unique}.tmp`);
  try {
    const file = fs.openSync(temporary, 'wx', mode === undefined ? 0o666 : mode & 0o777);
    try {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  flushFolder(dirname(path));
}

/** Makes the rename itself durable. Some systems cannot flush a folder; the file is complete all the same. */
function flushFolder(path: string): void {
  try {
    const folder = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  } catch {
    return;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function readingFailed(path: string, error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `cannot read ${path}: there is no such file${suggestion(path)}`;
    case 'EISDIR':
      return `cannot read ${path}: it is a folder`;
    case 'EACCES':
    case 'EPERM':
      return `cannot read ${path}: permission denied`;
    default:
      return `cannot read ${path}: ${messageOf(error)}`;
  }
}

/** The folder that is missing, or the files in it with a name like the wanted one. */
function suggestion(path: string): string {
  const folder = dirname(path);
  let names: readonly string[];
  try {
    names = fs.readdirSync(folder);
  } catch {
    return `\n  hint: the folder ${folder} does not exist`;
  }
  const wanted = basename(path);
  const longer = names.filter((name) => name.startsWith(`${wanted}.`));
  const near = longer.length > 0 ? longer.slice(0, 3) : nearNames(wanted, names);
  return near.length === 0
    ? ''
    : `\n  hint: did you mean ${near.map((name) => join(folder, name)).join(' or ')}?`;
}

function writingFailed(path: string, error: unknown): string {
  const failed = `cannot write ${path}`;
  switch (codeOf(error)) {
    case 'ENOENT':
      return fs.existsSync(dirname(path))
        ? `${failed}: nothing can be made in ${dirname(path)}`
        : `${failed}: the folder ${dirname(path)} does not exist`;
    case 'ENOTDIR':
      return `${failed}: a part of the path is a file, not a folder`;
    case 'EEXIST':
      return `${failed}: a file of that name is in the way`;
    case 'EISDIR':
    case 'ENOTEMPTY':
      return `${failed}: it is a folder`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${failed}: permission denied`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `${failed}: the disk is full; nothing was changed`;
    default:
      return `${failed}: ${messageOf(error)}`;
  }
}
