/** Checkpoints and weights of other trainings, of other programs and broken ones: refused with the reason, and left as they are. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../runtime/data/npy.ts';
import { type HostTensor, hostTensor } from '../../runtime/data/tensor.ts';
import { readSafetensorsFile, writeTensors } from '../../src/data/tensor-files.ts';
import { expectWords } from '../support/words.ts';
import { model, nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const f32 = (...data: number[]): HostTensor => hostTensor('f32', [data.length], Float32Array.from(data));
const source = readFileSync(model('xor'), 'utf8');
const checkpoint = at('s/checkpoint.safetensors');
const data = ['--data', `x=${at('xor.csv')}#a,b`, '--data', `t=${at('xor.csv')}#t`];
const train = ['train', at('m.nn'), ...data];

let bytes: Uint8Array = new Uint8Array(0);

beforeAll(async () => {
  writeFileSync(at('m.nn'), source);
  writeFileSync(at('xor.csv'), 'a,b,t\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n');
  expect(await nnc(...train, '--epochs', '1', '--save', at('s'))).toMatchObject({ code: 0 });
  bytes = readFileSync(checkpoint);
});

type Tensors = Map<string, HostTensor>;
type Metadata = Map<string, string>;

/** The checkpoint with a change. */
function changed(change: (tensors: Tensors, metadata: Metadata) => void): () => void {
  return () => {
    writeFileSync(checkpoint, bytes);
    const { tensors, metadata } = readSafetensorsFile(checkpoint);
    const [changedTensors, changedMetadata] = [new Map(tensors), new Map(metadata)];
    change(changedTensors, changedMetadata);
    writeTensors(checkpoint, changedTensors, changedMetadata);
  };
}

const said = (name: string, value: string) => changed((_, metadata) => metadata.set(name, value));
const put = (name: string, tensor: HostTensor) => changed((tensors) => tensors.set(name, tensor));
const content = (made: () => Uint8Array | string) => () => writeFileSync(checkpoint, made());
const written = (from: string | RegExp, to: string) => () =>
  writeFileSync(at('m.nn'), source.replace(from, to));

type Case = readonly [
  title: string,
  code: number,
  message: RegExp,
  prepare: () => void,
  args?: readonly string[],
];

const broken: readonly Case[] = [
  [
    'a missing parameter',
    1,
    /has no Dense_1\.W\n {2}hint: /,
    changed((tensors) => tensors.delete('Dense_1.W')),
  ],
  [
    'a missing state',
    1,
    /has no adam\.v\.Dense_2\.b/,
    changed((tensors) => tensors.delete('adam.v.Dense_2.b')),
  ],
  [
    'another shape',
    1,
    /Dense_1\.b: the shapes do not agree\n {2}expected f32\[hidden = 8\]\n {2}found {4}f32\[3\]/,
    put('Dense_1.b', f32(1, 2, 3)),
  ],
  ['numbers that are none', 1, /Dense_2\.b\[0\] is NaN; only finite/, put('Dense_2.b', f32(Number.NaN))],
  [
    'numbers of another type that do not fit',
    1,
    /Dense_2\.b: 16777217 at \[0\] does not fit f32 exactly/,
    put('Dense_2.b', hostTensor('i32', [1], Int32Array.of(16777217))),
  ],
  [
    'no position',
    1,
    /no epoch: expected a whole number, found none\n {2}hint: only a checkpoint/,
    changed((_, metadata) => metadata.clear()),
  ],
  ['an empty position', 1, /no step: expected a whole number, found ""/, said('step', '')],
  ['a position that is none', 1, /no epoch: expected a whole number, found "-1"/, said('epoch', '-1')],
  ['a step that no epoch has', 1, /cannot start at epoch 1, step 9: an epoch has 1 steps/, said('step', '9')],
  ['another model', 2, /saved training has model mlp, this one xor/, said('model', 'mlp')],
  ['a model of another name', 2, /saved training has model xor, this one yor/, written(/\bxor\b/g, 'yor')],
  [
    'another optimizer',
    2,
    /saved training has recipe minimize loss with adam\(lr = 0\.1\), this one minimize loss with sgd\(lr = 0\.1\)/,
    written('adam(', 'sgd('),
  ],
  [
    'another rate',
    2,
    /this one minimize loss with adam\(lr = 0\.2\)\n {2}hint: --weights/,
    written('0.1)', '0.2)'),
  ],
  [
    'a setting of the same shapes',
    2,
    /has settings rate = 0\.1, hidden = 8, this one rate = 0\.3, hidden = 8/,
    () => {
      said('settings', 'rate = 0.1, hidden = 8')();
      written('xor(', 'xor(rate = 0.3, ')();
    },
  ],
  [
    'another function of the same shapes',
    2,
    /--resume: the model has changed since it was saved\n {2}saved h = .*\|> tanh.*\n {2}now {3}h = .*\|> sigmoid.*\n {2}hint: --weights/,
    written('tanh', 'sigmoid'),
  ],
  [
    'another loss',
    2,
    /the model has changed since it was saved\n {2}saved loss = bce_with_logits\(z, t\)\n {2}now {3}loss = mse\(z, t\)\n/,
    written('bce_with_logits', 'mse'),
  ],
  [
    'a longer model',
    2,
    /the model has changed since it was saved\n {2}saved nothing more\n {2}now {3}q = z \+ 1/,
    written('  output p = sigmoid(z)', '  output p = sigmoid(z)\n  q = z + 1'),
  ],
  [
    'standardised inputs, which were not',
    2,
    /saved training has --standardize of nothing, this one x/,
    () => {},
    ['--standardize', 'x'],
  ],
  [
    'a log of something else',
    1,
    /log\.csv: expected the log of a training.*found "a,b,t"/,
    () => {},
    ['--log', at('log.csv')],
  ],
  [
    'a batch said twice',
    2,
    /--batch 2 and --set B=4 do not agree/,
    () => {},
    ['--batch', '2', '--set', 'B=4'],
  ],
  ['weights alone', 1, /no epoch: expected/, content(() => readFileSync(at('s/weights.safetensors')))],
  ['nothing', 1, /it has 0 bytes/, content(() => '')],
  ['half', 1, /the file is cut off/, content(() => bytes.subarray(0, bytes.length - 9))],
  [
    'half a header',
    1,
    /the header is said to take \d+ bytes, the file has 60/,
    content(() => bytes.subarray(0, 60)),
  ],
  ['zeros', 1, /the header does not begin with {/, content(() => new Uint8Array(99))],
  [
    'JSON of another program',
    1,
    /it begins as JSON text does/,
    content(() => '{"model": "xor", "epoch": 3}'),
  ],
  ['an array', 1, /not a readable safetensors file/, content(() => writeNpy(f32(1)))],
];

describe('a training does not go on from', () => {
  it.each(broken.map((given) => ({ given, title: given[0] })))('$title', async ({ given }) => {
    const [, code, message, prepare, args = []] = given;
    writeFileSync(checkpoint, bytes);
    writeFileSync(at('m.nn'), source);
    writeFileSync(at('log.csv'), 'a,b,t\n9,9,9\n');
    prepare();
    const before = readFileSync(checkpoint);
    const ended = await nnc(...train, '--epochs', '2', '--save', at('s'), '--resume', ...args);
    expect(ended.err).toMatch(message);
    expect(ended.code).toBe(code);
    expect(ended.err).not.toMatch(/^epoch|^ {4}at /m);
    expectWords(ended.err, 'NaN');
    expect(readFileSync(checkpoint).equals(before)).toBe(true);
    expect(readFileSync(at('log.csv'), 'utf8')).toBe('a,b,t\n9,9,9\n');
  });

  it('but from one of before recipes were kept, with another layout, metric and output', async () => {
    changed((_, metadata) => {
      metadata.delete('recipe');
      metadata.delete('settings');
      metadata.delete('text');
    })();
    writeFileSync(at('m.nn'), source);
    expect(await nnc(...train, '--epochs', '2', '--save', at('s'), '--resume')).toMatchObject({ code: 0 });
    const other = source.replace('adam(lr = 0.1)', 'adam( lr=0.1 ) // slow').replace(/metric .*/, '');
    writeFileSync(at('m.nn'), other.replace('output p', 'p'));
    expect(await nnc(...train, '--epochs', '3', '--save', at('s'), '--resume')).toMatchObject({ code: 0 });
  });
});

const [mean, deviation] = ['standardize.x.mean', 'standardize.x.deviation'] as const;

describe('weights are not taken with', () => {
  it.each<readonly [string, RegExp, Readonly<Record<string, HostTensor>>]>([
    [
      'a deviation of 0',
      /standardize\.x: means must be finite, and deviations above 0/,
      { [mean]: f32(0, 0), [deviation]: f32(1, 0) },
    ],
    [
      'a mean that is none',
      /standardize\.x: means must be finite/,
      { [mean]: f32(0, Number.NaN), [deviation]: f32(1, 1) },
    ],
    ['means alone', /x\.mean has no standardize\.x\.deviation/, { [mean]: f32(0, 0) }],
    ['deviations alone', /x\.deviation has no standardize\.x\.mean/, { [deviation]: f32(1, 1) }],
    [
      'means of other columns',
      /2 columns cannot be standardised by the means of 3/,
      { [mean]: f32(0, 0, 0), [deviation]: f32(1, 1, 1) },
    ],
    [
      'means of no input',
      /standardize\.q\.mean is for an input that xor has not; it has x, t/,
      { 'standardize.q.mean': f32(0) },
    ],
  ])('%s', async (_, message, more) => {
    writeFileSync(checkpoint, bytes);
    writeFileSync(at('m.nn'), source);
    const { tensors } = readSafetensorsFile(checkpoint);
    writeTensors(at('w.safetensors'), new Map([...tensors, ...Object.entries(more)]));
    const ended = await nnc('run', at('m.nn'), ...data, '--weights', at('w.safetensors'));
    expect(ended.err).toMatch(message);
    expect(ended).toMatchObject({ code: 1, out: '' });
  });

  it('a name for nothing', async () => {
    writeFileSync(at('w.npy'), writeNpy(f32(1)));
    const ended = await nnc('run', at('m.nn'), ...data, '--weights', at('w.npy'));
    expect(ended.err).toMatch(
      /has no Dense_1\.W and 3 more\n {2}hint: the file holds one tensor without a name/,
    );
  });
});
