/** How long a recipe trains and what it keeps: `until`, `keep`, `patience`, `validate`, `batch all`, `draw`; the same when it is resumed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensorsFile } from '../../src/data/tensor-files.ts';
import { trainModel } from '../../src/training/training.ts';
import { nnc, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

const count = 24;
const numbers = Array.from({ length: count }, (_, k) => k);
const signs = numbers.map((k) => {
  const [a, b] = [Math.fround(Math.sin(5 * k)), Math.fround(Math.cos(7 * k))];
  return { a, b, t: a - 2 * b > 0 ? 1 : -1 };
});

beforeAll(() => {
  writeFileSync(at('ids.csv'), `id\n${numbers.join('\n')}\n`);
  writeFileSync(at('signs.csv'), `a,b,t\n${signs.map(({ a, b, t }) => `${a},${b},${t}`).join('\n')}\n`);
});

const ids = (): readonly string[] => ['--data', `id=${at('ids.csv')}#id`];

async function train(text: string, folder: string, ...args: readonly string[]) {
  writeFileSync(at(`${folder}.nn`), text);
  return nnc('train', at(`${folder}.nn`), '--save', at(folder), '--device', 'cpu', ...args);
}

const saved = (folder: string, file: 'weights' | 'checkpoint' = 'weights') => {
  const { tensors, metadata } = readSafetensorsFile(at(`${folder}/${file}.safetensors`));
  return { metadata, value: (name: string) => [...tensors.get(name)!.data].map(Number), tensors };
};

async function trained(text: string, folder: string, ...args: readonly string[]) {
  const said = await train(text, folder, ...args);
  expect(said.code, said.err).toBe(0);
  return { ...said, ...saved(folder) };
}

const position = (folder: string): number => Number(saved(folder, 'checkpoint').metadata.get('epoch'));

const perceptron = (settings: string): string => `model perceptron {
  input x: f32[B, 2]
  target t: f32[B]
  param w: f32[2] init zeros
  param b: f32 init zeros
  s[n] = b + sum[i] w[i] * x[n, i]
  wrong = t * s <= 0
  metric mistakes = sum(wrong)
}
train perceptron {
  together {
    w[i] <- w[i] + sum[n where wrong[n]] t[n] * x[n, i]
    b <- b + sum[n where wrong[n]] t[n]
  }
  ${settings}
}`;

const signData = (): readonly string[] => [
  '--data',
  `x=${at('signs.csv')}#a,b`,
  '--data',
  `t=${at('signs.csv')}#t`,
];

/** Epochs until the first without a mistake. */
function epochsOfPerceptron(): number {
  const w = [0, 0, 0] as [number, number, number];
  for (let epoch = 1; ; epoch++) {
    let mistakes = 0;
    for (const { a, b, t } of signs) {
      if (t * (w[2] + w[0] * a + w[1] * b) > 0) continue;
      mistakes++;
      w[0] += t * a;
      w[1] += t * b;
      w[2] += t;
    }
    if (mistakes === 0) return epoch;
  }
}

describe('until', () => {
  it('ends the training after the first epoch without mistakes', async () => {
    const { err } = await trained(
      perceptron('batch 1 epochs 100\n  until mistakes == 0'),
      'mistakes',
      '--no-shuffle',
      ...signData(),
    );
    expect(position('mistakes')).toBe(epochsOfPerceptron());
    expect(err).toContain(`ended after epoch ${epochsOfPerceptron()}: mistakes == 0`);
  });

  it('leaves a training that it has ended as it is, until the recipe says otherwise', async () => {
    const text = (until: string) => perceptron(`batch 1 epochs 20\n  ${until}`);
    await trained(text('until mistakes == 0'), 'ended', '--no-shuffle', ...signData());
    const before = saved('ended', 'checkpoint').tensors;
    const again = await trained(
      text('until mistakes == 0'),
      'ended',
      '--no-shuffle',
      ...signData(),
      '--resume',
    );
    expect(again.err).toContain('the training has ended already, by until mistakes == 0');
    expect(saved('ended', 'checkpoint').tensors).toEqual(before);
    await trained(text('until 20 < mistakes'), 'ended', '--no-shuffle', ...signData(), '--resume');
    expect(position('ended')).toBe(20);
  });

  it('reads the norm of the gradients, and joins conditions', async () => {
    const text = (condition: string) => `model bowl {
  param w: f32[2] init ones
  loss = 2 * w[0]**2 + 0.5 * w[1]**2
}
train bowl { minimize loss with sgd(lr = 0.1)
  epochs 500 until ${condition} }`;
    const norms: number[] = [];
    for (let [a, b] = [1, 1]; norms.length < 200; [a, b] = [0.6 * a, 0.9 * b])
      norms.push(Math.hypot(4 * a, b));
    const first = (limit: number) => norms.findIndex((norm) => norm < limit) + 1;
    await trained(text('global_norm < 1e-2'), 'norm');
    expect(position('norm')).toBe(first(1e-2));
    await trained(text('(loss < 0.5 or 1e-9 > global_norm) and not global_norm > 0.1'), 'joined');
    expect(position('joined')).toBe(first(0.1));
  });

  it('says where it did not come about, and never holds for what is no number', async () => {
    const { err } = await trained(perceptron('batch 1 epochs 2 until mistakes < 0'), 'never', ...signData());
    expect(err).toContain('mistakes < 0 did not come about in 2 epochs');
    expect(position('never')).toBe(2);
  });
});

/** Comes nearest to 5 after so many epochs, and goes on; `loss` is as before the step, held-out values are as after it. */
const passing = (settings: string): string => `optimizer up() { w <- w + 1 + 0 * g }
model passing {
  input id: f32[B]
  param a: f32 init zeros
  loss = (a - 5)**2 + 0 * sum(id)
  metric close = -abs(a - 5)
}
train passing { minimize loss with up()
  ${settings}
}`;

describe('patience', () => {
  it('ends so many epochs after the best one, whose weights are kept', async () => {
    const { out, err, value } = await trained(
      passing('batch all epochs 50 validate 0.25 patience 3'),
      'patience',
      ...ids(),
    );
    expect(value('a')).toEqual([5]);
    expect(saved('patience', 'checkpoint').value('a')).toEqual([8]);
    expect(saved('patience', 'checkpoint').value('best.a')).toEqual([5]);
    expect(err).toContain('ended after epoch 8: no epoch was better for 3');
    expect(out).toContain('best   epoch 5, lowest eval.loss 0.000');
    expect(out).toContain('eval loss = 0.000');
  });

  it('counts across an interruption, and the best weights come through it', async () => {
    const text = passing('batch all epochs 50 validate 0.25 keep highest eval.close patience 3');
    await trained(text, 'whole', ...ids());
    for (const epochs of ['3', '7']) {
      await trained(text, 'parts', ...ids(), '--epochs', epochs, ...(epochs === '3' ? [] : ['--resume']));
      expect(position('parts')).toBe(Number(epochs));
    }
    expect(saved('parts').value('a')).toEqual([5]);
    await trained(text, 'parts', ...ids(), '--resume');
    for (const file of ['weights', 'checkpoint'] as const)
      expect(saved('parts', file).tensors).toEqual(saved('whole', file).tensors);
    expect(saved('parts', 'checkpoint').metadata.get('best.epoch')).toBe('5');
  });

  it('keeps the best weights of a training that is stopped between two steps', async () => {
    const text = passing('batch all epochs 50 keep lowest loss patience 4');
    await trained(text, 'unstopped', ...ids());
    writeFileSync(at('stopped.nn'), text);
    let asked = 0;
    // Asked before each step, of which an epoch has one.
    const signal = {
      get aborted() {
        return ++asked > 8;
      },
    } as AbortSignal;
    const options = {
      set: new Map(),
      data: new Map([['id', `${at('ids.csv')}#id`]]),
      eval: new Map<string, string>(),
      standardize: [],
      shuffle: true,
      resume: false,
      quiet: true,
      save: at('stopped'),
      device: 'cpu',
      verbose: false,
    } as const;
    const { finished } = await trainModel(at('stopped.nn'), options, signal, () => {});
    expect([finished, position('stopped')]).toEqual([false, 8]);
    expect([saved('stopped').value('a'), saved('stopped', 'checkpoint').value('a')]).toEqual([[6], [8]]);
    await trained(text, 'stopped', ...ids(), '--resume');
    expect(saved('stopped', 'checkpoint').tensors).toEqual(saved('unstopped', 'checkpoint').tensors);
  });

  it('begins anew where the recipe tells the best by something else', async () => {
    await trained(passing('batch all epochs 6 keep lowest loss'), 'anew', ...ids());
    expect(saved('anew').value('a')).toEqual([6]);
    await trained(passing('batch all epochs 9 keep highest loss'), 'anew', ...ids(), '--resume');
    expect(saved('anew').value('a')).toEqual([9]);
  });

  it('keeps the best weights without it, and all of the epochs are trained', async () => {
    const { value } = await trained(passing('batch all epochs 12 keep highest close'), 'keep', ...ids());
    // The metric of an epoch is that of before its step.
    expect(value('a')).toEqual([6]);
    expect(saved('keep', 'checkpoint').value('a')).toEqual([12]);
  });

  it('needs held-out samples', async () => {
    const said = await train(passing('batch all epochs 5 patience 3'), 'blind', ...ids());
    expect(said.code).toBe(2);
    expect(said.err).toContain('patience looks at eval.loss, and no samples are held out');
    const until = await train(passing('batch all epochs 5 until eval.close > -1'), 'blind', ...ids());
    expect(until).toMatchObject({ code: 2 });
    expect(until.err).toContain('until looks at eval.close');
  });

  it('says of a damaged checkpoint what is missing', async () => {
    const text = passing('batch all epochs 3 keep lowest loss');
    await trained(text, 'damaged', ...ids());
    const file = at('damaged/checkpoint.safetensors');
    const bytes = readFileSync(file, 'latin1');
    writeFileSync(file, bytes.replace('"best.a"', '"bust.a"'), 'latin1');
    const said = await train(text, 'damaged', ...ids(), '--resume');
    expect(said.code).toBe(1);
    expect(said.err).toContain('has no best.a');
  });
});

/** Counts how often each sample is seen, in training and held out apart. */
const seen = (settings: string): string => `model seen {
  input id: i32[B]
  param times: f32[${count}] init zeros
  metric least = min(id)
  metric mean_id = mean(id)
  metric all = sum(0 * id + 1)
}
train seen {
  times[k] <- times[k] + sum[n] (id[n] == k)
  ${settings}
}`;

describe('which samples', () => {
  it('holds a part of them out, the same in each epoch, told by the seed', async () => {
    const { value, err } = await trained(seen('batch 3 epochs 4 validate 0.25'), 'split', ...ids());
    expect(err).toContain('18 samples');
    const times = value('times');
    expect(times.filter((n) => n === 4)).toHaveLength(18);
    expect(times.filter((n) => n === 0)).toHaveLength(6);
    const held = numbers.filter((k) => times[k] === 0);
    expect(held).not.toEqual(numbers.slice(0, 6));
    expect(held).not.toEqual(numbers.slice(18));
    const { out } = await trained(seen('batch 3 epochs 4 validate 0.25'), 'split2', ...ids(), '--json');
    const { evaluation } = JSON.parse(out) as { evaluation: Record<string, number> };
    expect(evaluation).toMatchObject({ least: Math.min(...held) });
    expect(evaluation.mean_id).toBeCloseTo(held.reduce((sum, k) => sum + k, 0) / 6, 5);
    const other = await trained(seen('batch 3 epochs 4 validate 0.25'), 'split3', ...ids(), '--seed', '1');
    expect(other.value('times')).not.toEqual(times);
  });

  it('holds nothing out where held-out data is given', async () => {
    const { value } = await trained(
      seen('batch 3 epochs 1 validate 0.25'),
      'given',
      ...ids(),
      '--eval',
      `id=${at('ids.csv')}#id@:4`,
    );
    expect(value('times')).toEqual(numbers.map(() => 1));
  });

  it('refuses to go on with others', async () => {
    await trained(seen('batch 3 epochs 1 validate 0.25'), 'other', ...ids());
    const said = await train(seen('batch 3 epochs 2 validate 0.26'), 'other', ...ids(), '--resume');
    expect(said).toMatchObject({ code: 2 });
    expect(said.err).toContain('the saved training has validate 0.25, this one 0.26');
    const drawn = await train(
      seen('batch 3 epochs 2 validate 0.25\n  draw with replacement'),
      'other',
      ...ids(),
      '--resume',
    );
    expect(drawn.err).toContain('the saved training has draw none, this one replacement');
  });

  it('takes all of them at once', async () => {
    const { err, value } = await trained(seen('batch all epochs 3'), 'all', ...ids());
    expect(err).toContain(`batches of ${count}`);
    expect(value('times')).toEqual(numbers.map(() => 3));
    const less = await trained(seen('batch all epochs 3 validate 0.5'), 'half', ...ids());
    expect(less.err).toContain('batches of 12');
    expect(less.value('times').filter((n) => n === 3)).toHaveLength(12);
    const asked = await trained(
      seen('batch all epochs 3'),
      'asked',
      ...ids(),
      '--batch',
      '5',
      '--limit',
      '10',
    );
    expect(asked.err).toContain('batches of 5');
  });

  it('gives all of them to each step of one clause', async () => {
    const text = seen('batch 6 epochs 2').replace('(id[n] == k)', '(id[n] == k), batch all, steps 2');
    const { value } = await trained(text, 'clause', ...ids());
    // All samples are one step of the recipe.
    expect(value('times')).toEqual(numbers.map(() => 4));
  });

  it('draws each of them from all', async () => {
    const { value } = await trained(seen('batch 1 epochs 200\n  draw with replacement'), 'drawn', ...ids());
    const times = value('times');
    expect(times.reduce((sum, n) => sum + n, 0)).toBe(200 * count);
    // Binomial with mean 200 and deviation 13.8.
    for (const n of times) expect(Math.abs(n - 200)).toBeLessThan(70);
    const deviation = Math.sqrt(times.reduce((sum, n) => sum + (n - 200) ** 2, 0) / count);
    expect(deviation).toBeGreaterThan(6);
    const once = await trained(seen('batch all epochs 1\n  draw with replacement'), 'bootstrap', ...ids());
    expect(once.value('times').filter((n) => n === 0).length).toBeGreaterThan(2);
    await trained(seen('batch 1 epochs 120\n  draw with replacement'), 'redrawn', ...ids());
    const resumed = await trained(
      seen('batch 1 epochs 200\n  draw with replacement'),
      'redrawn',
      ...ids(),
      '--resume',
    );
    expect(resumed.value('times')).toEqual(times);
  });

  it('is said where there are too few', async () => {
    const said = await train(seen('batch all epochs 1 validate 0.5'), 'few', ...ids(), '--limit', '1');
    expect(said.code).toBe(2);
    expect(said.err).toContain('validate 0.5: of 1 sample none would be left to train with');
    const none = await train(
      passing('epochs 1 validate 0.5').replace('input id: f32[B]', 'input id: f32[4]'),
      'none',
      ...ids(),
    );
    expect(none.err).toContain('takes no samples');
    const without = await train(seen('batch all epochs 1 validate 0.5'), 'without');
    expect(without.err).toContain('input id is missing: give --data id=FILE');
  });
});
