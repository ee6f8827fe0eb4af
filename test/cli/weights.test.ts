/** `--weights PART=FILE`: parameters of a layer from another training, with an account of what was loaded; frozen ones stay. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostTensor } from '../../runtime/data/tensor.ts';
import { readTensorFile, writeTensors } from '../../src/data/tensor-files.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const layers = `layer Encoder(width: int) (x: f32[B, I]) -> f32[B, width] {
  return x |> Dense(width) |> tanh |> Dense(width)
}
`;
const pretraining = `${layers}model auto {
  input x: f32[B, 3]
  enc = Encoder(4)
  loss = mse(x |> enc |> Dense(3), x)
}
train auto { minimize loss with adam(lr = 0.01)  batch 4 }
`;
const tuning = `${layers}model tuned {
  input x: f32[B, 3]
  target t: f32[B]
  freeze enc.Dense_1
  enc = Encoder(4)
  y = x |> enc |> Dense(1)
  output p[b] = y[b, 0]
  loss = mse(p, t)
}
train tuned { minimize loss with adam(lr = 0.01)  batch 4 }
`;

const x = ['--data', `x=${at('x.csv')}#a,b,c`];
const t = ['--data', `t=${at('x.csv')}#t`];
const saved = at('auto/weights.safetensors');
const tensorsIn = (path: string): ReadonlyMap<string, HostTensor> => readTensorFile(path).tensors;
const tensorOf = (inputs: number, isMatrix: boolean): HostTensor => {
  const shape = isMatrix ? [4, inputs] : [4];
  return { dtype: 'f32', shape, data: new Float32Array(isMatrix ? 4 * inputs : 4) };
};
const numbers = (tensors: ReadonlyMap<string, HostTensor>, path: string) => [...tensors.get(path)!.data];

beforeAll(async () => {
  writeFileSync(at('auto.nn'), pretraining);
  writeFileSync(at('tuned.nn'), tuning);
  const rows = Array.from({ length: 8 }, (_, k) => `${k},${k % 3},${-k},${k / 4}`);
  writeFileSync(at('x.csv'), `a,b,c,t\n${rows.join('\n')}\n`);
  // The names and shapes of the layer alone, and in another model those of something else.
  const other = ['Dense_1.W', 'Dense_1.b', 'Dense_2.W', 'Dense_2.b'].map(
    (path) => [path, tensorOf(path.startsWith('Dense_1') ? 3 : 4, path.endsWith('W'))] as const,
  );
  writeTensors(at('other.npz'), new Map([['base.Dense_1.W', tensorOf(3, true)], ...other]));
  const standardized = ['--standardize', 'x', '--save', at('auto')];
  expect(await nnc('train', at('auto.nn'), ...x, '--epochs', '2', ...standardized)).toMatchObject({
    code: 0,
  });
});

const train = (weights: readonly string[], save: string) =>
  nnc('train', at('tuned.nn'), ...x, ...t, '--epochs', '3', ...weights, '--save', at(save));

describe('--weights PART=FILE', () => {
  it('loads a layer, says what of the file and of the model it was not, and trains what is not frozen', async () => {
    const { code, err } = await train(['--weights', `enc=${saved}`], 'tuned');
    expect(code).toBe(0);
    expect(err).toContain(`enc: enc.Dense_1.W, enc.Dense_1.b, enc.Dense_2.W, enc.Dense_2.b from ${saved}`);
    expect(err).toContain('not used of it: Dense_1.W, Dense_1.b');
    expect(err).toContain('first values: Dense_1.W, Dense_1.b');
    const [before, after] = [tensorsIn(saved), tensorsIn(at('tuned/weights.safetensors'))];
    for (const path of ['enc.Dense_1.W', 'enc.Dense_1.b'])
      expect(numbers(after, path)).toEqual(numbers(before, path));
    expect(numbers(after, 'enc.Dense_2.W')).not.toEqual(numbers(before, 'enc.Dense_2.W'));
    // The layer sees its inputs as it did where it was trained.
    expect(numbers(after, 'standardize.x.mean')).toEqual(numbers(before, 'standardize.x.mean'));
  });

  it('takes a file that holds the layer alone, and one for the rest', async () => {
    const whole = tensorsIn(at('tuned/weights.safetensors'));
    const part = [...tensorsIn(saved)].flatMap(([path, tensor]) =>
      path.startsWith('enc.') ? [[path.slice('enc.'.length), tensor] as const] : [],
    );
    writeTensors(at('encoder.npz'), new Map(part));
    const others = [...whole].filter(([path]) => path.startsWith('Dense_'));
    writeTensors(at('head.npz'), new Map(others));
    const weights = ['--weights', at('head.npz'), '--weights', `enc=${at('encoder.npz')}`];
    const run = await nnc('run', at('tuned.nn'), ...x, ...t, ...weights, '--json');
    expect(run).toMatchObject({ code: 0 });
    writeTensors(
      at('both.npz'),
      new Map([...others, ...part.map(([path, tensor]) => [`enc.${path}`, tensor] as const)]),
    );
    const same = await nnc('run', at('tuned.nn'), ...x, ...t, '--weights', at('both.npz'), '--json');
    expect(JSON.parse(same.out)).toEqual(JSON.parse(run.out));
  });

  it.each([
    [['--weights', `encoder=${saved}`], 'has no parameter encoder or below it; it has enc.Dense_1.W'],
    [['--weights', `Dense_1=${saved}`], 'the shapes do not agree expected'],
    [['--weights', `enc=${saved}`, '--weights', `enc=${saved}`], 'enc is given twice'],
    [
      ['--weights', `enc=${at('other.npz')}`],
      'has no enc or below it, and is not of enc alone hint: it has Dense_1.W, Dense_1.b',
    ],
    [['--weights', saved, '--weights', saved], 'expected one FILE'],
    [['--weights', `enc=${at('missing.npz')}`], 'there is no such file'],
  ])('refuses %j', async (weights, message) => {
    const { code, err } = await train(weights, 'refused');
    expect(code).toBeGreaterThan(0);
    expect(err.replace(/\s+/g, ' ')).toContain(message);
  });
});
