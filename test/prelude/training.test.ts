/** Initialisers, dropout, optimisers, schedules and clips: graphs that draw or update. */
import { describe, expect, it, test } from 'vitest';
import { draws, evaluateWith, graphOf, scalar64, tensor64 } from './harness.ts';
import { initialiserProbes } from './initialisers.ts';
import { clipProbes, furtherOptimiserProbes, optimiserProbes, scheduleProbes } from './optimisers.ts';
import { average } from './probe.ts';

const key = scalar64(20250101);

describe.each(initialiserProbes.map((probe) => [probe.call, probe] as const))('init %s', (call, probe) => {
  const graph = graphOf(`model m {\n  param W: f32[200, 200] init ${call}\n  output y = sum(W)\n}\n`, 'init');
  const values = [...evaluateWith(graph, { key }).results.get('W')!.data];

  it('has the mean and the spread that it promises', () => {
    expect(values.length).toBe(40_000);
    const mean = average(values);
    const deviation = Math.sqrt(average(values.map((value) => (value - mean) ** 2)));
    const error = 5 * probe.deviation * Math.sqrt(1 / 40_000) + 1e-7;
    expect(Math.abs(mean - probe.mean)).toBeLessThan(error);
    expect(Math.abs(deviation - probe.deviation)).toBeLessThan(error);
    const [low, high] = probe.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-6);
    expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-6);
  });
});

describe('init orthogonal', () => {
  it.each([
    [3, 5],
    [5, 3],
    [4, 4],
    [1, 1],
    [40, 40],
  ])('has rows or columns at right angles: %i x %i', (R, C) => {
    const text = `model m {\n  param W: f32[2, ${R}, ${C}] init orthogonal\n  output y = sum(W)\n}\n`;
    const { data } = evaluateWith(graphOf(text, 'init'), { key }).results.get('W')!;
    const at = (k: number, n: number, i: number): number =>
      R <= C ? data[(k * R + n) * C + i]! : data[(k * R + i) * C + n]!;
    for (const k of [0, 1])
      for (let n = 0; n < Math.min(R, C); n++)
        for (let m = 0; m <= n; m++) {
          let product = 0;
          for (let i = 0; i < Math.max(R, C); i++) product += at(k, n, i) * at(k, m, i);
          expect(product).toBeCloseTo(n === m ? 1 : 0, 10);
        }
  });
});

describe('dropout', () => {
  const text = 'model m {\n  input x: f32[50, 40]\n  output y = dropout(x, 0.25)\n}\n';
  const x = tensor64(
    [50, 40],
    draws(5, 2000).map((u) => u + 1),
  );
  const run = (training: boolean): readonly number[] => {
    const graph = graphOf(text, 'run', { training });
    const feeds = training ? { x, key } : { x };
    return [...evaluateWith(graph, feeds).results.get('y')!.data];
  };

  it('drops a part and scales the rest while training', () => {
    const kept = run(true).map((y, k) => y / x.data[k]!);
    for (const factor of kept) expect(factor === 0 || Math.abs(factor - 4 / 3) < 1e-12).toBe(true);
    expect(average(kept)).toBeCloseTo(1, 1);
    expect(kept.filter((factor) => factor === 0).length).toBeGreaterThan(400);
  });

  it('does nothing in evaluation', () => {
    expect(run(false)).toEqual([...x.data]);
  });
});

describe('attention', () => {
  it('drops weights while training and scales the rest', () => {
    const graph = graphOf(
      `model m {
  input q: f32[20, 3]
  input k: f32[30, 3]
  unit[i: 30, j: 30] = if i == j then 1.0 else 0.0
  output a = attention_weights(q, k)
  output y = attention(q, k, unit, rate = 0.25)
}
`,
      'run',
      { training: true },
    );
    const { results } = evaluateWith(graph, {
      q: tensor64([20, 3], draws(3, 60)),
      k: tensor64([30, 3], draws(4, 90)),
      key,
    });
    const [a, y] = ['a', 'y'].map((name) => results.get(name)!.data);
    const kept = [...y!].map((value, k) => value / a![k]!);
    for (const factor of kept) expect(factor === 0 || Math.abs(factor - 4 / 3) < 1e-12).toBe(true);
    expect(average(kept)).toBeCloseTo(1, 1);
    expect(kept).toContain(0);
  });
});

describe('BatchNorm in a training step', () => {
  it.each([
    [[3, 2], (c: number) => [c, c + 2, c + 4]],
    [[1, 2, 3], (c: number) => [3 * c, 3 * c + 1, 3 * c + 2]],
    [[1, 2, 3, 1], (c: number) => [3 * c, 3 * c + 1, 3 * c + 2]],
    [[1, 2], (c: number) => [c]],
  ] as const)('keeps running means of mean and variance of %j', (shape, channel) => {
    const graph = graphOf(
      `model m {\n  input x: f32[${shape.join(', ')}]\n  n = BatchNorm(keep = 0.75)\n  loss = sum(n(x))\n}
train m {\n  minimize loss with sgd(lr = 0)\n  batch 1 epochs 1\n}\n`,
      'train',
      { training: true },
    );
    const squares = (c: number): number => (c + 1) ** 2;
    const count = shape.reduce((a: number, b) => a * b, 1);
    const { updates } = evaluateWith(graph, {
      x: tensor64(
        shape,
        Array.from({ length: count }, (_, k) => squares(k)),
      ),
      'n.gamma': tensor64([2], [1, 1]),
      'n.beta': tensor64([2], [0, 0]),
      'n.running_mean': tensor64([2], [2, -1]),
      'n.running_variance': tensor64([2], [3, 5]),
      step: scalar64(1),
    });
    for (const c of [0, 1]) {
      const x = channel(c).map(squares);
      const m = average(x);
      const unbiased =
        x.map((value) => (value - m) ** 2).reduce((a, b) => a + b, 0) / Math.max(1, x.length - 1);
      expect(updates.get('n.running_mean')!.data[c]).toBeCloseTo(0.75 * [2, -1][c]! + 0.25 * m, 12);
      expect(updates.get('n.running_variance')!.data[c]).toBeCloseTo(0.75 * [3, 5][c]! + 0.25 * unbiased, 12);
    }
  });
});

describe('a layer with state that is applied twice', () => {
  it('writes after each, and starts from what it has written', () => {
    const graph = graphOf(
      'model m {\n  input x: f32[2, 1]\n  input z: f32[3, 1]\n  n = BatchNorm(keep = 0.75)\n  loss = sum(n(x)) + sum(n(z))\n}\n' +
        'train m {\n  minimize loss with sgd(lr = 0)\n  batch 1 epochs 1\n}\n',
      'train',
      { training: true },
    );
    const { updates } = evaluateWith(graph, {
      x: tensor64([2, 1], [1, 3]),
      z: tensor64([3, 1], [4, 5, 9]),
      'n.gamma': tensor64([1], [1]),
      'n.beta': tensor64([1], [0]),
      'n.running_mean': tensor64([1], [10]),
      'n.running_variance': tensor64([1], [1]),
      step: scalar64(1),
    });
    expect(updates.get('n.running_mean')!.data[0]).toBeCloseTo(0.75 * (0.75 * 10 + 0.25 * 2) + 0.25 * 6, 12);
    expect(updates.get('n.running_variance')!.data[0]).toBeCloseTo(
      0.75 * (0.75 * 1 + 0.25 * 2) + 0.25 * 7,
      12,
    );
  });
});

describe('unscaled_dropout', () => {
  it('drops a part while training and leaves the rest as it is', () => {
    const graph = graphOf(
      'model m {\n  input x: f32[2000]\n  output y = unscaled_dropout(x, 0.25)\n}\n',
      'run',
      {
        training: true,
      },
    );
    const y = evaluateWith(graph, { x: tensor64([2000], Array(2000).fill(1)), key }).results.get('y')!.data;
    expect([...new Set(y)].sort()).toEqual([0, 1]);
    expect(average([...y])).toBeCloseTo(0.75, 1);
  });
});

/** loss = sum(a * w) has the gradient a, whatever w is. */
const linear = (recipe: string): string => `model line {
  input a: f32[3]
  param w: f32[3] init zeros
  loss = sum(a * w)
}
train line {
  minimize loss with ${recipe}
  batch 1 epochs 1
}
`;

const trainGraph = (recipe: string) => graphOf(linear(recipe), 'train', { training: true });

describe.each([...optimiserProbes, ...furtherOptimiserProbes].map((probe) => [probe.call, probe] as const))(
  '%s',
  (call, probe) => {
    it('follows its formula for three steps', () => {
      const graph = trainGraph(call);
      let weights: readonly number[] = [0.5, -1, 2];
      let states: readonly Record<string, number>[] = weights.map(() =>
        Object.fromEntries(probe.states.map((name) => [name, 0])),
      );
      for (const step of [1, 2, 3]) {
        const gradient = draws(step, 3).map((u) => 4 * u - 2);
        const stateFeeds = probe.states.map((name) => [
          `${probe.of}.${name}.w`,
          tensor64(
            [3],
            states.map((state) => state[name]!),
          ),
        ]);
        const { updates } = evaluateWith(graph, {
          a: tensor64([3], gradient),
          w: tensor64([3], weights),
          step: scalar64(step),
          ...Object.fromEntries(stateFeeds),
        });
        const expected = weights.map((w, k) => probe.follow(w, gradient[k]!, states[k]!, step));
        weights = expected.map(({ w }) => w);
        states = expected.map(({ state }) => ({ ...state }));
        for (const [k, w] of weights.entries()) expect(updates.get('w')!.data[k]).toBeCloseTo(w, 7);
        for (const name of probe.states) {
          const found = updates.get(`${probe.of}.${name}.w`)!.data;
          for (const [k, state] of states.entries()) expect(found[k]).toBeCloseTo(state[name]!, 9);
        }
      }
    });
  },
);

describe('a gradient of 1, over and over', () => {
  // How far three forms of Adam travel at a rate of 1e-3 in 1, 10, 100 and 1000 steps: numbers of a lecture.
  it.each([
    ['adam', [0.001, 0.01, 0.1, 1]],
    ['adam_constant_correction', [0.001, 0.01748, 0.1473, 0.6314]],
    ['adam_uncorrected', [0.00316, 0.0553, 0.4657, 1.997]],
  ] as const)('moves %s as far as it should', (name, distances) => {
    const graph = trainGraph(`${name}(lr = 1e-3)`);
    let [w, m, v] = [0, 0, 0];
    const found: number[] = [];
    for (let step = 1; step <= 1000; step++) {
      const { updates } = evaluateWith(graph, {
        a: tensor64([3], [1, 1, 1]),
        w: tensor64([3], [w, w, w]),
        [`${name}.m.w`]: tensor64([3], [m, m, m]),
        [`${name}.v.w`]: tensor64([3], [v, v, v]),
        step: scalar64(step),
      });
      [w, m, v] = ['w', `${name}.m.w`, `${name}.v.w`].map((key) => updates.get(key)!.data[0]!) as [
        number,
        number,
        number,
      ];
      if ([1, 10, 100, 1000].includes(step)) found.push(-w);
    }
    for (const [k, distance] of distances.entries())
      expect(Math.abs(found[k]! / distance - 1), `${found[k]}`).toBeLessThan(2e-3);
  });
});

test('nesterov on a parabola stands at the point ahead, as a lecture counts', () => {
  const graph = graphOf(
    `model parabola {
  param w: f32 init zeros
  loss = 0.5 * w**2
}
train parabola {
  minimize loss with nesterov(lr = 0.1, gamma = 0.9)
  epochs 1
}
`,
    'train',
    { training: true },
  );
  let [w, m] = [10, 0];
  const [ahead, behind]: readonly [number[], number[]] = [[], []];
  for (let step = 1; step <= 5; step++) {
    const feeds = { w: scalar64(w), 'nesterov.m.w': scalar64(m), step: scalar64(step) };
    const { updates } = evaluateWith(graph, feeds);
    [w, m] = [updates.get('w')!.data[0]!, updates.get('nesterov.m.w')!.data[0]!];
    ahead.push(w);
    behind.push(w + 0.9 * m);
  }
  for (const [k, value] of [8.1, 5.751, 3.27321].entries()) expect(ahead[k]).toBeCloseTo(value, 9);
  for (const [k, value] of [9, 7.29, 5.1759, 2.945889, 0.84499].entries())
    expect(behind[k]).toBeCloseTo(value, 5);
});

describe.each(scheduleProbes.map((probe) => [probe.call, probe] as const))('%s', (call, probe) => {
  it('gives the rate of its formula', () => {
    const graph = trainGraph(`sgd(lr = ${call})`);
    for (const step of [1, 2, 3, 4, 5, 7, 8, 9, 20]) {
      const { updates } = evaluateWith(graph, {
        a: tensor64([3], [1, 1, 1]),
        w: tensor64([3], [0, 0, 0]),
        step: scalar64(step),
      });
      expect(updates.get('w')!.data[0]).toBeCloseTo(-probe.rate(step), 9);
    }
  });
});

describe.each(clipProbes.map((probe) => [probe.call, probe] as const))('%s', (call, probe) => {
  const graph = trainGraph(`${call} |> sgd(lr = 1)`);

  it.each([[[0.3, -4, 3]], [[0.1, 0.2, -0.3]], [[0, 0, 0]]])('clips %j as it says', (gradient) => {
    const { updates } = evaluateWith(graph, {
      a: tensor64([3], gradient),
      w: tensor64([3], [0, 0, 0]),
      step: scalar64(1),
    });
    for (const [k, g] of probe.clip(gradient).entries()) {
      expect(updates.get('w')!.data[k]).toBeCloseTo(-(Number.isNaN(g) ? 0 : g), 9);
    }
  });
});
