/** Files that use files: long chains, circles, and names of what is no file. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { positionOf } from '../../grammar/source.ts';
import { parseModel } from '../../src/model/model.ts';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'nnc-uses-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  fs.writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test('a chain of 5000 files is followed to its end', () => {
  for (let k = 0; k < 5000; k++) {
    write(`f${k}.nn`, `${k < 4999 ? `use "f${k + 1}.nn"\n` : ''}fn f${k}(x) = x`);
  }
  const { used, diagnostics } = parseModel(write('main.nn', 'use "f0.nn"'));
  expect(diagnostics).toEqual([]);
  expect(used.map(({ source }) => source.name.slice(folder.length + 1))).toEqual(
    Array.from({ length: 5000 }, (_, k) => `f${k}.nn`),
  );
});

test('files come in the order in which they are met, each once', () => {
  write('a.nn', 'use "c.nn"\nuse "main.nn"');
  write('b.nn', 'use "a.nn"');
  write('c.nn', '');
  const { used } = parseModel(write('main.nn', 'use "a.nn"\nuse "b.nn"\nuse "a.nn"'));
  expect(used.map(({ source }) => source.name.slice(folder.length + 1))).toEqual(['a.nn', 'c.nn', 'b.nn']);
});

test('a file is itself under all its names', () => {
  fs.symlinkSync('.', join(folder, 'here'));
  const { used, diagnostics } = parseModel(write('main.nn', 'use "here/main.nn"'));
  expect([used, diagnostics]).toEqual([[], []]);
});

test('a device, a folder and a huge file are refused where they are used', () => {
  fs.truncateSync(write('huge.nn', ''), 5e9);
  fs.symlinkSync('/dev/zero', join(folder, 'zero.nn'));
  fs.mkdirSync(join(folder, 'folder.nn'));
  const { diagnostics } = parseModel(write('main.nn', 'use "zero.nn"\nuse "huge.nn"\nuse "folder.nn"'));
  expect(diagnostics.map(({ code, primary }) => `${code} ${primary.text.split(': ')[1]}`)).toEqual([
    'NN190 it is a device, not a file',
    'NN190 it has 5000000000 bytes, and a .nn file has at most 4194304',
    'NN190 it is a folder',
  ]);
});

test('the lines of a text are looked for once, however many places are asked for', () => {
  let reads = 0;
  const lines = Array.from({ length: 1000 }, (_, k) => 'x'.repeat(k % 7)).join('\n');
  const source = {
    name: 'a.nn',
    get text() {
      reads += 1;
      return lines;
    },
  };
  for (let offset = 0; offset <= lines.length; offset++) {
    const before = lines.slice(0, offset).split('\n');
    expect(positionOf(source, offset)).toEqual({ line: before.length, column: before.at(-1)!.length + 1 });
  }
  expect(reads).toBe(1);
});
