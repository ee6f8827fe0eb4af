/** A disk that fills up in the middle of a write: the old file stays, and nothing is left beside it. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeFileAtomic } from '../../src/terminal/files.ts';

const failing = vi.hoisted(() => ({ call: '' }));

vi.mock('node:fs', async (load) => {
  const real = await load<typeof fs>();
  const failWhen = (call: string): void => {
    if (failing.call === call) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  return {
    ...real,
    writeSync: (file: number, bytes: Uint8Array, at: number) => {
      if (at > 0) failWhen('write');
      return real.writeSync(file, bytes, at, Math.min(3, bytes.length - at));
    },
    fsyncSync: (file: number) => {
      failWhen('fsync');
      real.fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      failWhen('rename');
      real.renameSync(from, to);
    },
  };
});

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'nnc-full-'));
});
afterEach(() => {
  failing.call = '';
  fs.rmSync(folder, { recursive: true, force: true });
});

test.each(['write', 'fsync', 'rename'])('the %s fails', (call) => {
  const path = join(folder, 'w.safetensors');
  writeFileAtomic(path, 'the old content');
  failing.call = call;
  expect(() => writeFileAtomic(path, 'the new content')).toThrow(
    `cannot write ${path}: the disk is full; nothing was changed`,
  );
  expect(fs.readFileSync(path, 'utf8')).toBe('the old content');
  expect(fs.readdirSync(folder)).toEqual(['w.safetensors']);
});

test('a write in small pieces is complete', () => {
  const path = join(folder, 'a.txt');
  writeFileAtomic(path, 'longer than three bytes');
  expect(fs.readFileSync(path, 'utf8')).toBe('longer than three bytes');
});
