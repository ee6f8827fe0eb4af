/** Recipes of several clauses: in order, together, with steps, batches and noise of their own; updates that are no gradient step. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensorsFile } from '../../src/data/tensor-files.ts';
import { nnc, type Said, scratch } from './command-line.ts';

const { at, remove } = scratch();
afterAll(remove);

beforeAll(() => {
  const rows = Array.from({ length: 24 }, (_, k) => [Math.sin(k), Math.cos(3 * k), k % 2].join(','));
  writeFileSync(at('points.csv'), `a,b,t\n${rows.join('\n')}\n`);
  const signs = Array.from({ length: 16 }, (_, k) => {
    const [a, b] = [Math.sin(5 * k), Math.cos(7 * k)];
    return [a, b, a - 2 * b > 0 ? 1 : -1].join(',');
  });
  writeFileSync(at('signs.csv'), `a,b,t\n${signs.join('\n')}\n`);
});

/** Trains the text on the processor and gives what is saved. */
async function trained(
  text: string,
  folder: string,
  ...args: readonly string[]
): Promise<Said & { readonly value: (name: string) => readonly number[] }> {
  writeFileSync(at(`${folder}.nn`), text);
  const device = args.includes('--device') ? [] : ['--device', 'cpu'];
  const said = await nnc('train', at(`${folder}.nn`), '--save', at(folder), ...device, ...args);
  expect(said.code, said.err).toBe(0);
  const { tensors } = readSafetensorsFile(at(`${folder}/checkpoint.safetensors`));
  return { ...said, value: (name) => [...tensors.get(name)!.data].map(Number) };
}

const points = () => ['--data', `x=${at('points.csv')}#a,b`, '--data', `t=${at('points.csv')}#t`];

const saddle = (recipe: string): string => `
model xy {
  param x: f32 init 1.0
  param y: f32 init 1.0
  loss V = x * y
  metric radius = sqrt(x * x + y * y)
}
train xy { ${recipe}
  epochs 1000
}`;

const players = `maximize V over y with sgd(lr = 0.1)
  minimize V over x with sgd(lr = 0.1)`;

describe('min x max y of xy, at rate 0.1 from (1, 1)', () => {
  it('grows where both players see the old values', async () => {
    const { value } = await trained(saddle(`together { ${players} }`), 'together');
    expect(Math.hypot(...value('x'), ...value('y'))).toBeCloseTo(204.74, 1);
  });

  it('stays near where one sees what the other wrote, on both targets', async () => {
    const { value } = await trained(saddle(players), 'turns', '--log', at('turns.csv'));
    const rows = readFileSync(at('turns.csv'), 'utf8').trim().split('\n').slice(1);
    const radii = rows.map((row) => Number(row.split(',')[4]));
    expect(radii).toHaveLength(1000);
    expect(Math.min(...radii)).toBeCloseTo(Math.SQRT2, 2);
    expect(Math.max(...radii)).toBeCloseTo(1.487, 2);
    const software = await trained(saddle(players), 'turns2', '--device', 'software', '--epochs', '50');
    const short = await trained(saddle(players), 'turns3', '--epochs', '50');
    expect(software.value('x')[0]).toBeCloseTo(short.value('x')[0]!, 5);
    expect(value('x')).not.toEqual(short.value('x'));
  });
});

describe('the moment of what is reported', () => {
  const text = (recipe: string): string => `
model two {
  param x: f32 init 1.0
  param y: f32 init 1.0
  loss V = x * y
  loss W = (x - 3 * y)**2
  loss U = x + 2 * y
  metric S = x - y
}
train two { ${recipe}
  epochs 4
}`;
  const logged = async (recipe: string, folder: string): Promise<readonly (readonly number[])[]> => {
    await trained(text(recipe), folder, '--log', at(`${folder}.csv`));
    const [head, ...rows] = readFileSync(at(`${folder}.csv`), 'utf8')
      .trim()
      .split('\n');
    const columns = ['V', 'W', 'U', 'S'].map((name) => head!.split(',').indexOf(name));
    return rows.map((row) => columns.map((column) => Number(row.split(',')[column])));
  };
  const close = (found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void => {
    expect(found).toHaveLength(expected.length);
    for (const [k, row] of expected.entries()) {
      for (const [column, value] of row.entries()) expect(found[k]![column]).toBeCloseTo(value, 4);
    }
  };

  it('of clauses in turns is that of the first one with this loss, the last of its runs, before its update', async () => {
    const found = await logged(
      `maximize V over y with sgd(lr = 0.1)
       minimize W over x with sgd(lr = 0.1), steps 2
       minimize V over x with sgd(lr = 0.1)`,
      'moments',
    );
    let [x, y] = [1, 1];
    const rows = Array.from({ length: 4 }, () => {
      const [V, U, S] = [x * y, x + 2 * y, x - y];
      y += 0.1 * x;
      x -= 0.2 * (x - 3 * y);
      const W = (x - 3 * y) ** 2;
      x -= 0.2 * (x - 3 * y);
      x -= 0.1 * y;
      return [V, W, U, S];
    });
    close(found, rows);
  });

  it('of what is done together is before all updates', async () => {
    const found = await logged(
      'together { minimize W over x with sgd(lr = 0.1); maximize V over y with sgd(lr = 0.1) }',
      'together-moments',
    );
    let [x, y] = [1, 1];
    const rows = Array.from({ length: 4 }, () => {
      const row = [x * y, (x - 3 * y) ** 2, x + 2 * y, x - y];
      [x, y] = [x - 0.2 * (x - 3 * y), y + 0.1 * x];
      return row;
    });
    close(found, rows);
  });
});

const game = (recipe: string): string => `
optimizer tell(lr = 1.0) {
  state at = 0
  state seen = 0
  at <- 1.0 * step
  seen <- seen + g
  w <- w + 0 * lr
}
model m {
  input x: f32[B, 2]
  target t: f32[B]
  param a: f32 init zeros
  param b: f32 init zeros
  loss la = a * sum(x[:, 0]) + sum(0 * t)
  loss lb = b * sum(x[:, 0]) + a
}
train m { ${recipe}
  batch 4 epochs 2
}`;

describe('a clause', () => {
  it('counts its own steps, and has samples of its own in each', async () => {
    const { value } = await trained(
      game('minimize la over a with tell(), steps 3\n  minimize lb over b with tell()'),
      'steps',
      '--no-shuffle',
      ...points(),
    );
    // 24 samples are two blocks of 12: twice two steps of the recipe.
    expect([value('tell.at.a'), value('tell.at.b')]).toEqual([[12], [4]]);
    const first = Array.from({ length: 24 }, (_, k) => Math.sin(k));
    const sum = (list: readonly number[]): number => list.reduce((s, v) => s + v, 0);
    expect(value('tell.seen.a')[0]).toBeCloseTo(2 * sum(first), 4);
    expect(value('tell.seen.b')[0]).toBeCloseTo(2 * sum([...first.slice(0, 4), ...first.slice(12, 16)]), 4);
  });

  it('may take fewer samples than the recipe', async () => {
    const { value } = await trained(
      game('minimize la over a with tell(), batch 6\n  minimize lb over b with tell(), steps 2, batch 2'),
      'sizes',
      '--no-shuffle',
      ...points(),
    );
    expect([value('tell.at.a'), value('tell.at.b')]).toEqual([[8], [16]]);
    const first = Array.from({ length: 24 }, (_, k) => Math.sin(k));
    const seen = first.filter((_, k) => k % 6 < 4).reduce((s, v) => s + v, 0);
    expect(value('tell.seen.b')[0]).toBeCloseTo(2 * seen, 4);
  });

  it('has the correction of adam right in each of its steps', async () => {
    const text = `model m {
  param a: f32 init zeros
  param b: f32 init zeros
  loss la = 3 * a
  loss lb = 3 * b
}
train m {
  maximize la over a with adam(lr = 0.01), steps 5
  minimize lb over b with adam(lr = 0.01)
  epochs 4
}`;
    const { value } = await trained(text, 'corrected');
    // A gradient that never changes moves by the rate in each step, from the first on.
    expect(value('a')[0]).toBeCloseTo(0.2, 5);
    expect(value('b')[0]).toBeCloseTo(-0.04, 6);
  });

  it('sees what the one before it wrote', async () => {
    const order = (recipe: string, folder: string) =>
      trained(
        `model m {
  param a: f32 init 1.0
  param b: f32 init 0.0
  loss la = a
  loss lb = a * b
}
train m { ${recipe} }`,
        folder,
      );
    const clauses = 'minimize la over a with sgd(lr = 0.25)\n  minimize lb over b with sgd(lr = 1.0)';
    expect((await order(clauses, 'after')).value('b')).toEqual([-0.75]);
    expect((await order(`together { ${clauses} }`, 'at-once')).value('b')).toEqual([-1]);
  });

  it('draws noise of its own in each step, the same when it is resumed', async () => {
    const noisy = (epochs: number): string => `model m {
  input x: f32[B, 2]
  param a: f32 init zeros
  param b: f32[2] init zeros
  enc = Dense(2)
  z = normal[2]
  loss la = a * z[0] + 0 * sum(x)
  loss lb = sum(b * z) + mean(dropout(x |> enc, 0.5)**2)
}
train m {
  maximize la over a with sgd(lr = 1), steps 2, batch 3
  minimize lb over b, enc with adam(lr = 0.1)
  batch 4 epochs ${epochs}
}`;
    const data = ['--data', `x=${at('points.csv')}#a,b`];
    const whole = await trained(noisy(4), 'whole', ...data);
    expect(new Set([...whole.value('a'), ...whole.value('b')].map(Math.abs)).size).toBe(3);
    await trained(noisy(2), 'parts', ...data);
    const resumed = await trained(noisy(4), 'parts', ...data, '--resume');
    for (const name of ['a', 'b', 'enc.W', 'adam.m.b', 'adam.v.enc.W'])
      expect(resumed.value(name)).toEqual(whole.value(name));
  });

  it('may train what another one trains too, if one says so, with states of their own', async () => {
    const { value } = await trained(
      `optimizer tell() {
  state seen = 0
  seen <- seen + g
  w <- w + 0.5
}
model m {
  param a: f32 init zeros
  loss la = 2 * a
  loss lb = 3 * a
}
train m {
  minimize la with tell()
  minimize lb over a with tell()
}`,
      'shared',
    );
    expect([value('a'), value('tell.seen.a'), value('tell_2.seen.a')]).toEqual([[1], [2], [3]]);
  });
});

it('a state is written by the first part whose loss passes by its layer', async () => {
  const text = (first: string): string => `layer Counting(x: f32[B, C]) -> f32[B, C] {
  state passes: f32 init zeros
  y = 2 * x
  passes <- passes + 1 + 0 * sum(y)
  return y
}
model m {
  input x: f32[B, 2]
  enc = Counting()
  dec = Counting()
  param a: f32 init zeros
  param b: f32 init zeros
  loss la = a * sum(x |> enc)
  loss lb = b * sum(x |> dec) + 0 * la
}
train m { ${first}
  minimize lb over b with sgd(), steps 2
  batch 4 }`;
  const { value } = await trained(
    text('minimize la over a with sgd(), steps 3'),
    'states',
    '--data',
    `x=${at('points.csv')}#a,b`,
  );
  // Two steps of the recipe in an epoch of 24 samples.
  expect([value('enc.passes'), value('dec.passes')]).toEqual([[6], [4]]);
});

describe('an update that is no gradient step', () => {
  it("is the perceptron's rule", async () => {
    const { value } = await trained(
      `model perceptron {
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
  batch 1 epochs 40
}`,
      'perceptron',
      '--no-shuffle',
      '--data',
      `x=${at('signs.csv')}#a,b`,
      '--data',
      `t=${at('signs.csv')}#t`,
    );
    const w = [0, 0];
    let b = 0;
    for (let epoch = 0; epoch < 40; epoch++) {
      for (let k = 0; k < 16; k++) {
        const x = [Math.fround(Math.sin(5 * k)), Math.fround(Math.cos(7 * k))] as const;
        const t = x[0] - 2 * x[1] > 0 ? 1 : -1;
        if (t * (b + w[0]! * x[0] + w[1]! * x[1]) > 0) continue;
        for (const i of [0, 1]) w[i] = Math.fround(w[i]! + t * x[i]!);
        b += t;
      }
    }
    expect(value('b')).toEqual([b]);
    for (const i of [0, 1]) expect(value('w')[i]).toBeCloseTo(w[i]!, 4);
  });

  it('averages all weights of a layer, below its name', async () => {
    const { value } = await trained(
      `optimizer up() { w <- w + 1 + 0 * g }
layer Net(x: f32[..., I]) -> f32[..., 1] { return x |> Dense(3) |> tanh |> Dense(1) }
model m {
  input x: f32[B, 2]
  target t: f32[B]
  net = Net()
  slow = Net()
  y = x |> net
  output smooth = x |> slow
  loss = mse(y[:, 0], t)
}
train m {
  slow <- if step == 1 then net else slow
  minimize loss over net with up()
  slow <- slow + (net - slow) / (step + 1)
  batch 24 epochs 1
}`,
      'average',
      ...points(),
    );
    for (const name of ['Dense_1.W', 'Dense_1.b', 'Dense_2.W', 'Dense_2.b']) {
      const slow = value(`slow.${name}`);
      // The mean of the first weights and of those that are larger by 1.
      value(`net.${name}`).forEach((w, k) => void expect(slow[k]).toBeCloseTo(w - 0.5, 5));
    }
  });
});

const twoColumns = (): readonly string[] => ['--data', `x=${at('points.csv')}#a,b`];
const first = Array.from({ length: 24 }, (_, k) => Math.sin(k));
const second = Array.from({ length: 24 }, (_, k) => Math.cos(3 * k));

describe('the older zoo', () => {
  it('stores patterns as Hopfield does', async () => {
    const { value } = await trained(
      `model hopfield {
  input x: f32[B, 2]
  param W: f32[2, 2] init zeros
  s = sign(x)
  recalled[n, i] = sign(sum[j] W[i, j] * s[n, j])
  metric wrong = mean(recalled != s)
}
train hopfield { W[i, j] <- W[i, j] + (if i == j then 0 else mean[n] s[n, i] * s[n, j])
  batch 24 }`,
      'hopfield',
      ...twoColumns(),
    );
    const mean = first.reduce((sum, a, k) => sum + Math.sign(a) * Math.sign(second[k]!), 0) / 24;
    [0, mean, mean, 0].forEach((w, k) => void expect(value('W')[k]).toBeCloseTo(w, 5));
  });

  it('orders units as Kohonen does', async () => {
    const { value } = await trained(
      `model kohonen {
  input x: f32[B, 2]
  param W: f32[5, 2] init zeros
  best = argmin[k] sum[d] (W[k, d] - x[0, d])**2
}
train kohonen {
  W[k, d] <- W[k, d] + 0.5 * exp(-0.1 * step) * exp(-0.5 * (k - best)**2) * (x[0, d] - W[k, d])
  batch 1 epochs 2
}`,
      'kohonen',
      '--no-shuffle',
      ...twoColumns(),
    );
    const W = Array.from({ length: 5 }, () => [0, 0] as [number, number]);
    for (let step = 1; step <= 48; step++) {
      const [a, b] = [first[(step - 1) % 24]!, second[(step - 1) % 24]!];
      const distances = W.map(([u, v]) => (u - a) ** 2 + (v - b) ** 2);
      const best = distances.indexOf(Math.min(...distances));
      W.forEach((w, k) => {
        const rate = 0.5 * Math.exp(-0.1 * step) * Math.exp(-0.5 * (k - best) ** 2);
        w[0] += rate * (a - w[0]);
        w[1] += rate * (b - w[1]);
      });
    }
    W.flat().forEach((w, k) => void expect(value('W')[k]).toBeCloseTo(w, 4));
  });

  it('teaches a restricted Boltzmann machine its patterns by contrastive divergence', async () => {
    const patterns = ['1,1,0,0', '0,0,1,1'];
    writeFileSync(
      at('patterns.csv'),
      `${Array.from({ length: 16 }, (_, k) => patterns[k % 2]).join('\n')}\n`,
    );
    const machine = (deviation: number): string => `model boltzmann {
  input v: f32[B, 4]
  param W: f32[4, 3] init normal(std = ${deviation})
  param a: f32[4] init zeros
  param c: f32[3] init zeros
  p[n, j] = sigmoid(c[j] + sum[i] W[i, j] * v[n, i])
  h = bernoulli(p)[B, 3]
  again[n, i] = sigmoid(a[i] + sum[j] W[i, j] * h[n, j])
  q[n, j] = sigmoid(c[j] + sum[i] W[i, j] * again[n, i])
}
train boltzmann {
  together {
    W[i, j] <- W[i, j] + 0.2 * mean[n] (v[n, i] * p[n, j] - again[n, i] * q[n, j])
    a[i] <- a[i] + 0.2 * mean[n] (v[n, i] - again[n, i])
    c[j] <- c[j] + 0.2 * mean[n] (p[n, j] - q[n, j])
  }
  batch 16 epochs 1000
}`;
    const rows = ['--data', `v=${at('patterns.csv')}#0-3`];
    // At 0 every unit is on in half of all cases, whatever is drawn, and each pattern is shown in half of them.
    const once = await trained(machine(0), 'boltzmann-once', ...rows, '--epochs', '1');
    for (const name of ['W', 'a', 'c'])
      expect(
        once.value(name).every((w) => Math.abs(w) < 1e-7),
        name,
      ).toBe(true);
    const { value } = await trained(machine(0.1), 'boltzmann', ...rows);
    const [W, a, c] = [value('W'), value('a'), value('c')];
    // What the machine says of each state: exp(a v) prod_j (1 + exp(c_j + v W_j)), over their sum.
    const weights = Array.from({ length: 16 }, (_, state) => {
      const v = [8, 4, 2, 1].map((bit): number => ((state & bit) > 0 ? 1 : 0));
      const hidden = c.map((cj, j) =>
        Math.log1p(Math.exp(cj + v.reduce((s, vi, i) => s + vi * W[3 * i + j]!, 0))),
      );
      return Math.exp(v.reduce((s, vi, i) => s + vi * a[i]!, 0) + hidden.reduce((s, x) => s + x, 0));
    });
    const total = weights.reduce((s, w) => s + w, 0);
    for (const pattern of [0b1100, 0b0011]) expect(weights[pattern]! / total).toBeGreaterThan(0.35);
  });

  it('keeps a gradient for each example (SAGA), and ends at the closed form', async () => {
    writeFileSync(at('ids.csv'), `id\n${first.map((_, k) => k).join('\n')}\n`);
    const { value } = await trained(
      `model saga {
  input x: f32[B, 2]
  input id: i32[B]
  param w: f32 init zeros
  state table: f32[24] init zeros
  g = (w * x[0, 0] - x[0, 1]) * x[0, 0]
  metric error = mean((w * x[:, 0] - x[:, 1])**2)
}
train saga {
  together {
    w <- w - 0.3 * (g - table[id[0]] + mean(table))
    table[n] <- if n == id[0] then g else table[n]
  }
  batch 1 epochs 40
}`,
      'saga',
      ...twoColumns(),
      '--data',
      `id=${at('ids.csv')}#id`,
    );
    const best =
      first.reduce((sum, a, k) => sum + a * second[k]!, 0) / first.reduce((sum, a) => sum + a * a, 0);
    expect(value('w')[0]).toBeCloseTo(best, 4);
  });

  it('optimises an input: a parameter, while the network stays', async () => {
    const { value } = await trained(
      `model dream {
  param picture: f32[1, 4] init constant(0.1)
  net = Dense(2)
  y = picture |> net
  loss = mse(y, stop_gradient(0 * y + 1))
}
train dream { minimize loss over picture with sgd(lr = 0.5)
  epochs 300 }`,
      'dream',
    );
    const [W, p] = [value('net.W'), value('picture')];
    for (const o of [0, 1]) {
      const y = value('net.b')[o]! + p.reduce((sum, v, i) => sum + v * W[4 * o + i]!, 0);
      expect(y).toBeCloseTo(1, 2);
    }
  });
});

it('labels that are drawn once are wrong in every epoch, and others that are drawn anew', async () => {
  writeFileSync(at('numbers.csv'), `${first.map((_, k) => k).join('\n')}\n`);
  const { value, out } = await trained(
    `layer WrongLabels(samples: int, classes: int, rate = 0.1) (t: i32[B], id: i32[B]) -> i32[B] {
  frozen u: f32[samples] init uniform
  frozen v: f32[samples] init uniform
  return y[b] = if training and u[id[b]] < rate then i32(classes * v[id[b]]) else t[b]
}
model m {
  input id: i32[B]
  target t: i32[B]
  param always: f32[24] init zeros
  param fresh: f32[24] init zeros
  wrong = WrongLabels(24, 4, 0.5)(t, id) != t
  anew = noisy_labels(t, 4, 0.5) != t
  metric rate = mean(wrong)
}
train m {
  together {
    always[k] <- always[k] + sum[n] (id[n] == k and wrong[n])
    fresh[k] <- fresh[k] + sum[n] (id[n] == k and anew[n])
  }
  batch 4 epochs 20
}`,
    'wrong-labels',
    ...['--data', `id=${at('numbers.csv')}#0`, '--data', `t=${at('points.csv')}#t`],
    ...['--eval', `id=${at('numbers.csv')}#0`, '--eval', `t=${at('points.csv')}#t`],
  );
  const always = value('always');
  expect(new Set(always)).toEqual(new Set([0, 20]));
  const u = value('WrongLabels_1.u');
  // A class that is drawn may be the right one.
  for (const [k, times] of always.entries()) if (times > 0) expect(u[k]).toBeLessThan(0.5);
  expect(value('fresh').filter((n) => n > 0 && n < 20)).toHaveLength(24);
  expect(out).toContain('eval rate = 0.000');
});

describe('a recipe', () => {
  const several = `fn decayed(g, w, rate = 0.1) = g + rate * w
model m {
  param a: f32 init 2.0
  loss = a
}
train m as slow { minimize loss with sgd(lr = 0.25) }
train m as fast { minimize loss with sgd(lr = 1) }
train m as decaying { minimize loss with decayed(rate = 0.5) |> sgd(lr = 0.25) }`;

  it('is chosen by its name, the first where none is named', async () => {
    expect((await trained(several, 'first')).value('a')).toEqual([1.75]);
    expect((await trained(several, 'fast', '--recipe', 'fast')).value('a')).toEqual([1]);
    const wrong = await nnc('train', at('fast.nn'), '--recipe', 'fats', '--device', 'cpu');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('did you mean fast?');
    const other = await nnc('train', at('fast.nn'), '--save', at('fast'), '--resume', '--device', 'cpu');
    expect(other).toMatchObject({ code: 2 });
  });

  it('gives functions of the gradient the weight, too', async () => {
    expect((await trained(several, 'decaying', '--recipe', 'decaying')).value('a')).toEqual([1.5]);
  });

  it('has a schedule by epoch, whose first rate is the one that is given', async () => {
    const text = `optimizer climb(lr = 1.0) { w <- w + lr + 0 * g }
model m {
  input x: f32[B, 2]
  param a: f32 init zeros
  loss = a + 0 * sum(x)
}
train m { minimize loss with climb(lr = step_decay(8, factor = 0.5, every = 1, at = epoch)), steps 2
  batch 6 epochs 3 }`;
    // Two steps of the recipe in an epoch, and two of the clause in each.
    const { value } = await trained(text, 'by-epoch', ...twoColumns());
    expect(value('a')).toEqual([4 * (8 + 4 + 2)]);
    await trained(text, 'by-parts', ...twoColumns(), '--epochs', '1');
    const resumed = await trained(text, 'by-parts', ...twoColumns(), '--resume');
    expect(resumed.value('a')).toEqual(value('a'));
  });

  it('ends after so many steps, and goes on from there', async () => {
    const text = (steps: number): string => `optimizer count() { w <- w + 1 + 0 * g }
model m {
  input x: f32[B, 2]
  param a: f32 init zeros
  loss = a + 0 * sum(x)
}
train m { minimize loss with count()
  batch 6 steps ${steps} }`;
    expect((await trained(text(10), 'ten', ...twoColumns())).value('a')).toEqual([10]);
    expect((await trained(text(10), 'ten', ...twoColumns(), '--resume')).value('a')).toEqual([10]);
    expect((await trained(text(13), 'ten', ...twoColumns(), '--resume')).value('a')).toEqual([13]);
    expect((await trained(text(8), 'eight', ...twoColumns())).value('a')).toEqual([8]);
  });
});

it('says what a step does, in order, and compiles each part of it', async () => {
  writeFileSync(at('said.nn'), game('minimize la over a with tell(), steps 3\n  b <- 0.5 * b, batch 2'));
  const { out } = await nnc('check', at('said.nn'));
  expect(out).toContain('recipe\n  minimize la over a with tell, 3 steps\n  b <- …, 1 step of 2 samples\n');
  const dump = (...args: readonly string[]) =>
    nnc('dump', at('said.nn'), '--stage', 'backward', '--set', 'B=4', ...args);
  expect((await dump('--purpose', 'train')).out).toContain('update %a <-');
  const part = await dump('--clause', '2');
  expect(part.out).toContain('update %b <-');
  expect(part.out).not.toContain('update %a <-');
  const none = await dump('--clause', '3');
  expect(none).toMatchObject({ code: 2 });
  expect(none.err).toContain('a step of m has 2 clauses');
});

describe('a rate for each part', () => {
  const text = (slow: number, fast: number): string => `
model parts {
  input x: f32[B, 2]
  target t: f32[B]
  freeze middle
  enc = Dense(3)
  middle = Dense(3)
  head = Dense(1)
  y = x |> enc |> tanh |> middle |> tanh |> head
  loss = mse(y[:, 0], t)
}
train parts {
  together {
    minimize loss over enc with sgd(lr = ${slow})
    minimize loss over head with sgd(lr = ${fast})
  }
  batch 24  epochs 1
}`;
  const paths = ['enc.W', 'enc.b', 'middle.W', 'middle.b', 'head.W', 'head.b'];

  it('moves each by its own, and what is frozen not at all', async () => {
    const run = (slow: number, fast: number, folder: string) =>
      trained(text(slow, fast), folder, ...points(), '--no-shuffle', '--seed', '3');
    const start = await run(0, 0, 'still');
    const equal = await run(0.125, 0.125, 'equal');
    const apart = await run(0.03125, 0.5, 'apart');
    const moved = ({ value }: Awaited<ReturnType<typeof trained>>, path: string): readonly number[] =>
      value(path).map((w, k) => w - start.value(path)[k]!);
    for (const path of paths) {
      const times = path.startsWith('middle') ? 0 : path.startsWith('enc') ? 0.25 : 4;
      const [by, from] = [moved(apart, path), moved(equal, path)];
      for (const [k, step] of from.entries()) expect(by[k]).toBeCloseTo(times * step, 6);
      expect(Math.max(...from.map(Math.abs)) > 1e-4, path).toBe(times !== 0);
    }
  });
});
