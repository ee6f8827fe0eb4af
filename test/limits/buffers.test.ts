/** Programs that read many tensors at once: within 8, 10, 12 and 16 buffers for both classes, and right on the device. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Purpose } from '../../compiler/lower/index.ts';
import { lower } from '../../compiler/lower/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import type { Device } from '../../runtime/device.ts';
import { elementCount } from '../../runtime/extents.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { wgslOf } from '../../runtime/program.ts';
import { type CompileOptions, compileSource } from '../../src/index.ts';
import { replayed } from '../replay/networks.ts';
import { expectDeviceAgrees, type Feeds } from '../support/execute.ts';

const counts = [8, 10, 12, 16] as const;
const classes = ['hardware', 'software'] as const;

interface Wide {
  readonly text: string;
  readonly purpose: Purpose;
}

const times = <T>(n: number, make: (k: number) => T): readonly T[] =>
  Array.from({ length: n }, (_, k) => make(k));
const lines = (n: number, make: (k: number) => string): string => times(n, make).join('\n');

/** One network of `layers` dense layers: two parameters each. */
const dense = (layers: number, units: number, minimize: string): string => `model m {
  input x: f32[3, ${units}]
  target t: f32[3, ${units}]
  h0 = x
${lines(layers, (k) => `  h${k + 1} = h${k} |> Dense(${units}) |> tanh`)}
  loss = mse(h${layers}, t)
}
train m { minimize loss with ${minimize} }`;

const wide: Readonly<Record<string, Wide>> = {
  'a sum of 40 inputs': {
    text: `model m {\n${lines(40, (k) => `  input x${k}: f32[5]`)}
  output y = ${times(40, (k) => `x${k}`).join(' + ')}\n}`,
    purpose: { kind: 'run' },
  },
  'a sum of 40 products, and its gradients': {
    text: `model m {\n${lines(40, (k) => `  param w${k}: f32[7]`)}\n  input x: f32[7]
  loss = sum[i] x[i] * (${times(40, (k) => `w${k}[i] * w${(k + 1) % 40}[i]`).join(' + ')})\n}
train m { minimize loss with sgd(lr = 0.1) }`,
    purpose: { kind: 'train' },
  },
  'clip_norm over 40 parameters': {
    text: `model m {\n  input x: f32[4, 6]\n${lines(40, (k) => `  param w${k}: f32[6]`)}
${lines(40, (k) => `  y${k} = sum[b, i] x[b, i] * w${k}[i] ** 2`)}
  loss = ${times(40, (k) => `y${k}`).join(' + ')}\n}
train m { minimize loss with clip_norm(0.5) |> sgd(lr = 0.1) }`,
    purpose: { kind: 'train' },
  },
  'eight dense layers, clip_norm and momentum': {
    text: dense(8, 6, 'clip_norm(0.1) |> sgd(lr = 0.1)'),
    purpose: { kind: 'train' },
  },
  'eight dense layers, clip_norm and adam': {
    text: dense(8, 4, 'clip_norm(0.1) |> adam(lr = 0.01)'),
    purpose: { kind: 'train' },
  },
  'a weight used 40 times': {
    text: `model m {\n  param W: f32[5, 5]\n  input x: f32[3, 5]\n  h0 = x
${lines(40, (k) => `  h${k + 1}[b, o] = tanh(sum[i] h${k}[b, i] * W[i, o])`)}
  loss = sum[b, o] h40[b, o] ** 2\n}
train m { minimize loss with sgd(lr = 0.1) }`,
    purpose: { kind: 'train' },
  },
  'four steps of RK4, written out': {
    text: `fn f(y, a) = tanh(a * y)
model m {\n  input y0: f32[9]\n  param a: f32[9]\n  let h = 0.1
${lines(
  4,
  (k) => `  let p${k} = f(y${k}, a)
  let q${k} = f(y${k} + h / 2 * p${k}, a)
  let r${k} = f(y${k} + h / 2 * q${k}, a)
  let s${k} = f(y${k} + h * r${k}, a)
  y${k + 1} = y${k} + h / 6 * (p${k} + 2 * q${k} + 2 * r${k} + s${k})`,
)}
  loss = sum(y4 * y4)\n}
train m { minimize loss with sgd(lr = 0.1) }`,
    purpose: { kind: 'train' },
  },
  'a stack of 32 by `if`': {
    text: `model m {\n${lines(32, (k) => `  input x${k}: f32[3]`)}
  output y[k: 32, i] = ${times(31, (k) => `if k == ${k} then x${k}[i] else `).join('')}x31[i]\n}`,
    purpose: { kind: 'run' },
  },
  'a stack of 32 states, and what comes back through it': {
    text: `model m {\n  input x: f32[3]\n  param w: f32[3]\n  s0 = tanh(w * x)
${lines(31, (k) => `  s${k + 1} = tanh(w * s${k} + x)`)}
  y[k: 32, i] = ${times(31, (k) => `if k == ${k} then s${k}[i] else `).join('')}s31[i]
  loss = sum[k, i] (k + 1) * y[k, i] ** 2\n}
train m { minimize loss with sgd(lr = 0.1) }`,
    purpose: { kind: 'train' },
  },
};

/** Every kernel of a program, as it was made for a target. */
function checkKernels(text: string, options: CompileOptions): void {
  for (const buffers of counts) {
    for (const kind of classes) {
      const target = { ...defaultTargets[kind], storageBuffersPerStage: buffers };
      const { program } = compileSource({ name: 'm.nn', text }, { ...options, target }).compilation;
      for (const { name, bindings } of program.code.kernels) {
        expect(bindings.length, `${kind}, ${buffers} buffers: ${name}`).toBeLessThanOrEqual(buffers);
      }
      expect(wgslOf(program).requirements.storageBuffersPerStage).toBeLessThanOrEqual(buffers);
    }
  }
}

describe('every kernel binds what its target allows', () => {
  test.each(Object.keys(wide))('%s', (name) =>
    checkKernels(wide[name]!.text, { purpose: wide[name]!.purpose }),
  );

  const shipped = replayed.filter(({ file, limits }) => !file.startsWith('test/') && limits === 'guaranteed');
  test.each(shipped.map(({ file, ...network }) => [file, network] as const))('%s', (_, { text, set }) =>
    checkKernels(text, { purpose: { kind: text.includes('\ntrain ') ? 'train' : 'run' }, set }),
  );
});

describe('the numbers are right', () => {
  const open: { device?: Device } = {};
  beforeAll(async () => {
    open.device = await openNodeDevice();
  });
  afterAll(() => open.device?.close());

  describe.each(Object.keys(wide))('%s', (name) => {
    const { text, purpose } = wide[name]!;
    const { typed } = compileSource({ name: 'm.nn', text }, { purpose, target: defaultTargets.software });
    const graph = lower(typed, purpose);
    const feeds: Feeds = new Map(
      graph.nodes.flatMap((node, id) => {
        if (node.kind === 'equation' || node.kind === 'gradient') return [];
        const shape = node.indices.map(({ extent }) => extent);
        const length = elementCount(shape);
        // Squares, which an optimiser keeps, are not negative.
        const least = node.kind === 'state' ? 0 : -0.45;
        const draw = (_: unknown, k: number): number =>
          node.dtype === 'f32' ? Math.fround((((k + 1) * 7919 + id * 104_729) % 1009) / 1009 + least) : 1;
        return [[node.name, { shape, data: Float64Array.from({ length }, draw) }] as const];
      }),
    );
    test.each([...classes, 'cpu'] as const)('%s', (kind) =>
      expectDeviceAgrees(open.device!, graph, feeds, { kind }),
    );
  });
});
