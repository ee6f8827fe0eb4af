/**
 * Folders for a cache come in, the one that holds SwiftShader goes out: a Vulkan device in software, which the npm
 * package `@sparticuz/chromium` carries, unpacked once.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { messageOf } from './device.ts';
import { DeviceError } from './errors.ts';
import { userFolder } from './node-home.ts';
import { entryOf, missing } from './node-packages.ts';

/** The description of the driver that Vulkan loaders read. */
export const driverFile = 'vk_swiftshader_icd.json';
export const loaderFile = 'libvulkan.so.1';
const wanted: readonly string[] = ['libvk_swiftshader.so', loaderFile, driverFile];

/** The user's cache, else a folder of the user's own under the temporary one. */
export function cacheFolders(): readonly string[] {
  const cache = userFolder('XDG_CACHE_HOME', '.cache');
  return [
    ...(cache === undefined ? [] : [path.join(cache, 'nnc')]),
    path.join(os.tmpdir(), `nnc-${process.getuid?.() ?? 'user'}`),
  ];
}

/**
 * The folder that holds SwiftShader's files: the first of `caches` that has them or can take them. Unpacking
 * goes to a folder of its own whose files are then renamed, so that two processes at once, or one that dies, do
 * no harm; what was damaged since is unpacked again.
 */
export async function unpackSwiftShader(caches: readonly string[]): Promise<string> {
  const archive = archivePath();
  const digest = sha256(await readFile(archive));
  const problems: string[] = [];
  for (const cache of caches) {
    const folder = path.join(cache, `swiftshader-${digest.slice(0, 16)}`);
    try {
      await mkdir(cache, { recursive: true, mode: 0o700 });
      await refuseForeign(cache);
      await removeLeftovers(cache);
      if (!(await isComplete(folder))) await unpackInto(archive, cache, folder);
      return folder;
    } catch (error) {
      problems.push(`${cache}: ${messageOf(error)}`);
    }
  }
  throw new DeviceError(problems.join('; '));
}

function archivePath(): string {
  const entry = entryOf('@sparticuz/chromium');
  if (entry === undefined) throw new DeviceError(missing('@sparticuz/chromium'));
  for (let dir = path.dirname(entry); dir !== path.dirname(dir); dir = path.dirname(dir)) {
    const file = path.join(dir, 'bin', 'swiftshader.tar.br');
    if (existsSync(file)) return file;
  }
  throw new DeviceError('the npm package @sparticuz/chromium has no bin/swiftshader.tar.br');
}

/** Libraries are loaded from this folder: nobody else may own it or write to it. */
async function refuseForeign(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  if (process.getuid !== undefined && uid !== process.getuid()) throw new Error('belongs to another user');
  if ((mode & 0o022) !== 0) await chmod(folder, 0o700);
}

/** Milliseconds after which a folder that is being unpacked to is not any more: its process was killed. */
const longestUnpacking = 86_400_000;

async function removeLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('unpacking-')) continue;
    const folder = path.join(cache, name);
    try {
      const { mtimeMs } = await stat(folder);
      if (Date.now() - mtimeMs > longestUnpacking) await rm(folder, { recursive: true, force: true });
    } catch {
      // Another process removed it meanwhile, or it is another user's: it is in nobody's way.
    }
  }
}

/** Holds the digest of each file as it was unpacked; written last. */
const digestsFile = 'sha256.json';

/** Whether all files are there with the bytes that were unpacked: a crash or a bad disk may leave zeros. */
async function isComplete(folder: string): Promise<boolean> {
  try {
    const digests: unknown = JSON.parse(await readFile(path.join(folder, digestsFile), 'utf8'));
    const known = new Map(Object.entries(digests as Record<string, unknown>));
    const found = await Promise.all(wanted.map((name) => readFile(path.join(folder, name))));
    return found.every((bytes, i) => known.get(wanted[i]!) === sha256(bytes));
  } catch {
    return false;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function unpackInto(archive: string, cache: string, folder: string): Promise<void> {
  const fresh = await mkdtemp(path.join(cache, 'unpacking-'));
  try {
    const digests: Record<string, string> = {};
    const { extract } = await import('tar-stream');
    const reader = extract();
    reader.on('entry', (header, stream, next) => {
      if (!wanted.includes(header.name)) {
        stream.resume();
        stream.on('end', next);
        return;
      }
      const unpack = async (): Promise<void> => {
        const bytes = await buffer(stream);
        digests[header.name] = sha256(bytes);
        await writeFile(path.join(fresh, header.name), bytes);
      };
      unpack().then(() => next(), next);
    });
    await pipeline(createReadStream(archive), createBrotliDecompress(), reader);
    await writeFile(path.join(fresh, digestsFile), JSON.stringify(digests));
    if (!(await isComplete(fresh))) throw new Error('the unpacked files are not complete');
    await mkdir(folder, { recursive: true });
    // File by file, each over the one that is there: whoever reads meanwhile always finds a whole file.
    for (const name of [...wanted, digestsFile]) {
      await rename(path.join(fresh, name), path.join(folder, name));
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
