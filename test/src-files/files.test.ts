import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseDataSpec } from '../../runtime/data/spec.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { DataError } from '../../runtime/errors.ts';
import { writeDigits } from '../../src/data/digits/write.ts';
import { readDataFile, readSafetensorsFile, readTensors, writeTensors } from '../../src/data/tensor-files.ts';
import {
  makeFolder,
  readBytes,
  readSource,
  readTextFile,
  writeFileAtomic,
} from '../../src/terminal/files.ts';

const readSpecified = (text: string, preferred?: string) => readDataFile(parseDataSpec(text), preferred);

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'nnc-files-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const messageOf = (action: () => unknown): string => {
  try {
    action();
    return 'nothing thrown';
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    return (error as Error).message.replaceAll(folder, 'FOLDER');
  }
};

describe('reading', () => {
  test('a missing file names those that are like it', () => {
    writeFileAtomic(at('model.nn'), '');
    expect(messageOf(() => readTextFile(at('modle.nn')))).toBe(
      'cannot read FOLDER/modle.nn: there is no such file\n  hint: did you mean FOLDER/model.nn?',
    );
    expect(messageOf(() => readTextFile(at('other.nn')))).toBe(
      'cannot read FOLDER/other.nn: there is no such file',
    );
  });

  test('a packed file of the same name comes first', () => {
    writeFileAtomic(at('images.gz'), '');
    writeFileAtomic(at('image'), '');
    expect(messageOf(() => readTextFile(at('images')))).toContain('did you mean FOLDER/images.gz?');
  });

  test('a missing folder, and a folder in place of a file', () => {
    expect(messageOf(() => readTextFile(at('a/b.nn')))).toContain('hint: the folder FOLDER/a does not exist');
    expect(messageOf(() => readTextFile(folder))).toBe('cannot read FOLDER: it is a folder');
  });

  test('what may never end or never begin is refused before it is opened', () => {
    execFileSync('mkfifo', [at('pipe.nn')]);
    fs.writeFileSync(at('huge.nn'), '');
    fs.truncateSync(at('huge.nn'), 5e9);
    expect(messageOf(() => readSource('/dev/zero'))).toBe(
      'cannot read /dev/zero: it is a device, not a file',
    );
    expect(messageOf(() => readBytes('/dev/zero'))).toBe(
      'cannot read /dev/zero: it is a device, which may never end',
    );
    expect(messageOf(() => readSource(at('pipe.nn')))).toBe(
      'cannot read FOLDER/pipe.nn: it is a pipe, not a file',
    );
    expect(messageOf(() => readSource(folder))).toBe('cannot read FOLDER: it is a folder');
    expect(messageOf(() => readSource(at('huge.nn')))).toBe(
      'cannot read FOLDER/huge.nn: it has 5000000000 bytes, and a .nn file has at most 4194304',
    );
    expect(messageOf(() => readSource(at('n'.repeat(5000))))).toContain('…: the name is too long');
  });

  test('a text must be UTF-8', () => {
    writeFileAtomic(at('a.nn'), Uint8Array.of(0xff, 0xfe));
    expect(messageOf(() => readTextFile(at('a.nn')))).toBe('FOLDER/a.nn is not a text file: it is not UTF-8');
  });
});

describe('tensors', () => {
  const x = hostTensor('f32', [2, 2], Float32Array.of(1, 2, 3, 4));
  const n = hostTensor('i32', [2], Int32Array.of(5, 6));

  test.each(['a.safetensors', 'a.npz'])('%s holds several', (name) => {
    writeTensors(
      at(name),
      new Map([
        ['x', x],
        ['n', n],
      ]),
    );
    const tensors = readTensors(at(name));
    expect(tensors.get('x')).toEqual(x);
    expect(tensors.get('n')).toEqual(n);
    expect(readSpecified(`${at(name)}#n@1:`).tensor).toEqual(hostTensor('i32', [1], Int32Array.of(6)));
    expect(readSpecified(at(name), 'x').tensor).toEqual(x);
    expect(messageOf(() => readSpecified(at(name), 'y'))).toContain(
      `FOLDER/${name}: say which tensor, as FOLDER/${name}#NAME; it has `,
    );
    expect(messageOf(() => readSpecified(`${at(name)}#y`))).toContain('there is no tensor y; it has ');
  });

  test('npy holds one', () => {
    writeTensors(at('a.npy'), new Map([['x', x]]));
    expect(readSpecified(at('a.npy')).tensor).toEqual(x);
    expect(messageOf(() => readSpecified(`${at('a.npy')}#x`))).toContain('holds one tensor without a name');
    const two = new Map([
      ['x', x],
      ['n', n],
    ]);
    expect(messageOf(() => writeTensors(at('b.npy'), two))).toContain(
      'an npy file holds one tensor, there are 2',
    );
  });

  test('metadata comes back', () => {
    writeTensors(at('w.safetensors'), new Map([['x', x]]), new Map([['model', 'mlp']]));
    expect(readSafetensorsFile(at('w.safetensors')).metadata).toEqual(new Map([['model', 'mlp']]));
  });

  test('every format may be packed', () => {
    writeTensors(at('a.npy'), new Map([['x', x]]));
    writeFileAtomic(at('b.npy.gz'), gzipSync(fs.readFileSync(at('a.npy'))));
    writeFileAtomic(at('t.csv.gz'), gzipSync('1,2\n3,4\n'));
    expect(readSpecified(at('b.npy.gz')).tensor).toEqual(x);
    expect([...readSpecified(at('t.csv.gz#1')).tensor.data]).toEqual([2, 4]);
  });

  test('the content decides what a file is', () => {
    writeTensors(at('a.npy'), new Map([['x', x]]));
    fs.renameSync(at('a.npy'), at('a.csv'));
    expect(readSpecified(at('a.csv')).tensor).toEqual(x);
  });

  test('a damaged file is explained by its name', () => {
    writeFileAtomic(at('a.npz'), 'no archive');
    expect(messageOf(() => readSpecified(at('a.npz')))).toContain('FOLDER/a.npz: not a readable zip archive');
    writeFileAtomic(at('b.safetensors'), 'x');
    expect(messageOf(() => readSpecified(at('b.safetensors')))).toContain('not a readable safetensors file');
  });

  test('an unknown ending is refused', () => {
    expect(messageOf(() => writeTensors(at('a.pt'), new Map([['x', x]])))).toBe(
      'cannot write FOLDER/a.pt: the name must end in .safetensors, .npz or .npy',
    );
  });
});

describe('writing', () => {
  test('replaces the whole file and leaves nothing beside it', () => {
    writeFileAtomic(at('a.txt'), 'long old content');
    writeFileAtomic(at('a.txt'), 'new');
    expect(readTextFile(at('a.txt'))).toBe('new');
    expect(fs.readdirSync(folder)).toEqual(['a.txt']);
  });

  test('keeps the permissions of the file', () => {
    writeFileAtomic(at('a.sh'), 'old');
    fs.chmodSync(at('a.sh'), 0o640);
    writeFileAtomic(at('a.sh'), 'new');
    expect(fs.statSync(at('a.sh')).mode & 0o777).toBe(0o640);
  });

  test('replaces the file behind a link', () => {
    writeFileAtomic(at('real.txt'), 'old');
    fs.symlinkSync(at('real.txt'), at('link.txt'));
    writeFileAtomic(at('link.txt'), 'new');
    expect(readTextFile(at('real.txt'))).toBe('new');
    expect(fs.lstatSync(at('link.txt')).isSymbolicLink()).toBe(true);
  });

  test('a missing folder, a folder in the way, a file in the path', () => {
    writeFileAtomic(at('file'), '');
    expect(messageOf(() => writeFileAtomic(at('no/a.txt'), ''))).toBe(
      'cannot write FOLDER/no/a.txt: the folder FOLDER/no does not exist',
    );
    expect(messageOf(() => writeFileAtomic(folder, ''))).toBe('cannot write FOLDER: it is a folder');
    expect(messageOf(() => writeFileAtomic(at('file/a.txt'), ''))).toContain('a part of the path is a file');
    expect(messageOf(() => makeFolder(at('file'), []))).toContain('a file of that name is in the way');
    expect(fs.readdirSync(folder)).toEqual(['file']);
  });

  test.skipIf(!fs.existsSync('/dev/full'))('a full device is told', () => {
    expect(messageOf(() => writeFileAtomic('/dev/full', 'x'))).toBe(
      'cannot write /dev/full: the disk is full; nothing was changed',
    );
  });

  test('folders are made with those above them', () => {
    makeFolder(at('a/b/c'), []);
    makeFolder(at('a/b/c'), []);
    expect(fs.statSync(at('a/b/c')).isDirectory()).toBe(true);
  });
});

test('the digits are written as MNIST is', () => {
  const files = writeDigits({ folder: at('digits'), train: 30, test: 10 });
  expect(fs.readdirSync(at('digits')).sort()).toEqual([
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
  ]);
  expect(readSpecified(files.trainImages).tensor.shape).toEqual([30, 28, 28]);
  expect(readSpecified(files.testLabels).tensor.shape).toEqual([10]);
});
