/**
 * A wish (hardware, software, either) comes in, an open device on Dawn in Node goes out.
 *
 * A hardware adapter is tried first. Where there is none, linux-x64 runs on SwiftShader, a Vulkan device in
 * software: the npm package `@sparticuz/chromium` carries it, and it is unpacked once into the user's cache.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import type { Device, DeviceChoice, DeviceInfo } from './device.ts';
import { describeAdapter, findAdapter, messageOf, openAdapter } from './device.ts';
import { DeviceError } from './errors.ts';

export interface NodeDeviceOptions {
  /** Default `auto`: hardware where there is some, else software. */
  readonly device?: DeviceChoice;
  /**
   * Dawn's `disable_robustness`: no clamping of indices. Up to 40% on a product; safe only with kernels whose
   * every load is proven in range.
   */
  readonly disableRobustness?: boolean;
  /** More Dawn toggles by name; `exactTimestamps` of the profiler needs `timestamp_quantization` disabled. */
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
}

/** Opens the wanted device, or throws a DeviceError that says what was tried. */
export async function openNodeDevice(options: NodeDeviceOptions = {}): Promise<Device> {
  const choice = options.device ?? 'auto';
  const skipped: string[] = [];
  for (const kind of ['hardware', 'software'] as const) {
    if (choice !== 'auto' && choice !== kind) continue;
    const found = await findOn(kind, options);
    if (typeof found === 'string') {
      skipped.push(`${kind}: ${found}`);
      continue;
    }
    try {
      return holding(found.entry, await openAdapter(found.adapter, skipped));
    } catch (error) {
      skipped.push(`${kind}: ${messageOf(error)}`);
    }
  }
  const wish = choice === 'auto' ? '' : `${choice} `;
  throw new DeviceError(`no ${wish}WebGPU device found\n${skipped.map((why) => `  ${why}`).join('\n')}`);
}

export interface ListedDevice extends DeviceInfo {
  /** The one that `auto` takes. */
  readonly preferred: boolean;
}

/** Every adapter that `openNodeDevice` could take, best first, and why others are missing. */
export async function listDevices(): Promise<{
  readonly devices: readonly ListedDevice[];
  readonly missing: readonly string[];
}> {
  const devices: ListedDevice[] = [];
  const missing: string[] = [];
  for (const kind of ['hardware', 'software'] as const) {
    const found = await findOn(kind, {});
    if (typeof found === 'string') missing.push(`${kind}: ${found}`);
    else devices.push({ ...describeAdapter(found.adapter), preferred: devices.length === 0 });
  }
  return { devices, missing };
}

interface Found {
  readonly entry: GPU;
  readonly adapter: GPUAdapter;
}

/** The best adapter of one kind, or why there is none. */
async function findOn(kind: 'hardware' | 'software', options: NodeDeviceOptions): Promise<Found | string> {
  const withVulkan = process.platform === 'linux';
  if (withVulkan && kind === 'hardware' && !hasVulkanDriver()) {
    return 'no Vulkan driver is installed (no driver file in /etc/vulkan/icd.d or /usr/share/vulkan/icd.d)';
  }
  const drivers = withVulkan ? await prepareVulkan(kind) : {};
  if (typeof drivers === 'string') return drivers;
  const before = driverVariables.map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, drivers);
  try {
    const entry = await createEntry(options);
    const adapter = await findAdapter(entry, kind);
    return adapter === undefined ? `Dawn offers no ${kind} adapter on this machine` : { entry, adapter };
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Dawn's entry point. The Vulkan loader reads the environment when it makes an instance, hence now. */
async function createEntry(options: NodeDeviceOptions): Promise<GPU> {
  const enabled = [...(options.disableRobustness ? ['disable_robustness'] : []), ...(options.enable ?? [])];
  const disabled = options.disable ?? [];
  let webgpu: typeof import('webgpu');
  try {
    webgpu = await import('webgpu');
  } catch (error) {
    throw new DeviceError(
      `the npm package webgpu (Dawn for Node) cannot be loaded on ${process.platform}-${process.arch}: ` +
        `${messageOf(error)}`,
    );
  }
  return webgpu.create([
    ...(enabled.length > 0 ? [`enable-dawn-features=${enabled.join(',')}`] : []),
    ...(disabled.length > 0 ? [`disable-dawn-features=${disabled.join(',')}`] : []),
  ]);
}

/** Keeps Dawn's entry point alive as long as the device is open: Dawn stops working once it is collected. */
function holding(entry: GPU, device: Device): Device {
  const held = new Set([entry]);
  return {
    ...device,
    close() {
      device.close();
      // Dawn tells of the end in a callback that still needs the entry point.
      void device.gpu.lost.then(() => setImmediate(() => held.clear()));
    },
  };
}

/** Where Vulkan loaders look for drivers; the variables override the folders. */
function hasVulkanDriver(): boolean {
  const { env } = process;
  const given = env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES;
  if (given) return !given.endsWith(driverFile);
  const data = env.XDG_DATA_HOME ?? path.join(os.homedir(), '.local/share');
  const roots = ['/etc', '/usr/local/etc', '/usr/share', '/usr/local/share', data];
  const folders = roots.map((root) => path.join(root, 'vulkan/icd.d'));
  return folders.some((dir) => existsSync(dir) && readdirSync(dir).some((name) => name.endsWith('.json')));
}

/** Which drivers the Vulkan loader looks at, in the words of today's loaders and of older ones. */
const driverVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

/** Loads a Vulkan loader; gives the variables that choose the drivers, or the reason why there are none. */
async function prepareVulkan(
  kind: 'hardware' | 'software',
): Promise<Readonly<Record<string, string>> | string> {
  const systemLoader = loadLibrary('libvulkan.so.1');
  if (kind === 'hardware' && systemLoader) return {};
  if (process.arch !== 'x64') {
    return kind === 'software'
      ? `the software device SwiftShader is there for linux-x64 only, this is linux-${process.arch}`
      : 'the Vulkan loader libvulkan.so.1 is not installed';
  }
  let folder: string;
  try {
    folder = await unpackSwiftShader(cacheFolders());
  } catch (error) {
    return `SwiftShader cannot be unpacked: ${messageOf(error)}`;
  }
  if (!systemLoader && !loadLibrary(path.join(folder, 'libvulkan.so.1'))) {
    return 'the Vulkan loader of SwiftShader cannot be loaded on this system';
  }
  if (kind === 'hardware') return {};
  const driver = path.join(folder, driverFile);
  return Object.fromEntries(driverVariables.map((name) => [name, driver]));
}

/**
 * Loads a shared library for good, so that Dawn finds it under its name. `dlopen` complains that the library is
 * no Node add-on, which is expected: it stays loaded.
 */
function loadLibrary(file: string): boolean {
  const { RTLD_NOW, RTLD_GLOBAL } = os.constants.dlopen;
  const noDelete = 0x1000; // RTLD_NODELETE of glibc, which Node does not name
  try {
    process.dlopen({ exports: {} }, file, RTLD_NOW | RTLD_GLOBAL | noDelete);
    return true;
  } catch (error) {
    return messageOf(error).includes('did not self-register');
  }
}

const driverFile = 'vk_swiftshader_icd.json';
const wanted: readonly string[] = ['libvk_swiftshader.so', 'libvulkan.so.1', driverFile];

/** The user's cache, else a folder of the user's own under the temporary one. */
function cacheFolders(): readonly string[] {
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return [path.join(cache, 'nnc'), path.join(os.tmpdir(), `nnc-${process.getuid?.() ?? 'user'}`)];
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
      if (!(await isComplete(folder))) await unpackInto(archive, cache, folder);
      return folder;
    } catch (error) {
      problems.push(`${cache}: ${messageOf(error)}`);
    }
  }
  throw new DeviceError(problems.join('; '));
}

function archivePath(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
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
