/** The codes of class names: kept beside the weights, and the same in every use of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpy } from '../../runtime/data/npy.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { readTensorFile, writeTensors } from '../../src/data/tensor-files.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const source = `model m { input x: f32[B]
  target t: i32[B]
  param w: f32[3]
  z[b, c: 3] = w[c] * x[b]
  loss = cross_entropy(z, t)
  output found[b] = t[b]
}
train m { minimize loss with sgd(lr = 0.1)  batch 2 epochs 1 }
`;

const column = (name: string, of: string): readonly string[] => [
  ...['--data', `x=${at(name)}#0`],
  ...['--data', `t=${at(name)}#${of}`],
];
const train = (...args: readonly string[]) => nnc('train', at('m.nn'), ...args);
const run = (name: string, of: string) =>
  nnc('run', at('m.nn'), ...column(name, of), '--weights', at('s/weights.safetensors'), '--json');

beforeAll(async () => {
  writeFileSync(at('m.nn'), source);
  writeFileSync(at('all.csv'), '1,rose\n2,iris\n3,tulip\n4,iris\n');
  writeFileSync(at('some.csv'), '1,tulip\n2,rose\n');
  writeFileSync(at('new.csv'), '1,tulip\n2,lily\n');
  writeFileSync(at('codes.csv'), '1,2\n2,1\n');
  writeFileSync(at('codes.npy'), writeNpy(hostTensor('i32', [2], Int32Array.of(2, 1))));
  expect(await train(...column('all.csv', '1:labels'), '--save', at('s'))).toMatchObject({ code: 0 });
});

describe('class names', () => {
  it('stand in the metadata of the weights and of the checkpoint', () => {
    for (const name of ['weights', 'checkpoint']) {
      const { metadata } = readTensorFile(at(`s/${name}.safetensors`));
      expect(metadata.get('classes.t')).toBe('[["iris","rose","tulip"]]');
      expect(metadata.has('classes.x')).toBe(false);
    }
  });

  it('stand over the matrix of a report, and under its worst examples', async () => {
    writeFileSync(at('r.nn'), source.replace('found[b] = t[b]', 'p = softmax(z)'));
    const said = await nnc('train', at('r.nn'), ...column('all.csv', '1:labels'), '--report', at('r.html'));
    expect(said.code, said.err).toBe(0);
    const page = readFileSync(at('r.html'), 'utf8');
    for (const name of ['iris', 'rose', 'tulip'])
      for (const scope of ['col', 'row']) expect(page).toContain(`<th scope="${scope}">${name}</th>`);
    expect(page).toMatch(/is <b>tulip<\/b>/);
  });

  it('have the codes of the training in every later use', async () => {
    const found = await run('some.csv', '1:labels');
    expect(found.code).toBe(0);
    const out = await nnc(
      ...['run', at('m.nn'), ...column('some.csv', '1:labels'), '--out', at('o.npz')],
      ...['--weights', at('s/weights.safetensors')],
    );
    expect(out.code).toBe(0);
    expect([...readTensorFile(at('o.npz')).tensors.get('found')!.data]).toEqual([2, 1]);
    const traced = await nnc(
      ...['gradcheck', at('m.nn'), ...column('new.csv', '1:labels')],
      ...['--weights', at('s/weights.safetensors')],
    );
    expect(traced.err).toContain('the training data has no class "lily"; it has iris, rose, tulip');
  });

  it.each([
    ['that are new', 'new.csv', '1:labels', /new\.csv:2: column 1: the training data has no class "lily"/],
    [
      'are not given as numbers of a table',
      'codes.csv',
      '1',
      /codes\.csv: column 1 is read as numbers, but the training data holds class names there: iris = 0, rose = 1, tulip = 2\n {2}hint: #1:labels/,
    ],
  ])('%s are refused', async (_, name, of, message) => {
    const again = ['--save', at('s'), '--resume', '--epochs', '9'];
    for (const ended of [
      await run(name, of),
      await train(...column(name, of), ...again),
      await train(...column(name, of), '--weights', at('s/weights.safetensors')),
      await train(
        ...column('all.csv', '1:labels'),
        ...['--eval', `x=${at(name)}#0`, '--eval', `t=${at(name)}#${of}`],
      ),
    ]) {
      expect(ended.err).toMatch(message);
      expect(ended.code).toBe(1);
    }
  });

  it('may be given as codes by a file of tensors, and it is said what they are', async () => {
    const ended = await nnc(
      ...['run', at('m.nn'), '--data', `x=${at('some.csv')}#0`, '--data', `t=${at('codes.npy')}`],
      ...['--weights', at('s/weights.safetensors')],
    );
    expect(ended.code).toBe(0);
    expect(ended.err).toMatch(/codes\.npy: its numbers are taken for iris = 0, rose = 1, tulip = 2/);
  });

  it('go on with a training, and from its weights to the next', async () => {
    const more = ['--save', at('s'), '--resume', '--epochs', '2'];
    expect(await train(...column('all.csv', '1:labels'), ...more)).toMatchObject({ code: 0 });
    const start = ['--weights', at('s/weights.safetensors'), '--save', at('next')];
    expect(await train(...column('some.csv', '1:labels'), ...start)).toMatchObject({ code: 0 });
    expect(readTensorFile(at('next/weights.safetensors')).metadata.get('classes.t')).toBe(
      '[["iris","rose","tulip"]]',
    );
  });

  it.each([
    ['t', '[["a","a"]]', /classes\.t in its metadata is damaged: expected the class names of each column/],
    ['t', '["a"]', /is damaged/],
    ['t', '{', /is damaged/],
    ['q', '[["a"]]', /classes\.q is for an input that m has not/],
  ])('of %s as %s in the metadata are refused', async (input, text, message) => {
    const { tensors, metadata } = readTensorFile(at('s/weights.safetensors'));
    const kept = readFileSync(at('s/weights.safetensors'));
    writeTensors(at('s/weights.safetensors'), tensors, new Map([...metadata, [`classes.${input}`, text]]));
    const ended = await run('some.csv', '1:labels');
    writeFileSync(at('s/weights.safetensors'), kept);
    expect(ended.err).toMatch(message);
    expect(ended).toMatchObject({ code: 1, out: '' });
  });
});
