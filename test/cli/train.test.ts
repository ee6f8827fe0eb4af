/** Trainings on a device: resuming, logs, standardised inputs, and what is left when something stops them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensorsFile, readTensors } from '../../src/data/tensor-files.ts';
import { filesIn, model, nnc, type Said, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

/** Two classes that a line separates, in columns of very different sizes. */
beforeAll(() => {
  const rows = Array.from({ length: 40 }, (_, k) => {
    const [a, b] = [Math.sin(7 * k), Math.cos(11 * k)];
    return [a, 1000 * b + 5000, a + b > 0 ? 1 : 0].join(',');
  });
  writeFileSync(at('points.csv'), `a,b,t\n${rows.join('\n')}\n`);
});

const training = ['train', model('logistic_regression'), '--set', 'features=2', '--standardize', 'x'];
const data = () => ['--data', `x=${at('points.csv')}#a,b@!::4`, '--data', `t=${at('points.csv')}#t@!::4`];
const held = () => ['--eval', `x=${at('points.csv')}#a,b@::4`, '--eval', `t=${at('points.csv')}#t@::4`];

async function good(...args: readonly string[]): Promise<Said> {
  const said = await nnc(...args);
  expect(said.code, said.err).toBe(0);
  return said;
}

const train = (...args: readonly string[]): Promise<Said> => good(...training, ...data(), ...args);

const tensorsOf = (folder: string) => readSafetensorsFile(at(`${folder}/checkpoint.safetensors`)).tensors;

describe('a resumed training', () => {
  it('ends with the same bits as one that was never stopped', async () => {
    await train('--epochs', '4', '--save', at('whole'), '--log', at('whole.csv'));
    await train('--epochs', '2', '--save', at('parts'), '--log', at('parts.csv'));
    expect(tensorsOf('parts')).not.toEqual(tensorsOf('whole'));
    await train('--epochs', '4', '--save', at('parts'), '--log', at('parts.csv'), '--resume');
    expect(tensorsOf('parts')).toEqual(tensorsOf('whole'));
    expect(filesIn(at('parts'))).toEqual(['checkpoint.safetensors', 'history.csv', 'weights.safetensors']);
    const values = (name: string): readonly string[] =>
      readFileSync(at(name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => line.split(',').toSpliced(2, 1).join());
    expect(values('parts.csv')).toEqual(values('whole.csv'));
    expect(values('whole.csv')[0]).toBe('epoch,step,loss,accuracy,f1');
    expect(values('whole.csv')).toHaveLength(5);
  });

  it('can do each of its steps again, with what was drawn at random', async () => {
    const text = `model drop {
  input x: f32[B, 2]
  target t: f32[B]
  y = x |> Dense(5) |> tanh |> dropout(0.5) |> Dense(1)
  loss = mse(y[:, 0], t)
}
train drop { minimize loss with adam(lr = 0.01)  batch 8 }
`;
    writeFileSync(at('drop.nn'), text);
    const run = ['train', at('drop.nn'), '--standardize', 'x', ...data(), '--save', at('steps')];
    await good(...run, '--epochs', '1');
    await good(...run, '--epochs', '2', '--resume');
    const again = await good('replay', at('steps'), '--step', '6');
    expect(again.out).toMatch(/^drop: step 6, in epoch 2, on /);
    expect(again.out).toContain('what was saved after this step has the same bits: 63 numbers');
    // The trace is made in f64 from the weights, the batch and the key that the step had.
    const { out } = await good('replay', at('steps'), '--step', '2');
    const [, computed] = /^loss (\S+)/m.exec(out)!;
    const [, traced] = /^loss = .* (\S+) +5:3$/m.exec(out)!;
    expect(Number(traced)).toBeCloseTo(Number(computed), 2);
    expect(out).toMatch(/^adam\.m\.Dense_1\.W +\d/m);
    expect((await nnc('replay', at('steps'), '--step', '7')).err).toContain('was saved after step 6');
    writeFileSync(at('drop.nn'), text.replace('tanh', 'relu'));
    expect((await nnc('replay', at('steps'), '--step', '2')).err).toContain('the model has changed');
  });

  it('has nothing to do where all epochs are done', async () => {
    await train('--epochs', '2', '--save', at('done'));
    const before = tensorsOf('done');
    const { err } = await train('--epochs', '2', '--save', at('done'), '--resume');
    expect(err).toContain('2 epochs are done already');
    expect(tensorsOf('done')).toEqual(before);
  });

  it.each([
    ['batch', ['--batch', '8']],
    ['seed', ['--seed', '9']],
    ['samples', ['--limit', '20']],
    ['shuffle', ['--no-shuffle']],
  ])('refuses another %s', async (what, args) => {
    await train('--epochs', '1', '--save', at('course'));
    const said = await nnc(...training, ...data(), '--save', at('course'), '--resume', ...args);
    expect(said.code).toBe(2);
    expect(said.err).toMatch(new RegExp(`the saved training has ${what} \\d+, this one \\d+`));
  });

  it('refuses the checkpoint of another model', async () => {
    await train('--epochs', '1', '--save', at('mine'));
    const xor = [
      'train',
      model('xor'),
      '--data',
      `x=${at('points.csv')}#a,b`,
      '--data',
      `t=${at('points.csv')}#t`,
    ];
    const said = await nnc(...xor, '--save', at('mine'), '--resume');
    expect(said).toMatchObject({ code: 1 });
    expect(said.err).toContain('weights of another model');
  });
});

describe('standardised inputs', () => {
  it('are remembered with the weights', async () => {
    const { out } = await train(...held(), '--save', at('std'), '--json');
    const { evaluation, weights } = JSON.parse(out) as { evaluation: { loss: number }; weights: string };
    expect([...readTensors(weights).keys()].sort()).toEqual([
      'bias',
      'standardize.x.deviation',
      'standardize.x.mean',
      'w',
    ]);
    const input = [`x=${at('points.csv')}#a,b@::4`, `t=${at('points.csv')}#t@::4`].flatMap((d) => [
      '--data',
      d,
    ]);
    const run = ['run', model('logistic_regression'), '--set', 'features=2', '--weights', weights, ...input];
    const { results } = JSON.parse((await good(...run, '--json')).out) as {
      results: { name: string; value?: number }[];
    };
    expect(results.find(({ name }) => name === 'loss')?.value).toBeCloseTo(evaluation.loss, 5);
  });

  it('stay as they are where a training starts from weights', async () => {
    await train('--save', at('first'));
    const again = training.filter((word) => word !== '--standardize' && word !== 'x');
    const few = [...again, ...data(), '--limit', '16', '--epochs', '1'];
    await good(...few, '--weights', at('first/weights.safetensors'), '--save', at('second'));
    const mean = (folder: string) => tensorsOf(folder).get('standardize.x.mean');
    expect(mean('second')).toEqual(mean('first'));
    expect(mean('first')?.data[1]).toBeGreaterThan(4000);
  });
});

describe('a training', () => {
  it('shows losses, metrics, evaluation and rate after each epoch', async () => {
    const { err } = await train(...held(), '--epochs', '2');
    const number = '[\\d.e+-]+';
    const values = `loss ${number} {2}accuracy ${number} {2}f1 ${number}`;
    expect(err).toMatch(
      new RegExp(`^epoch 2/2 {2}${values} {2}eval ${values} {2}lr 0\\.01000 {2}${number} s$`, 'm'),
    );
  });

  it('shows a scheduled rate, and logs it', async () => {
    writeFileSync(
      at('scheduled.nn'),
      'model line {\n  input x: f32[B, 1]\n  target t: f32[B]\n  param w: f32 init zeros\n' +
        '  y[b] = w * x[b, 0]\n  loss = mse(y, t)\n}\n' +
        'train line { minimize loss with sgd(lr = exponential_decay(0.1, 0.5)); batch 20; epochs 2 }\n',
    );
    const columns = ['--data', `x=${at('points.csv')}#a`, '--data', `t=${at('points.csv')}#t`];
    const { err } = await good('train', at('scheduled.nn'), ...columns, '--log', at('rate.csv'));
    const [header, , last] = readFileSync(at('rate.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('epoch,step,seconds,loss,lr');
    const rate = 0.1 * Math.exp(-0.5 * 3);
    expect(Number(last!.split(',').at(-1))).toBeCloseTo(rate, 6);
    expect(err).toContain(`lr ${rate.toPrecision(4)}`);
  });

  it('keeps the checkpoint from before a loss that is not finite', async () => {
    writeFileSync(
      at('steep.nn'),
      'model steep {\n  input x: f32[B, 2]\n  target t: f32[B]\n  param w: f32[2] init ones\n' +
        '  y[b] = sum[i] w[i] * x[b, i]\n  loss = mse(y, t)\n}\n' +
        'train steep { minimize loss with sgd(lr = 1e30); batch 30; epochs 5 }\n',
    );
    const said = await nnc('train', at('steep.nn'), ...data(), '--save', at('steep'));
    expect(said.code).toBe(1);
    expect(said.err).toContain('a smaller learning rate often helps');
    expect(filesIn(at('steep'))).toEqual(['checkpoint.safetensors', 'history.csv', 'weights.safetensors']);
    expect(readSafetensorsFile(at('steep/checkpoint.safetensors')).metadata.get('epoch')).toBe('1');
  });

  it('says the same twice, and something else with another seed', async () => {
    const figures = async (...args: readonly string[]): Promise<unknown> =>
      (JSON.parse((await train('--epochs', '2', '--json', ...args)).out) as { training: unknown }).training;
    const first = await figures('--seed', '1');
    expect(await figures('--seed', '1')).toEqual(first);
    expect(await figures('--seed', '2')).not.toEqual(first);
    expect(await figures('--seed', '1', '--no-shuffle')).not.toEqual(first);
  });

  it('takes all samples in a batch where that is asked for', async () => {
    const data = ['--data', 'x=data:gates#a,b', '--data', 't=data:gates#xor', '--device', 'cpu'];
    const { code, err } = await nnc('train', 'models:hidden/xor', ...data, '--epochs', '1', '--batch', 'all');
    expect([code, err]).toEqual([0, expect.stringContaining('4 samples, batches of 4, 1 epoch')]);
  });

  it('takes a single sample where the model has no batch', async () => {
    const { out } = await good(
      ...['train', model('two_layer_sigmoid'), '--epochs', '3', '--json'],
      ...['--data', `x=${at('points.csv')}#a@:2`, '--data', `t=${at('points.csv')}#t@:2`],
    );
    expect(JSON.parse(out)).toMatchObject({ finished: true, position: { epoch: 3, step: 0 } });
  });
});
