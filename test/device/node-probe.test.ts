/** Drivers that have no hardware to offer: what a user sees of them, and what is made of their failures. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeHardware } from '../../runtime/node-probe.ts';
import { nncWith } from '../support/command.ts';

const linux = process.platform === 'linux' && process.arch === 'x64';

describe.runIf(linux)('a Vulkan driver that cannot be loaded', () => {
  let folder: string;
  let driver: Readonly<Record<string, string>>;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'nnc-test-'));
    const file = path.join(folder, 'broken_icd.json');
    const library = path.join(folder, 'libvulkan_broken.so');
    const ICD = { api_version: '1.1.0', library_path: library };
    await writeFile(file, JSON.stringify({ file_format_version: '1.0.0', ICD }));
    driver = { VK_DRIVER_FILES: file, VK_ICD_FILENAMES: file };
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is passed over without a word on stderr', () => {
    const { stdout, stderr, status } = nncWith(driver, 'devices');
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toContain('none: hardware: the Vulkan drivers offer no hardware adapter');
    const run = (...args: readonly string[]) =>
      nncWith(driver, 'run', 'models/scalar.nn', '--data', 'x1=2', '--data', 'x2=5', ...args).stderr.trim();
    expect(run()).toMatch(/^running on .*, \d+ threads?$/);
    expect(run('--device', 'software')).toMatch(/^running on SwiftShader.*, a software adapter$/);
  });

  test('is heard with --verbose', () => {
    const { stderr, status } = nncWith(driver, 'devices', '--verbose');
    expect(status).toBe(0);
    expect(stderr).toContain('libvulkan_broken.so');
    const run = nncWith(driver, 'run', 'models/scalar.nn', '--data', 'x1=2', '--data', 'x2=5', '--verbose');
    expect(run.stderr).toContain('libvulkan_broken.so');
  });

  test('offers no hardware', async () => {
    expect(await probeHardware(driver)).toBe('none');
  });
});

describe('a probe that ends without an answer', () => {
  const ending = (code: string) =>
    probeHardware({ NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` });

  test('was ended by a driver that crashed', async () => {
    expect(await ending('process.kill(process.pid, "SIGSEGV"); await new Promise(() => {})')).toBe('crashed');
  });

  test('says nothing of the drivers if it could not ask', async () => {
    expect(await ending('process.exit(1)')).toBe('unknown');
  });
});
