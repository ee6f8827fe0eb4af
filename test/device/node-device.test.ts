import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeviceError } from '../../runtime/errors.ts';
import { listDevices, openNodeDevice } from '../../runtime/node-device.ts';
import { cacheFolders, unpackSwiftShader } from '../../runtime/node-swiftshader.ts';

const linux = process.platform === 'linux' && process.arch === 'x64';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(os.tmpdir(), 'nnc-test-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

describe('folders of the user', () => {
  const variables = ['HOME', 'XDG_CACHE_HOME'] as const;
  const before = new Map(variables.map((name) => [name, process.env[name]]));
  afterEach(() => {
    vi.restoreAllMocks();
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  const own = path.join(os.tmpdir(), `nnc-${process.getuid?.() ?? 'user'}`);

  test('are those that XDG names, or below home, and last one under the temporary folder', () => {
    process.env.HOME = '/some/where';
    process.env.XDG_CACHE_HOME = '/other';
    expect(cacheFolders()).toEqual(['/other/nnc', own]);
    for (const none of ['', 'relative']) {
      process.env.XDG_CACHE_HOME = none;
      expect(cacheFolders()).toEqual(['/some/where/.cache/nnc', own]);
    }
  });

  test('are only that one where there is no home', () => {
    process.env.XDG_CACHE_HOME = '';
    process.env.HOME = 'relative';
    expect(cacheFolders()).toEqual([own]);
    // As for a user id without an account.
    vi.spyOn(os, 'homedir').mockImplementation(() => {
      throw new Error('uv_os_homedir returned ENOENT (no such file or directory)');
    });
    expect(cacheFolders()).toEqual([own]);
  });
});

describe('opening a device', () => {
  test('hardware comes first; software says what was skipped', async () => {
    const { devices } = await listDevices();
    const device = await openNodeDevice();
    expect(device.info.name).toBe(devices[0]!.name);
    if (device.info.class === 'software') expect(device.info.skipped.join()).toMatch(/^hardware: /);
    device.close();
  });

  test('asks for the real limits of the adapter', async () => {
    const device = await openNodeDevice();
    const { summary } = device.info;
    expect(device.gpu.limits.maxStorageBuffersPerShaderStage).toBe(summary.storageBuffersPerStage);
    expect(device.gpu.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(summary.largestBinding);
    expect(summary.class).toBe(device.info.class);
    device.close();
  });

  test.runIf(linux)('takes the software device where it is asked for', async () => {
    const device = await openNodeDevice({ device: 'software', disableRobustness: true });
    expect(device.info.class).toBe('software');
    expect(device.info.summary.subgroups).toEqual({ min: 4, max: 4 });
    device.close();
  });

  test('without hardware is a DeviceError that says why', async () => {
    const { devices } = await listDevices();
    if (devices.some((one) => one.class === 'hardware')) return;
    const error: unknown = await openNodeDevice({ device: 'hardware' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeviceError);
    expect(String(error)).toMatch(/no hardware WebGPU device found\n {2}hardware: ./);
  });
});

describe('unpacking SwiftShader', () => {
  const folderIn = async () => (await readdir(cache)).map((name) => path.join(cache, name));
  const contentOf = async (folder: string) => {
    const names = (await readdir(folder)).sort();
    const bytes = await Promise.all(names.map((name) => readFile(path.join(folder, name))));
    return names.map((name, i) => [name, createHash('sha256').update(bytes[i]!).digest('hex')]);
  };

  test('gives the loader, the driver and its description, and no rest', async () => {
    const folder = await unpackSwiftShader([cache]);
    expect((await readdir(folder)).sort()).toEqual([
      'libvk_swiftshader.so',
      'libvulkan.so.1',
      'sha256.json',
      'vk_swiftshader_icd.json',
    ]);
    expect(await folderIn()).toEqual([folder]);
    expect(await unpackSwiftShader([cache])).toBe(folder);
  });

  test('removes what processes that were killed left a day ago', async () => {
    const [old, young] = ['unpacking-old', 'unpacking-young'].map((name) => path.join(cache, name));
    for (const folder of [old!, young!]) {
      await mkdir(folder);
      await writeFile(path.join(folder, 'half'), 'x');
    }
    const before = Date.now() / 1000 - 90_000;
    await utimes(old!, before, before);
    const folder = await unpackSwiftShader([cache]);
    expect((await folderIn()).sort()).toEqual([folder, young].sort());
  });

  describe('repairs', () => {
    const driver = 'libvk_swiftshader.so';
    const damages: Readonly<Record<string, (file: (name: string) => string) => Promise<void>>> = {
      'a file that is cut off': (file) => truncate(file(driver), 1000),
      'a file of zeros': async (file) =>
        writeFile(file(driver), new Uint8Array((await stat(file(driver))).size)),
      'a single wrong bit': async (file) => {
        const bytes = await readFile(file('libvulkan.so.1'));
        bytes[bytes.length >> 1]! ^= 1;
        await writeFile(file('libvulkan.so.1'), bytes);
      },
      'a missing file': (file) => rm(file('vk_swiftshader_icd.json')),
      'missing digests': (file) => rm(file('sha256.json')),
      'digests that are no JSON': (file) => writeFile(file('sha256.json'), '\0\0'),
    };
    test.each(Object.entries(damages))('%s', async (_, damage) => {
      const folder = await unpackSwiftShader([cache]);
      const whole = await contentOf(folder);
      await damage((name) => path.join(folder, name));
      expect(await contentOf(folder)).not.toEqual(whole);
      expect(await unpackSwiftShader([cache])).toBe(folder);
      expect(await contentOf(folder)).toEqual(whole);
      expect(await folderIn()).toEqual([folder]);
    });
  });

  test('takes the next folder where the first cannot be used', async () => {
    const file = path.join(cache, 'file');
    await writeFile(file, '');
    const second = path.join(cache, 'second');
    expect(path.dirname(await unpackSwiftShader([path.join(file, 'nnc'), second]))).toBe(second);
    await expect(unpackSwiftShader([path.join(file, 'nnc')])).rejects.toThrow(/ENOTDIR/);
  });

  test.runIf(linux)('closes a folder that others may write to', async () => {
    const open = path.join(cache, 'open');
    await mkdir(open);
    await chmod(open, 0o777);
    const folder = await unpackSwiftShader([open]);
    const { mode } = await import('node:fs').then((fs) => fs.statSync(path.dirname(folder)));
    expect(mode & 0o022).toBe(0);
  });

  test.each(['an empty', 'a damaged'])('is safe with two processes at once, in %s folder', async (state) => {
    if (state === 'a damaged') {
      const folder = await unpackSwiftShader([cache]);
      await truncate(path.join(folder, 'libvk_swiftshader.so'), 1000);
    }
    const module = fileURLToPath(new URL('../../runtime/node-swiftshader.ts', import.meta.url));
    const script = `import(${JSON.stringify(module)}).then(async ({ unpackSwiftShader }) =>
      console.log(await unpackSwiftShader([${JSON.stringify(cache)}])))`;
    const start = () => promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', script]);
    const results = await Promise.all([start(), start()]);
    const folders = results.map(({ stdout }) => stdout.trim());
    expect(folders[0]).toBe(folders[1]);
    expect(await folderIn()).toEqual([folders[0]]);
    const whole = await contentOf(folders[0]!);
    await unpackSwiftShader([cache]);
    expect(await contentOf(folders[0]!)).toEqual(whole);
  });
});
