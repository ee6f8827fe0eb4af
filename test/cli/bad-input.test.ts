/**
 * Whatever is wrong with files, data or arguments: the exit code says who can mend it, the message says what is
 * wrong and where, nothing is written, and no stack is shown.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeNpy } from '../../runtime/data/npy.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { writeDigits } from '../../src/data/digits/write.ts';
import { writeTensors } from '../../src/data/tensor-files.ts';
import { filesIn, model, nnc, scratch } from './command-line.ts';

const { folder, at, remove } = scratch();
afterAll(remove);

const labels = (values: readonly number[]): Uint8Array =>
  writeNpy(hostTensor('i32', [values.length], Int32Array.from(values)));

beforeAll(() => {
  const { trainImages } = writeDigits({ folder: at('d'), train: 20, test: 10 });
  const packed = gzipSync(readFileSync(trainImages));
  writeFileSync(at('cut.gz'), packed.subarray(0, packed.length / 2));
  writeFileSync(at('cut.idx'), readFileSync(trainImages).subarray(0, 5000));
  writeFileSync(at('magic.idx'), Uint8Array.from([0, 0, 77, 3, 0, 0, 0, 1]));
  writeFileSync(at('xor.csv'), 'a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n');
  writeFileSync(at('nan.csv'), 'a,b,t\n0,0,0\n0,nan,1\n1,0,1\n1,1,0\n');
  writeFileSync(
    at('words.nn'),
    'model words(words = 2) {\n  input text: i32[B, N]\n  param E: f32[words]\n  output y[b, n] = E[text[b, n]]\n}\n',
  );
  writeFileSync(at('words.txt'), 'a b c');
  writeFileSync(at('labels.npy'), labels([...Array(19).fill(3), 12]));
  writeFileSync(at('fewer.npy'), labels([1, 2, 3]));
  writeTensors(at('point.npz'), new Map([['x1', hostTensor('f32', [], Float32Array.of(2))]]));
  writeTensors(at('other.safetensors'), new Map([['V', hostTensor('f32', [1], Float32Array.of(2))]]));
  writeFileSync(
    at('steep.nn'),
    'model steep {\n  input x: f32[B, 2]\n  target t: f32[B]\n  param w: f32[2] init ones\n' +
      '  y[b] = sum[i] w[i] * x[b, i]\n  loss = mse(y, t)\n}\n' +
      'train steep { minimize loss with sgd(lr = 1e30); batch 4; epochs 5 }\n',
  );
  writeFileSync(at('rows.nn'), 'model rows {\n  input x: f32[B]\n  input t: f32[B]\n  output y = x * t\n}\n');
  writeFileSync(at('four.csv'), '1,2,3,4\n5,6,7,8\n9,1,2,3\n');
  writeFileSync(at('seen.csv'), '1,2,b\n5,6,c\n9,1,d\n');
  writeFileSync(at('held.csv'), '1,2,b\n5,6,a\n9,1,d\n');
  writeFileSync(at('none.nn'), 'model none {\n  param w: f32 init ones\n  output y = w\n}\n');
});

const digits = ['--data', `x=${at('d/train-images-idx3-ubyte')}`];
const answers = ['--data', `t=${at('d/train-labels-idx1-ubyte')}`];
const xor = ['--data', `x=${at('xor.csv')}#a,b`, '--data', `t=${at('xor.csv')}#t`];
const mlp = ['train', model('mlp'), '--batch', '10'];

type Case = readonly [title: string, code: number, message: RegExp, args: readonly string[]];

const cases: readonly Case[] = [
  // The model's file.
  [
    'no such model file',
    1,
    /cannot read .*mpl\.nn: there is no such file\n {2}hint: did you mean .*mlp\.nn\?/,
    ['check', model('mpl')],
  ],
  ['a folder for a file', 1, /it is a folder/, ['check', folder]],
  ['a file that is no text', 1, /is not a text file: it is not UTF-8/, ['check', at('labels.npy')]],
  ['no such model in the file', 1, /no model foo/, ['check', model('mlp'), '--model', 'foo']],
  ['IR that is none', 1, /xor\.csv: line 1: expected 'graph'/, ['opt', at('xor.csv'), '--pass', 'strip']],
  // Data.
  [
    'a class that only the held-out data has',
    1,
    /held\.csv:2: column 2: the training data has no class "a"; it has b, c, d\n/,
    [
      ...['train', model('iris'), '--data', `x=${at('four.csv')}#0-3`, '--eval', `x=${at('four.csv')}#0-3`],
      ...['--data', `t=${at('seen.csv')}#2:labels`, '--eval', `t=${at('held.csv')}#2:labels`],
    ],
  ],
  [
    'a single number for rows',
    1,
    /error: t: the shapes do not agree\n {2}expected f32\[B = 3\]\n {2}found {4}f64\[\]/,
    ['run', at('rows.nn'), '--data', `x=${at('xor.csv')}#a@:3`, '--data', 't=2'],
  ],
  [
    'no such data file',
    1,
    /cannot read nofile: there is no such file/,
    [...mlp, ...digits, '--data', 't=nofile'],
  ],
  [
    'gzip that is cut off',
    1,
    /cut\.gz: the gzip data is damaged or cut off/,
    [...mlp, '--data', `x=${at('cut.gz')}`, ...answers],
  ],
  ['IDX that is cut off', 1, /cut\.idx/, [...mlp, '--data', `x=${at('cut.idx')}`, ...answers]],
  ['a wrong magic number', 1, /magic\.idx/, [...mlp, '--data', `x=${at('magic.idx')}`, ...answers]],
  [
    'labels for images',
    1,
    /x: the shapes do not agree\n {2}expected f32\[B = any, 784\]\n {2}found {4}u8\[20\]/,
    [...mlp, '--data', `x=${at('d/train-labels-idx1-ubyte')}`, ...answers],
  ],
  [
    'labels out of range',
    1,
    /t\[19\] is 12; allowed are 0 to 9/,
    [...mlp, ...digits, '--data', `t=${at('labels.npy')}`],
  ],
  [
    'fewer labels than images',
    1,
    /differ in the number of samples: x has 20, t has 3/,
    [...mlp, ...digits, '--data', `t=${at('fewer.npy')}`],
  ],
  [
    'NaN among the numbers',
    1,
    /nan\.csv:3: column 1 \(b\): the value is missing/,
    ['train', model('xor'), '--data', `x=${at('nan.csv')}#a,b`, '--data', `t=${at('nan.csv')}#t`],
  ],
  [
    'no such column',
    1,
    /there is no column "c": it has a, b, t/,
    ['train', model('xor'), '--data', `x=${at('xor.csv')}#a,c`, ...xor.slice(2)],
  ],
  [
    'another number of rows',
    1,
    /expected f32\[B = 7, 2\]\n {2}found {4}f64\[4, 2\]/,
    ['run', model('xor'), ...xor, '--set', 'B=7'],
  ],
  [
    'a batch of more than there is',
    1,
    /20 samples do not fill one batch of 64/,
    ['train', model('mlp'), ...digits, ...answers, '--batch', '64'],
  ],
  [
    'a batch of more than there is, with curves',
    1,
    /20 samples do not fill one batch of 64/,
    ['train', model('mlp'), ...digits, ...answers, '--batch', '64', '--plot'],
  ],
  [
    'a number for a matrix',
    1,
    /image: the shapes do not agree/,
    ['run', model('conv2d'), '--data', 'image=1', '--data', 't=1'],
  ],
  [
    'data without names',
    1,
    /does not name its tensors; use --data NAME=/,
    ['run', model('scalar'), '--inputs', at('labels.npy')],
  ],
  [
    'a loss that is not finite',
    1,
    /loss is (Infinity|NaN) at step \d+ \(epoch \d+\)/,
    ['train', at('steep.nn'), ...xor],
  ],
  // Weights.
  [
    'weights of another model',
    1,
    /has no Dense_1\.W and 3 more\n {2}hint: these look like the weights of another model: it has V/,
    ['run', model('xor'), ...xor, '--weights', at('other.safetensors')],
  ],
  [
    'weights that are no weights',
    1,
    /other\.txt|xor\.csv/,
    ['run', model('xor'), ...xor, '--weights', at('xor.csv')],
  ],
  [
    'a checkpoint that is not there',
    1,
    /hint: the folder .*nosuch does not exist/,
    ['train', model('xor'), ...xor, '--resume', '--save', at('nosuch')],
  ],
  // Outputs.
  [
    'an unknown kind of file',
    1,
    /must end in \.safetensors, \.npz or \.npy/,
    ['init', model('xor'), '--out', at('w.txt')],
  ],
  [
    'a folder that is not there',
    1,
    /the folder .*nosuch does not exist/,
    ['run', model('xor'), ...xor, '--out', at('nosuch/y.npz')],
  ],
  [
    'a log in no folder',
    1,
    /the folder .*nosuch does not exist/,
    ['train', model('xor'), ...xor, '--log', at('nosuch/log.csv')],
  ],
  [
    'a file where a folder should be',
    1,
    /a file of that name is in the way/,
    ['train', model('xor'), ...xor, '--save', at('xor.csv')],
  ],
  [
    'a folder in /proc',
    1,
    /cannot write \/proc\/nnc: nothing can be made in \/proc/,
    ['build', model('xor'), '-o', '/proc/nnc'],
  ],
  [
    'a parameter without end',
    1,
    /would have 600,000,000 numbers/,
    ['init', model('xor'), '--set', 'hidden=300000000', '--out', at('w.npz')],
  ],
  // Usage.
  ['no command', 2, /Usage: nnc/, []],
  ['an unknown command', 2, /unknown command 'trian'\n\(Did you mean train\?\)/, ['trian']],
  [
    'an unknown flag',
    2,
    /unknown option '--epoch'\n\(Did you mean --epochs\?\)/,
    ['train', model('xor'), '--epoch', '3'],
  ],
  ['no file', 2, /missing required argument 'file'/, ['check']],
  ['an unknown stage', 2, /Allowed choices are ast, types/, ['dump', model('xor'), '--stage', 'tree']],
  ['no stage', 2, /required option '--stage/, ['dump', model('xor')]],
  [
    'an unknown pass',
    2,
    /there is no pass inline; there are differentiate/,
    ['opt', at('xor.csv'), '--pass', 'inline'],
  ],
  [
    'no pass between commas',
    2,
    /expected names, separated by commas/,
    ['opt', at('xor.csv'), '--pass', 'strip,'],
  ],
  ['a batch of 0', 2, /expected a whole number, 1 or more/, ['train', model('xor'), '--batch', '0']],
  [
    'a batch of others',
    2,
    /--batch all: model conv2d has no batch/,
    ['train', model('conv2d'), '--batch', 'all'],
  ],
  [
    'a profile without end',
    2,
    /expected a whole number, 1 to 10000/,
    ['profile', model('xor'), '--repeats', '99999999999'],
  ],
  [
    'a tolerance of everything',
    2,
    /--tolerance: expected a positive number/,
    ['gradcheck', model('xor'), '--tolerance', '1e999'],
  ],
  ['a setting that is no number', 2, /expected NAME=N/, ['check', model('xor'), '--set', 'hidden=many']],
  ['a setting twice', 2, /B is given twice/, ['check', model('xor'), '--set', 'B=1', '--set', 'B=2']],
  [
    'a vocabulary that is too small',
    1,
    /text\[0, 1\] is 2; allowed are 0 to 1: .*\n {2}hint: the data count to 3: --set words=4\n/,
    ['run', at('words.nn'), '--device', 'cpu', '--data', `text=${at('words.txt')}#3:words`],
  ],
  [
    'an option twice',
    2,
    /^error: --epochs is given twice: 1 and 2\n/,
    ['train', model('xor'), '--epochs', '1', '--epochs', '2'],
  ],
  [
    'a list twice',
    2,
    /--only is given twice: y and loss\nhint: in one, as in --only y,loss\n/,
    ['run', model('xor'), '--only', 'y', '--only', 'loss'],
  ],
  [
    'a curve that is no picture',
    2,
    /--picture w\.gif: the name must end in \.svg or \.png/,
    ['sweep', model('xor'), '--set', 'hidden=2,3', '--picture', 'w.gif'],
  ],
  [
    'a table that is none',
    2,
    /--table w\.html: the name must end in \.csv/,
    ['sweep', model('xor'), '--set', 'hidden=2,3', '--table', 'w.html'],
  ],
  [
    'a page that is none',
    2,
    /--output m\.svg: the name must end in \.html/,
    ['view', model('xor'), '-o', 'm.svg'],
  ],
  [
    'an unknown setting',
    2,
    /no such dimension or parameter; it has B, hidden/,
    ['check', model('xor'), '--set', 'units=3'],
  ],
  ['an unknown input', 2, /model mlp has no input y; it has x, t/, [...mlp, '--data', `y=${at('xor.csv')}`]],
  ['a missing input', 2, /input t is missing: give --data t=FILE/, [...mlp, ...digits]],
  [
    'an unknown loss',
    2,
    /--loss g: model scalar has no such loss; it has f/,
    ['grad', model('scalar'), '--loss', 'g'],
  ],
  [
    'an unknown loss in a dump',
    2,
    /no such loss/,
    ['dump', model('scalar'), '--stage', 'graph', '--loss', 'g'],
  ],
  [
    'a gradient for what is not there',
    2,
    /--wrt Dense_1\.w: .*did you mean Dense_1\.W\?/,
    ['grad', model('xor'), ...xor, '--wrt', 'Dense_1.w'],
  ],
  [
    'a gradient for labels',
    2,
    /--wrt t: it holds i32 numbers/,
    ['grad', model('mlp'), ...digits, ...answers, '--wrt', 't'],
  ],
  ['a gradient without loss', 2, /has no loss/, ['grad', at('none.nn')]],
  [
    'training without a recipe',
    2,
    /has no `train scalar/,
    ['train', model('scalar'), '--data', 'x1=1', '--data', 'x2=1'],
  ],
  ['a batch of what has none', 2, /has no batch dimension/, ['train', model('conv2d'), '--batch', '4']],
  ['resuming from nowhere', 2, /--resume goes with --save/, ['train', model('xor'), ...xor, '--resume']],
  [
    'standardising what is not there',
    2,
    /--standardize y: .*it has x, t/,
    ['train', model('xor'), ...xor, '--standardize', 'y'],
  ],
  [
    'too much for the limits it is compiled for',
    1,
    /NN601\]: x: f32\[900000, 784\] takes 2\.6 GiB; one tensor is at most 128 MiB with --limits guaranteed/,
    ['build', model('mlp'), '--out', at('never'), '--set', 'B=900000'],
  ],
  [
    'limits that are none',
    2,
    /expected guaranteed or desktop, then NAME=N once each.*found "big"/,
    ['dump', model('mlp'), '--stage', 'wgsl', '--limits', 'desktop,big'],
  ],
  [
    'limits for a device',
    2,
    /--limits goes with no device/,
    ['memory', model('mlp'), '--limits', 'desktop', '--device', 'software'],
  ],
  // The device.
  [
    'no memory for a tensor',
    3,
    /NN601\]: Dense_1\.W: f32\[300000000, 2\] takes 2\.2 GiB; one tensor is at most .* on /,
    ['run', model('xor'), ...xor, '--device', 'software', '--set', 'hidden=300000000'],
  ],
];

it.each(cases)('%s: exit %i', async (_, code, message, args) => {
  const before = filesIn(folder);
  const said = await nnc(...args);
  expect(said.err).toMatch(message);
  expect(said.code).toBe(code);
  expect(said.out).toBe('');
  expect(said.err).not.toMatch(/^ {4}at /m);
  expect(filesIn(folder)).toEqual(before);
});
