/** Many trainings at once: `nnc sweep` over values, recipes and seeds, `nnc train --folds` over the folds of the samples. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitOrder } from '../../runtime/random.ts';
import { spreadOf } from '../../src/data/spread.ts';
import { pointsOf, sweep } from '../../src/experiments/sweep.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const count = 11;
const values = Array.from({ length: count }, (_, k) => (7 * k) % 13);

/** Ends with a = scale after two epochs, and with b near the mean of what it has seen. */
const text = `model m(scale = 1, sign = true) {
  input x: f32[B]
  param a: f32 init zeros
  param b: f32 init normal(std = 0.1)
  loss = (a - 3)**2 + 0 * b
  metric a_now = if sign then a else -a
  metric held = mean(x)
  metric start = b + 0 * mean(x)
}
optimizer to(value = 1.0) { w <- value + 0 * g }
train m as first { a <- 0.5 * scale * epoch
  batch 2 epochs 2 }
train m as second { minimize loss over a with to(value = 2 * scale)
  batch 2 epochs 3 }
train m as wild { a <- 1e30 * scale
  batch 2 epochs 2 }`;

beforeAll(() => {
  writeFileSync(at('m.nn'), text);
  writeFileSync(at('x.csv'), `x\n${values.join('\n')}\n`);
});

const data = (): readonly string[] => ['--data', `x=${at('x.csv')}#x`, '--device', 'cpu'];

const good = async (...args: readonly string[]) => {
  const said = await nnc(...args);
  expect(said.code, said.err).toBe(0);
  return said;
};

interface Told {
  readonly rows: readonly {
    readonly point: Record<string, number | boolean | string>;
    readonly values: Record<string, { readonly mean: number; readonly deviation: number }>;
    readonly runs: readonly { readonly seed: number; readonly training: Record<string, number> }[];
  }[];
}

const swept = async (...args: readonly string[]): Promise<Told> =>
  JSON.parse((await good('sweep', at('m.nn'), ...data(), '--json', ...args)).out) as Told;

describe('nnc sweep', () => {
  it('trains for each combination of values, each with each seed', async () => {
    const { rows } = await swept('--set', 'scale=1,4', '--set', 'sign=true,false', '--seeds', '3');
    expect(rows.map(({ point }) => point)).toEqual([
      { scale: 1, sign: true },
      { scale: 1, sign: false },
      { scale: 4, sign: true },
      { scale: 4, sign: false },
    ]);
    for (const { point, values: of, runs } of rows) {
      // What an epoch reports was found before its last write: 0.5, 1, 1, 1, 1 of five steps in the second.
      const now = (point.sign ? 1 : -1) * Number(point.scale) * 0.9;
      expect(of.a_now!.mean).toBeCloseTo(now, 5);
      expect(of.a_now!.deviation).toBeCloseTo(0, 5);
      const starts = runs.map(({ training }) => training.start!);
      expect(new Set(starts).size).toBe(3);
      expect(of.start).toEqual(spreadOf(starts));
    }
    expect(rows[0]!.runs.map(({ training }) => training.start)).toEqual(
      rows[3]!.runs.map(({ training }) => training.start),
    );
  });

  it('gives what each training gives alone', async () => {
    const { rows } = await swept('--set', 'scale=3', '--seeds', '2');
    const alone = await good('train', at('m.nn'), ...data(), '--set', 'scale=3', '--seed', '1', '--json');
    expect(rows[0]!.runs[1]!.training).toEqual((JSON.parse(alone.out) as { training: object }).training);
  });

  it('writes a table and a curve, over the first --set of several numbers', async () => {
    const args = [
      '--set',
      'sign=true',
      '--set',
      'scale=1,10,100',
      '--recipes',
      'first,second',
      '--of',
      'a_now',
    ];
    const held = ['--eval', `x=${at('x.csv')}#x@:4`];
    const files = ['--table', at('t.csv'), '--picture', at('p.svg')];
    const { out, err } = await good('sweep', at('m.nn'), ...data(), ...args, ...held, ...files);
    const [head, ...lines] = readFileSync(at('t.csv'), 'utf8').trim().split('\n');
    expect(head).toBe(
      'sign,scale,recipe,loss,a_now,held,start,eval.loss,eval.a_now,eval.held,eval.start,diverged',
    );
    expect(lines).toHaveLength(6);
    const cells = lines.map((line) => line.split(','));
    expect(cells.map((row) => row.slice(1, 3).join())).toContain('100,second');
    // The recipe reads the parameter that is swept.
    const second = cells.filter((row) => row[2] === 'second');
    expect(second.map((row) => Number(row[8]))).toEqual([2, 20, 200]);
    expect(out.split('\n')[0]).toMatch(/^sign +scale +recipe +loss .*eval a_now/);
    expect(err).toContain(
      'a_now over scale: first, training ⠒⠒⠒, second, training ⠒⠂⠐⠒, first, held-out ⠂⠐⠀⠂, second, held-out',
    );
    const picture = readFileSync(at('p.svg'), 'utf8');
    expect(picture).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    for (const name of ['first, held-out', 'second, training']) expect(picture).toContain(name);
  });

  it('draws over the epochs where no number is swept', async () => {
    const { err } = await good('sweep', at('m.nn'), ...data(), '--recipes', 'first,second', '--of', 'a_now');
    expect(err).toContain('a_now over the epochs: first, training ⠒⠒⠒, second, training ⠒⠂⠐⠒');
    expect(err).toMatch(/epoch 3\n/);
  });

  it('goes on where a training diverges, and says so', async () => {
    const { out, err } = await good(
      'sweep',
      at('m.nn'),
      ...data(),
      '--recipes',
      'wild,first',
      '--seeds',
      '2',
    );
    expect(err).toContain('wild seed 1: diverged');
    expect(out).toMatch(/wild .*2 of 2/);
    expect(out).toMatch(/first .*0 of 2/);
  });

  it.each([
    [['--set', 'scale=1,1'], 'names a value twice'],
    [['--set', 'scale=1,b'], 'expected NAME=N,N,…'],
    [['--set', 'scale=1', '--of', 'accuracy'], 'there is no loss or metric accuracy'],
    [['--recipes', 'frist'], 'did you mean first?'],
    [['--table', 'x.csv', '--picture', 'x.csv'], 'would both write x.csv'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await nnc('sweep', at('m.nn'), ...data(), ...args);
    expect(code).toBeGreaterThan(0);
    expect(err).toContain(message);
  });

  it('ends with what is done where it is interrupted', async () => {
    const controller = new AbortController();
    const rows: number[] = [];
    const options = {
      axes: [{ name: 'scale', values: [1, 2, 3] }],
      seeds: 2,
      data: new Map([['x', `${at('x.csv')}#x`]]),
      eval: new Map<string, string>(),
      standardize: [],
      shuffle: true,
      resume: false,
      quiet: true,
      device: 'cpu',
      verbose: false,
    } as const;
    const found = await sweep(
      at('m.nn'),
      options,
      controller.signal,
      (said) => {
        if (said.startsWith('scale=2 seed 0')) controller.abort();
      },
      (soFar) => void rows.push(soFar.rows.length),
    );
    expect(found.finished).toBe(false);
    expect(found.rows.map(({ point }) => point.get('scale'))).toEqual([1]);
    expect(rows).toEqual([1]);
  });

  describe('that is kept', () => {
    const file = (): readonly string[] => ['--save', at('kept.json')];
    const kept = (...args: readonly string[]) => nnc('sweep', at('m.nn'), ...data(), ...file(), ...args);
    const trained = (err: string): number =>
      err.split('\n').filter((line) => /seed \d+: /.test(line) && !line.endsWith('(done before)')).length;

    it('goes on after an interruption, and ends as the whole one does', async () => {
      const wanted = ['--set', 'scale=1,2', '--recipes', 'first,wild', '--seeds', '2', '--json'];
      const whole = await good('sweep', at('m.nn'), ...data(), ...wanted);
      const part = await kept('--set', 'scale=2', '--recipes', 'wild,first');
      expect([part.code, trained(part.err)]).toEqual([0, 2]);
      // As a process leaves it that was killed at its last training.
      const saved = JSON.parse(readFileSync(at('kept.json'), 'utf8')) as { trainings: object };
      const trainings = Object.fromEntries(Object.entries(saved.trainings).slice(0, 1));
      writeFileSync(at('kept.json'), JSON.stringify({ ...saved, trainings }));
      const resumed = await kept(...wanted, '--resume');
      expect([resumed.code, trained(resumed.err)]).toEqual([0, 8 - 1]);
      expect(JSON.parse(resumed.out)).toEqual(JSON.parse(whole.out));
      const again = await kept(...wanted, '--resume');
      expect([trained(again.err), again.out]).toEqual([0, resumed.out]);
    });

    it('draws curves over epochs of trainings that were done before', async () => {
      const first = await kept('--recipes', 'first,second', '--of', 'a_now');
      const again = await kept('--recipes', 'first,second', '--of', 'a_now', '--resume');
      expect(trained(again.err)).toBe(0);
      const curve = ({ err }: { readonly err: string }): string => err.slice(err.indexOf('a_now over'));
      expect(curve(again)).toBe(curve(first));
    });

    it('is not gone on with otherwise', async () => {
      await kept('--set', 'scale=1');
      const other = await kept('--set', 'scale=1', '--resume', '--batch', '3');
      expect(other).toMatchObject({ code: 2 });
      expect(other.err).toContain('the saved trainings have --batch none, these 3');
      writeFileSync(at('m2.nn'), text.replace('a - 3', 'a - 4'));
      const changed = await nnc('sweep', at('m2.nn'), ...data(), ...file(), '--resume');
      expect(changed).toMatchObject({ code: 2 });
      expect(changed.err).toContain('the text of the model has changed');
      for (const damage of ['{', '[]', '{"course":{},"trainings":{"a":1}}']) {
        writeFileSync(at('kept.json'), damage);
        const damaged = await kept('--resume');
        expect(damaged).toMatchObject({ code: 1 });
        expect(damaged.err).toContain('kept.json holds no trainings of a sweep');
      }
      const alone = await nnc('sweep', at('m.nn'), ...data(), '--resume');
      expect(alone.err).toContain('--resume goes with --save FILE');
    });
  });

  it('combines all values with all others', () => {
    const points = pointsOf([
      { name: 'a', values: [1, 2] },
      { name: 'b', values: ['x'] },
      { name: 'c', values: [true, false, 3] },
    ]);
    expect(points).toHaveLength(6);
    expect(new Set(points.map((point) => [...point.values()].join())).size).toBe(6);
    expect(pointsOf([])).toEqual([new Map()]);
  });
});

const lineText = `model line {
  input x: f32[B]
  target t: f32[B]
  param w: f32 init normal
  loss = mse(w * x, t)
  metric worst = max(abs(w * x - t))
}
train line { minimize loss with sgd(lr = 0.1)
  batch 3 epochs 4 }`;

const fold = (...args: readonly string[]) => nnc('train', at('m.nn'), ...data(), ...args);

describe('--folds', () => {
  it('holds out each sample once', async () => {
    const { code, out, err } = await fold('--folds', '4', '--json');
    expect(code, err).toBe(0);
    const told = JSON.parse(out) as {
      evaluation: { held: { mean: number; deviation: number } };
      folds: { evaluation: { held: number } }[];
    };
    const means = told.folds.map(({ evaluation }) => evaluation.held);
    expect(means).toHaveLength(4);
    // Of 11 samples folds hold 2, 3, 3 and 3.
    const sum = means.reduce((all, mean, k) => all + mean * (k === 0 ? 2 : 3), 0);
    expect(sum).toBeCloseTo(
      values.reduce((all, x) => all + x, 0),
      4,
    );
    expect(told.evaluation.held.mean).toBeCloseTo(spreadOf(means).mean, 6);
    expect(told.evaluation.held.deviation).toBeCloseTo(spreadOf(means).deviation, 6);
    const text = await fold('--folds', '4');
    expect(text.out).toMatch(/eval held = \S+ ± \S+\n/);
  });

  it('says what trainings by hand say, each without the part that it is evaluated with', async () => {
    writeFileSync(at('line.nn'), lineText);
    const [rows, seed] = [13, 3];
    const write = (name: string, isIn: (row: number) => boolean): string => {
      const lines = Array.from({ length: rows }, (_, k) => `${k / 5},${(k * k) % 7}`).filter((_, k) =>
        isIn(k),
      );
      writeFileSync(at(name), `x,t\n${lines.join('\n')}\n`);
      return at(name);
    };
    const train = async (...words: readonly string[]): Promise<Record<'loss' | 'worst', unknown>> => {
      const { out } = await good(
        'train',
        at('line.nn'),
        ...words,
        '--seed',
        `${seed}`,
        '--device',
        'cpu',
        '--json',
      );
      return (JSON.parse(out) as { evaluation: Record<'loss' | 'worst', unknown> }).evaluation;
    };
    const inputs = (kind: string, file: string): readonly string[] =>
      ['x', 't'].flatMap((name) => [kind, `${name}=${file}#${name}`]);

    const told = await train(
      ...inputs(
        '--data',
        write('all.csv', () => true),
      ),
      '--folds',
      '3',
    );
    const found: Record<'loss' | 'worst', unknown>[] = [];
    for (const [from, end] of [
      [0, 4],
      [4, 8],
      [8, 13],
    ]) {
      const held = new Set(splitOrder(rows, seed).slice(from, end));
      const others = write('others.csv', (row) => !held.has(row));
      const part = write('part.csv', (row) => held.has(row));
      found.push(await train(...inputs('--data', others), ...inputs('--eval', part)));
    }
    for (const name of ['loss', 'worst'] as const) {
      const three = found.map((values) => values[name] as number);
      const mean = three.reduce((sum, value) => sum + value, 0) / 3;
      const deviation = Math.sqrt(three.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
      expect(deviation).toBeGreaterThan(0.01);
      expect(told[name]).toEqual({
        mean: expect.closeTo(mean, 12) as number,
        deviation: expect.closeTo(deviation, 12) as number,
      });
    }
  });

  it('saves each fold, and goes on with those that are not done', async () => {
    const save = ['--folds', '3', '--save', at('folds'), '--json'];
    const first = await fold(...save);
    rmSync(at('folds/fold-3'), { recursive: true });
    const again = await fold(...save, '--resume');
    expect(again.code, again.err).toBe(0);
    expect(again.err).toContain('fold 2/3: 2 epochs are done already');
    const held = ({ out }: { readonly out: string }): unknown =>
      (JSON.parse(out) as { evaluation: unknown }).evaluation;
    expect(held(again)).toEqual(held(first));
    expect(existsSync(at('folds/fold-3/weights.safetensors'))).toBe(true);
    const other = await nnc('train', at('m.nn'), ...data(), '--save', at('folds/fold-1'), '--resume');
    expect(other.err).toContain('the saved training has validate fold 1 of 3, this one none');
  });

  it.each([
    [['--folds', '12'], 'there are 11 samples, and a fold needs one'],
    [['--folds', '2', '--plot'], '--folds and --plot do not go together'],
    [['--folds', '2', '--resume'], '--resume goes with --save'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await fold(...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
