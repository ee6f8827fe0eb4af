/**
 * Programs in which a value is read at another point than the one at hand: a sum over it, a shift, a constant or
 * transposed position. Each has two equal extents or few rows, so that a producer seems to fit into the kernel of its
 * reader. Every stage says the same, for both classes of adapters, and the device gives the numbers worked out by hand.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import { lower, type Purpose } from '../../compiler/lower/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import type { Device } from '../../runtime/device.ts';
import { elementCount } from '../../runtime/extents.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { programOf } from '../prelude/program.ts';
import { executeOn, expectDeviceAgrees } from '../support/execute.ts';
import { tensor } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const classes = ['hardware', 'software', 'cpu'] as const;
/** The processor computes the numbers themselves. */
const targets = [defaultTargets.hardware, defaultTargets.software];

interface Known {
  readonly text: string;
  readonly purpose?: Purpose;
  readonly bindings?: Readonly<Record<string, number>>;
  readonly feeds: Readonly<Record<string, Tensor64>>;
  readonly results: Readonly<Record<string, readonly number[]>>;
}

const known: Readonly<Record<string, Known>> = {
  'differences of neighbours beside the values': {
    text: `model a {
  input x: f32[N]
  y[i] = x[i] * x[i]
  output d[i] = y[i] - (y[i - 1] else 0)
  output r[i] = y[i] * 2
}`,
    bindings: { N: 6 },
    feeds: { x: tensor([6], [1, 2, 3, 4, 5, 6]) },
    results: { d: [1, 3, 5, 7, 9, 11], r: [2, 8, 18, 32, 50, 72] },
  },
  'a running sum beside its terms': {
    text: `model b {
  input x: f32[N]
  output s = x * x
  output running[i: N] = sum[j where j <= i] s[j]
  output y = running / x
}`,
    bindings: { N: 4 },
    feeds: { x: tensor([4], [1, 2, 3, 4]) },
    results: { s: [1, 4, 9, 16], running: [1, 5, 14, 30], y: [1, 2.5, 14 / 3, 7.5] },
  },
  'the gradient of a maximum of all pairs': {
    text: `model c {
  input z: f32[4]
  t[k: 4] = max[i] z[i] * z[k]
  loss = sum(t)
}`,
    purpose: { kind: 'gradient', wrt: ['z'] },
    feeds: { z: tensor([4], [0.25, -1.5, 3, 0.5]) },
    results: { 'd.z': [3, -3, 6.75, 3] },
  },
  'an outer product, summed over its rows': {
    text: `model d {
  input g: f32[5, 1]
  input W: f32[1, 5]
  d[b, j] = g[b, 0] * W[0, j]
  output s[j] = sum[b] d[b, j]
  output e = 2 * d
}`,
    feeds: { g: tensor([5, 1], [1, 2, 3, 4, 5]), W: tensor([1, 5], [1, 10, 100, 1000, 10000]) },
    results: {
      s: [15, 150, 1500, 15000, 150000],
      e: [1, 2, 3, 4, 5].flatMap((b) => [1, 10, 100, 1000, 10000].map((w) => 2 * b * w)),
    },
  },
  'a value at a constant position, and its sum': {
    text: `model f {
  input x: f32[3]
  y[b: 3] = b * x[b]
  output s = sum[a] y[a]
  output q[b: 3] = y[1] * x[b]
  output r = y[2]
}`,
    feeds: { x: tensor([3], [1, 2, 3]) },
    results: { s: [8], q: [2, 4, 6], r: [6] },
  },
};

describe.each(Object.entries(known))('%s', (_, { text, purpose = { kind: 'run' }, ...given }) => {
  const bindings = new Map(Object.entries(given.bindings ?? {}));
  const lowered = lower(programOf(text, { bindings }), purpose);
  const feeds = new Map(Object.entries(given.feeds));

  test('every stage gives the numbers', () => {
    const { results } = evaluateGraph(differentiate(lowered), feeds);
    for (const [name, numbers] of Object.entries(given.results)) {
      expect([...results.get(name)!.data], name).toEqual(numbers);
    }
    expect(firstFault(lowered, targets, feeds)).toBeUndefined();
  });
  test.each(classes)('so does the device with kernels for %s', async (kind) => {
    const found = await executeOn(open.device!, lowered, feeds, kind);
    for (const [name, numbers] of Object.entries(given.results)) {
      const data = [...found.get(name)!.data];
      expect(data, name).toHaveLength(numbers.length);
      numbers.forEach((x, k) => {
        expect(Math.abs(data[k]! - x), `${name} at ${k}: ${data[k]}, not ${x}`).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(x)),
        );
      });
    }
  });
});

describe('a layer that is used twice, the second time beside what it gave', () => {
  const text = `model e {
  input x: f32[B, 1]
  target t: f32[B, 1]
  u = Dense(16)
  w = Dense(16)
  h1 = x |> u |> tanh
  h2 = tanh(u(x) + w(h1))
  output h = h2
  loss = mse(h2 |> Dense(1), t)
}
train e { minimize loss with sgd(lr = 0.1) }`;
  const cases = [1, 4, 32].flatMap((batch) =>
    (['run', 'train', 'gradient'] as const).map((kind) => ({ batch, kind })),
  );
  test.each(cases)('of $batch samples, $kind', async ({ batch, kind }) => {
    const bindings = new Map([['B', batch]]);
    const program = programOf(text, { bindings, training: kind === 'train' });
    const lowered = lower(program, { kind });
    const random = randomSource(batch);
    const feeds = new Map(
      lowered.nodes.flatMap(({ kind, name, indices }): readonly (readonly [string, Tensor64])[] => {
        if (kind === 'equation' || kind === 'gradient') return [];
        const shape = indices.map(({ extent }) => extent);
        const length = elementCount(shape);
        return [[name, { shape, data: Float64Array.from({ length }, () => random.normal()) }]];
      }),
    );
    expect(firstFault(lowered, targets, feeds)).toBeUndefined();
    for (const kind of classes) await expectDeviceAgrees(open.device!, lowered, feeds, { kind });
  });
});
