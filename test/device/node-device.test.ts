import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeviceError } from '../../runtime/errors.ts';
import { listDevices, openNodeDevice, unpackSwiftShader } from '../../runtime/node-device.ts';

const linux = process.platform === 'linux' && process.arch === 'x64';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(path.join(os.tmpdir(), 'nnc-test-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

describe('opening a device', () => {
  test('hardware comes first; software says what was skipped', async () => {
    const { devices } = await listDevices();
    const device = await openNodeDevice();
    expect(device.info.name).toBe(devices[0]!.name);
    expect(devices.map((one) => one.preferred)).toEqual(devices.map((_, i) => i === 0));
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

  test('gives the loader, the driver and its description, and no rest', async () => {
    const folder = await unpackSwiftShader([cache]);
    expect((await readdir(folder)).sort()).toEqual([
      'libvk_swiftshader.so',
      'libvulkan.so.1',
      'sizes.json',
      'vk_swiftshader_icd.json',
    ]);
    expect(await folderIn()).toEqual([folder]);
    expect(await unpackSwiftShader([cache])).toBe(folder);
  });

  test('repairs what is damaged', async () => {
    const folder = await unpackSwiftShader([cache]);
    await truncate(path.join(folder, 'libvk_swiftshader.so'), 1000);
    await unpackSwiftShader([cache]);
    await rm(path.join(folder, 'sizes.json'));
    await unpackSwiftShader([cache]);
    expect(existsSync(path.join(folder, 'sizes.json'))).toBe(true);
    expect(await folderIn()).toEqual([folder]);
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

  test('is safe with two processes at once', async () => {
    const module = fileURLToPath(new URL('../../runtime/node-device.ts', import.meta.url));
    const script = `import(${JSON.stringify(module)}).then(async ({ unpackSwiftShader }) =>
      console.log(await unpackSwiftShader([${JSON.stringify(cache)}])))`;
    const start = () => promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', script]);
    const results = await Promise.all([start(), start()]);
    const folders = results.map(({ stdout }) => stdout.trim());
    expect(folders[0]).toBe(folders[1]);
    expect(await folderIn()).toEqual([folders[0]]);
  });
});
