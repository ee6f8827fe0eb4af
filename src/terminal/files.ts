/**
 * Files in Node: paths in, texts and bytes out, and back. Every failure is a `DataError` that names the file.
 *
 * Writing is atomic: a temporary file in the same folder is filled, flushed and renamed, so that a reader sees
 * the old file or the new one, whatever happens in between.
 */
import * as fs from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from '../../runtime/errors.ts';
import { UsageError } from './failure.ts';
import { codeOf, readingFailed, writingFailed } from './file-failures.ts';

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
  refuseNoName(path, 'read');
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

export function isFolder(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** The same for all names of one file. */
export function identityOf(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Makes a folder and those above it, and sees that these files can be written into it. */
export function makeFolder(path: string, files: readonly string[]): { readonly isNew: boolean } {
  refuseNoName(path, 'write');
  const isNew = !fs.existsSync(path);
  try {
    makeAll(resolve(path));
    fs.accessSync(path, fs.constants.W_OK);
  } catch (error) {
    throw new DataError(writingFailed(path, error));
  }
  for (const file of files) checkWritable(join(path, file));
  return { isNew };
}

/** Leaves a folder alone that has something in it. */
export function removeEmptyFolder(path: string): void {
  try {
    fs.rmdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'ENOENT') throw error;
  }
}

/** Node's own recursive form never ends where a folder above refuses with "no such file", as /proc does. */
function makeAll(path: string): void {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeAll(dirname(path));
  fs.mkdirSync(path);
}

/** Refuses a place that cannot be written to, before anything is computed for it. */
export function checkWritable(path: string): void {
  refuseNoName(path, 'write');
  try {
    const existing = fs.statSync(path, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw new DataError(`cannot write ${path}: it is a folder`);
    // A file is replaced, which the folder must allow; a pipe or a device is written to.
    const replaced = existing === undefined ? path : existing.isFile() ? fs.realpathSync(path) : undefined;
    fs.accessSync(replaced === undefined ? path : dirname(replaced), fs.constants.W_OK);
  } catch (error) {
    throw error instanceof DataError ? error : new DataError(writingFailed(path, error));
  }
}

function refuseNoName(path: string, what: 'read' | 'write'): void {
  if (path === '') throw new DataError(`cannot ${what} a file without a name`);
}

/** Whether it ends so, in capitals or not. */
export const isNamed = (path: string, ending: string): boolean => path.toLowerCase().endsWith(ending);

/** Refuses a name that promises another kind of file. What is no file, such as /dev/null, has no ending. */
export function requireEnding(flag: string, path: string, endings: readonly string[]): void {
  if (endings.some((ending) => isNamed(path, ending)) || isNoFile(path)) return;
  const [last, ...others] = [...endings].reverse();
  const said = others.length === 0 ? last : `${others.reverse().join(', ')} or ${last}`;
  throw new UsageError(`${flag} ${path}: the name must end in ${said}`);
}

function isNoFile(path: string): boolean {
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

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

/** Milliseconds after which a temporary file is no longer being written: its process was killed. */
const longestWrite = 3_600_000;

/** What temporary files for this one begin with; file systems take no name of more than 255 bytes. */
const temporaryPrefix = (path: string): string => `.${basename(path).slice(0, 40)}.`;

function removeLeftovers(path: string): void {
  const folder = dirname(path);
  for (const name of fs.readdirSync(folder)) {
    if (!name.startsWith(temporaryPrefix(path)) || !/\.\d+-[0-9a-z]+\.tmp$/.test(name)) continue;
    const file = fs.statSync(join(folder, name), { throwIfNoEntry: false });
    if (file?.isFile() && Date.now() - file.mtimeMs > longestWrite)
      fs.rmSync(join(folder, name), { force: true });
  }
}

function replaceFile(path: string, bytes: Uint8Array, mode: number | undefined): void {
  // Two processes may write the same file: each fills one of its own.
  const unique = `${process.pid}-${process.hrtime.bigint().toString(36)}`;
  const temporary = join(dirname(path), `${temporaryPrefix(path)}${unique}.tmp`);
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
  removeLeftovers(path);
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
