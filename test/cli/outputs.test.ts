/** Where a command writes: never over what it reads, never half, and refused before anything is computed. */
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { writeTensors } from '../../src/data/tensor-files.ts';
import { writeFileAtomic } from '../../src/terminal/files.ts';
import { expectWords } from '../support/words.ts';
import { filesIn, model, nnc, scratch } from './command-line.ts';

const { folder, at, remove } = scratch();
afterAll(remove);

const f32 = (shape: readonly number[], ...data: number[]) =>
  hostTensor('f32', shape, Float32Array.from(data));

beforeAll(() => {
  writeFileSync(at('layers.nn'), 'fn twice(x) = 2 * x\n');
  writeFileSync(at('m.nn'), `use "layers.nn"\n${readFileSync(model('xor'), 'utf8')}`);
  writeFileSync(at('xor.csv'), 'a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n');
  symlinkSync(at('xor.csv'), at('link.csv'));
  mkdirSync(at('s'));
  writeTensors(
    at('s/weights.safetensors'),
    new Map([
      ['x', f32([4, 2], 0, 0, 0, 1, 1, 0, 1, 1)],
      ['t', f32([4], 0, 1, 1, 0)],
    ]),
  );
  for (const name of ['in-the-way/weights.safetensors', 'b/program.json', 'd/t10k-labels-idx1-ubyte'])
    mkdirSync(at(name), { recursive: true });
});

const xor = ['--data', `x=${at('xor.csv')}#a,b`, '--data', `t=${at('xor.csv')}#t`];
const held = ['--eval', `x=${at('link.csv')}#a,b`, '--eval', `t=${at('link.csv')}#t`];
const train = ['train', at('m.nn'), ...xor, '--epochs', '1'];
const arrays = [
  '--data',
  `x=${at('s/weights.safetensors')}#x`,
  '--data',
  `t=${at('s/weights.safetensors')}#t`,
];
const long = 'n'.repeat(300);

type Case = readonly [title: string, code: number, message: RegExp, args: readonly string[]];

const cases: readonly Case[] = [
  [
    'a log over the data',
    2,
    /--log .*xor\.csv would overwrite --data t, which is/,
    [...train, '--log', at('xor.csv')],
  ],
  ['a log over the model', 2, /--log .* would overwrite the model/, [...train, '--log', at('m.nn')]],
  [
    'a report over a used file',
    2,
    /--report .* would overwrite the model/,
    [...train, '--report', at('layers.nn')],
  ],
  [
    'a report over held-out data, by another name',
    2,
    /--report .* would overwrite --eval t/,
    [...train, ...held, '--report', at('s/../xor.csv')],
  ],
  [
    'a log and a report in one',
    2,
    /--log and --report would both write/,
    [...train, '--log', at('one'), '--report', at('one')],
  ],
  [
    'a log over the weights',
    2,
    /--save and --log would both write/,
    [...train, '--save', at('s'), '--log', at('s/weights.safetensors')],
  ],
  [
    'weights over the data',
    2,
    /--save .*weights\.safetensors would overwrite --data t/,
    ['train', at('m.nn'), ...arrays, '--save', at('s')],
  ],
  [
    'results over the inputs',
    2,
    /--out .* would overwrite --inputs/,
    ['run', at('m.nn'), '--inputs', at('s/weights.safetensors'), '--out', at('s/weights.safetensors')],
  ],
  [
    'gradients over the weights',
    2,
    /--out .* would overwrite --weights/,
    [
      'grad',
      at('m.nn'),
      ...xor,
      '--weights',
      at('s/weights.safetensors'),
      '--out',
      at('s/weights.safetensors'),
    ],
  ],
  [
    'a page over the model',
    2,
    /--output .* would overwrite the model/,
    ['view', at('m.nn'), '-o', at('m.nn')],
  ],
  [
    'a folder named as the weights',
    1,
    /weights\.safetensors: it is a folder/,
    [...train, '--save', at('in-the-way')],
  ],
  [
    'a folder named as the program',
    1,
    /program\.json: it is a folder/,
    ['build', at('m.nn'), '--set', 'B=1', '-o', at('b')],
  ],
  [
    'a folder named as the digits',
    1,
    /labels-idx1-ubyte: it is a folder/,
    ['digits', '-o', at('d'), '--train', '2'],
  ],
  [
    'results into a folder',
    1,
    /weights\.safetensors: it is a folder/,
    [...['run', at('m.nn'), ...xor, '--out', at('in-the-way/weights.safetensors')]],
  ],
  [
    'more digits than fit',
    2,
    /expected a whole number, 1 to 1000000/,
    ['digits', '-o', at('no'), '--train', '10000000'],
  ],
  ['a report with a long name', 1, /…: the name is too long/, [...train, '--report', at(long)]],
  [
    'weights with a long name',
    1,
    /…: the name is too long/,
    ['init', at('m.nn'), '--out', at(`${long}.npz`)],
  ],
  [
    'a folder with a long name',
    1,
    /…: the name is too long/,
    ['build', at('m.nn'), '--set', 'B=1', '-o', at(long)],
  ],
  ['a model with a long name', 1, /cannot read .*…: the name is too long/, ['check', at(long)]],
  ['a model without a name', 1, /cannot read a file without a name/, ['check', '']],
  ['a report without a name', 1, /cannot write a file without a name/, [...train, '--report', '']],
  ['a folder without a name', 1, /cannot write a file without a name/, [...train, '--save', '']],
  ['weights without a name', 1, /cannot read a file without a name/, [...train, '--weights', '']],
  [
    'a name that no file can have',
    1,
    /a name cannot hold the character 0/,
    ['init', at('m.nn'), '--out', 'n\0.npz'],
  ],
  [
    'data that no file can be',
    1,
    /a name cannot hold the character 0/,
    ['run', at('m.nn'), '--data', 'x=a\0b'],
  ],
];

const contents = (): readonly string[] =>
  filesIn(folder).map((name) => `${name} ${readFileSync(at(name)).toString('base64')}`);

it.each(cases)('%s: exit %i', async (_, code, message, args) => {
  const before = contents();
  const said = await nnc(...args);
  expect(said.err).toMatch(message);
  expect(said.code).toBe(code);
  expect(said.out).toBe('');
  // Nothing was trained first.
  expect(said.err).not.toMatch(/^epoch|^ {4}at /m);
  expectWords(said.err);
  expect(contents()).toEqual(before);
});

it('goes on from weights in the folder that they are saved in, and writes to devices', async () => {
  expect(await nnc(...train, '--save', at('again'))).toMatchObject({ code: 0 });
  const from = ['--weights', at('again/weights.safetensors')];
  const ended = await nnc(
    ...train,
    '--save',
    at('again'),
    ...from,
    '--log',
    '/dev/null',
    '--report',
    '/dev/null',
  );
  expect(ended.err).not.toContain('overwrite');
  expect(ended.code).toBe(0);
});

it('the longest name that a file can have is written', () => {
  writeFileAtomic(at('n'.repeat(255)), 'x');
  expect(readFileSync(at('n'.repeat(255)), 'utf8')).toBe('x');
});

it('what a killed write left is ignored, and goes when it is old', () => {
  mkdirSync(at('killed'));
  const names = ['.w.npz.77-abc.tmp', '.w.npz.78-abd.tmp', '.w.npz.mine.tmp', '.other.npz.77-abc.tmp'];
  const long = Date.now() / 1000 - 7200;
  for (const name of names) {
    writeFileSync(at(path.join('killed', name)), 'half');
    if (!name.includes('78-')) utimesSync(at(path.join('killed', name)), long, long);
  }
  writeTensors(at('killed/w.npz'), new Map([['a', f32([1], 1)]]));
  expect(filesIn(at('killed'))).toEqual([names[3], names[1], names[2], 'w.npz'].sort());
});
