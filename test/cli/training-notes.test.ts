/** What `nnc train` says of its data before the first epoch, of time that is left, and of epochs in plots. */
import { writeFileSync } from 'node:fs';
import { afterAll, expect, it, test } from 'vitest';
import { checkModel } from '../../src/model/checked-model.ts';
import { parseModel } from '../../src/model/model.ts';
import { durationText, remaining } from '../../src/terminal/progress.ts';
import { trainModel } from '../../src/training/training.ts';
import { trainingNotes } from '../../src/training/training-notes.ts';
import { plotText } from '../../src/views/plot-text.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const model = (output: string) => `model m {
  input x: f32[B, 2]
  target t: f32[B]
  param w: f32[2] init constant(0.1)
  s[b] = sum[i] x[b, i] * w[i]
  y = ${output}
  loss = mse(y, t)
  output guess = y
}
train m { minimize loss with sgd(lr = 0)  batch 2 epochs 1 }
`;

async function notes(
  output: string,
  rows: readonly string[],
  ...args: readonly string[]
): Promise<readonly string[]> {
  writeFileSync(at('m.nn'), model(output));
  writeFileSync(at('d.csv'), rows.map((row) => `${row}\n`).join(''));
  const data = ['--data', `x=${at('d.csv')}#0-1`, '--data', `t=${at('d.csv')}#2`];
  const { code, err } = await nnc('train', at('m.nn'), ...data, '--device', 'cpu', ...args);
  expect(code, err).toBe(0);
  return err.split('\n').filter((line) => line.startsWith('note: '));
}

const near = ['0.5,1,0.2', '-1,0.25,0.9'];
const far = ['500,1,0.2', '-1,0.25,0.9'];

it.each([
  ['a straight line', 's', near, []],
  [
    'an input that is far',
    's',
    far,
    ['note: x goes from -1.000 to 500.0: training is slow or fails so far from 1; --standardize x helps'],
  ],
  ['targets within', 'sigmoid(s)', near, []],
  [
    'targets outside',
    'tanh(s)',
    ['1,1,0.5', '1,1,3'],
    ['note: t goes from 0.5000 to 3.000, and y is tanh(…), which is between -1 and 1'],
  ],
  [
    'targets below',
    'relu(s)',
    ['1,1,-2', '1,1,3'],
    ['note: t goes from -2.000 to 3.000, and y is relu(…), which is 0 or more'],
  ],
  ['what is scaled behind', '4 * tanh(s)', ['1,1,0.5', '1,1,3'], []],
])('notes on %s', async (_, output, rows, expected) => {
  expect(await notes(output, rows)).toEqual(expected);
});

it.each([
  [
    'grey values of a sigmoid',
    'sigmoid(s)',
    'mse(y, x)',
    [0, 255],
    'y is sigmoid(…), which is between 0 and 1',
  ],
  [
    'grey values',
    's',
    'bce_with_logits(y, x)',
    [0, 255],
    'bce_with_logits compares with what is between 0 and 1',
  ],
  ['signs', 'softmax(s)', 'mse(y, x)', [-1, 1], 'y is softmax(…), which is between 0 and 1'],
  ['signs', 's', 'cross_entropy(y, x)', [-1, 1], 'cross_entropy compares with what is between 0 and 1'],
  ['what is made a share', 's', 'bce_with_logits(y, (x + 1) / 2)', [-1, 1], undefined],
  ['shares', 's', 'y |> bce_with_logits(t = x)', [0, 1], undefined],
  ['no signs', 's', 'y |> hinge(x)', [0, 1], 'hinge compares with -1 and 1'],
  ['signs', 's', 'hinge(y, x)', [-1, 1], undefined],
  ['grey values that are read alone', 's', 'mse(y, tanh(y))', [0, 9], undefined],
] as const)('notes on %s for %s in %s', (_, output, loss, [least, most], expected) => {
  const text = `model m {\n  input x: f32[B, 2]\n  s = Dense(2)(x)\n  y = ${output}\n  loss = ${loss}\n}\n`;
  const parsed = parseModel('m.nn', () => text);
  const { program } = checkModel(parsed, { training: true, bindings: new Map([['B', 2]]) });
  const x = { dtype: 'f32', shape: [2, 2], data: Float32Array.of(least, most, most, least) } as const;
  const goes = `x goes from ${least.toPrecision(4)} to ${most.toPrecision(4)}, and `;
  expect(trainingNotes(parsed, program, new Map([['x', x]]))).toEqual(
    expected === undefined ? [] : [`${goes}${expected}`],
  );
});

it('notes nothing of what is standardised', async () => {
  expect(await notes('s', far, '--standardize', 'x,t')).toEqual([]);
});

test('the time that is left is that of the steps that were seen', () => {
  const left = remaining();
  expect(left(100, 1000, 5)).toBe('');
  expect(left(150, 1000, 5.5)).toBe('');
  expect(left(200, 1000, 15)).toBe('  1 min 20 s left');
  expect(left(1000, 1000, 90)).toBe('');
  expect([0.2, 59.6, 61, 3599, 7260].map(durationText)).toEqual([
    '1 s',
    '1 min 0 s',
    '1 min 1 s',
    '59 min 59 s',
    '2 h 1 min',
  ]);
});

test('a report and a plot show the means of epochs that are printed', async () => {
  writeFileSync(at('m.nn'), model('s').replace('epochs 1', 'epochs 9').replace('lr = 0', 'lr = 0.1'));
  writeFileSync(at('d.csv'), [...near, '1,2,0.1', '0,1,0.7'].map((row) => `${row}\n`).join(''));
  const data = new Map([
    ['x', `${at('d.csv')}#0-1`],
    ['t', `${at('d.csv')}#2`],
  ]);
  const common = {
    set: new Map(),
    eval: new Map(),
    standardize: [],
    shuffle: true,
    resume: false,
    sanitize: false,
  };
  const options = { ...common, data, plot: true, quiet: true, device: 'cpu', verbose: false } as const;
  const { epochs, recorded } = await trainModel(at('m.nn'), options, new AbortController().signal, () => {});
  const [curve] = recorded!.charts[0]!.curves;
  expect(curve!.points).toEqual(epochs.map(({ epoch, training }) => ({ x: epoch, y: training.get('loss') })));
  expect(curve!.value).toBe(epochs.at(-1)!.training.get('loss')!.toPrecision(4));
});

test('curves of a plot are told apart without colour', () => {
  const curve = (name: string, of: (x: number) => number) => ({
    name,
    value: String(of(9)),
    points: Array.from({ length: 10 }, (_, x) => ({ x, y: of(x) })),
  });
  const axis = (label: string) => ({ label, logarithmic: false });
  const curves = [curve('training', () => 0), curve('held-out', (x) => x), curve('other', () => 0)];
  const lines = plotText({ title: 'loss', x: axis('epoch'), y: axis('loss'), curves }).split('\n');
  expect(lines[0]).toBe('loss: training ⠒⠒⠒, held-out ⠒⠂⠐⠒, other ⠂⠐⠀⠂');
  expect(lines[1]).toMatch(/ held-out 9$/);
  expect(lines.slice(11, 13).join('\n')).toMatch(/training 0\n.* other 0|other 0\n.* training 0/);
  const whole = plotText({
    title: 'loss',
    x: axis('epoch'),
    y: axis('loss'),
    curves: curves.slice(0, 1),
  }).split('\n');
  expect(whole[0]).toBe('loss: training');
  expect(whole.join('').match(/[\u2801-\u28ff]/gu)).toHaveLength(64);
});
