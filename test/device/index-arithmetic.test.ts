/** Programs whose indices and integers go to the ends of 32 bits: right on the device, for both classes of kernels, and on the processor. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { graphOf } from '../prelude/harness.ts';
import { executeOn } from '../support/execute.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const vector = (...data: readonly number[]): Tensor64 => ({
  shape: [data.length],
  data: Float64Array.from(data),
});
const count = (n: number): Tensor64 => vector(...Array.from({ length: n }, (_, k) => k + 1));

interface Program {
  readonly title: string;
  readonly text: string;
  readonly feeds: Readonly<Record<string, Tensor64>>;
  /** By the definition of the equations. */
  readonly expected: Readonly<Record<string, readonly number[]>>;
}

const low = -(2 ** 31);
const high = 2 ** 31 - 1;

const programs: readonly Program[] = [
  {
    title: 'floor quotients and remainders of negative numbers',
    text: `input x: f32[4]
           output wrapped[i: 9] = x[(i - 5) % 4]
           output digits[i: 9] = x[(i - 7) / 3 + 3]
           output nested[i: 9] = x[((i - 8) / 3 - 1) % 4]
           output quotient[i: 9] = (i - 8) / 5
           output remainder[i: 9] = (i - 8) % 5`,
    feeds: { x: count(4) },
    expected: {
      wrapped: [4, 1, 2, 3, 4, 1, 2, 3, 4],
      digits: [1, 2, 2, 2, 3, 3, 3, 4, 4],
      nested: [1, 1, 2, 2, 2, 3, 3, 3, 4],
      quotient: [-2, -2, -2, -1, -1, -1, -1, -1, 0],
      remainder: [2, 3, 4, 0, 1, 2, 3, 4, 0],
    },
  },
  {
    title: 'positions at the ends of 32 bits, outside and inside',
    text: `input x: f32[3]
           output far[i: 2] = (x[i * 1073741824] else -1)
           output farther[i: 3] = (x[2147483645 + i - 2147483645] else -1)
           output before[i: 2] = (x[0 - 2147483647 * i] else -1)
           output constant = (x[4294967296] else -1)
           output guarded[i: 2] = sum[k: 2 where k * 2147483647 < 5] x[k + i]
           output wide[i: 3] = x[(i * 1000000007) % 3]
           output divided[i: 3] = x[(i * 1073741823) / 1073741823]`,
    feeds: { x: count(3) },
    expected: {
      far: [1, -1],
      farther: [1, 2, 3],
      before: [1, -1],
      constant: [-1],
      guarded: [1, 2],
      wide: [1, 3, 2],
      divided: [1, 2, 3],
    },
  },
  {
    title: 'reads outside of reads outside, whose composition leaves 32 bits',
    text: `input x: f32[4]
           y[i: 4] = (x[i * 536870912] else -1)
           output z[j: 3] = (y[j * 1073741823] else -2)
           near[i: 4] = (x[i - 1] else -1)
           output both[j: 6] = (near[j * 400000000 - 400000000] else -2)`,
    feeds: { x: count(4) },
    expected: { z: [1, -2, -2], both: [-2, -1, -2, -2, -2, -2] },
  },
  {
    title: 'indices as numbers',
    text: `output i[k: 3] = k * 1073741823
           output x[k: 3] = f32(k * 1073741823)
           output y[k: 4] = f32(k) * 1073741824
           output below[k: 3] = if k * 1073741823 - 2147483646 < 0 then 1 else 0
           output same[k: 3] = if 2147483646 - k == 2147483645 then 1.0 else 0.0`,
    feeds: {},
    expected: {
      i: [0, 1073741823, 2147483646],
      x: [0, 1073741824, 2147483648],
      y: [0, 1073741824, 2147483648, 3221225472],
      below: [1, 1, 0],
      same: [0, 1, 0],
    },
  },
  {
    title: 'integer data wraps around, also where it is made of indices',
    text: `c[i: 3] = 30000 * i
           output product[i] = c[i] * 100000
           output less[i] = if c[i] * 100000 < 5 then 1.0 else 0.0
           output total[i: 3] = sum[k: 100000] 30000 * i
           output negative[i: 3] = if (sum[k: 100000] 30000 * i) < 0 then 1.0 else 0.0
           d[i: 3] = i - i + 2147483647
           output next[i] = if d[i] + i < 0 then 1.0 else 0.0
           output squares[i: 3] = (i * 40000 + 40000) * (i + 40000)`,
    feeds: {},
    expected: {
      product: [0, 3e9 - 2 ** 32, 6e9 - 2 ** 32],
      less: [1, 1, 0],
      total: [0, 3e9 - 2 ** 32, 6e9 - 2 ** 32],
      negative: [0, 1, 0],
      next: [0, 1, 1],
      squares: [1_600_000_000, 80000 * 40001 - 2 ** 32, 120000 * 40002 - 2 ** 32].map((x) => x | 0),
    },
  },
  {
    title: 'division of integer data',
    text: `input a: i32[8]
           input b: i32[8]
           output quotient = a / b
           output remainder = a % b
           output by_zero = a / 0
           output negated = -a
           output by_index[i] = a[i] / (i - 4)
           output of_index[i] = (i - 4) % b[i]`,
    feeds: {
      a: vector(low, low, 7, -7, 7, -7, high, 0),
      b: vector(-1, 3, 2, 2, -2, -2, 0, -5),
    },
    expected: {
      quotient: [low, -715827883, 3, -4, -4, 3, 0, 0],
      remainder: [0, 1, 1, 1, -1, -1, 0, 0],
      by_zero: [0, 0, 0, 0, 0, 0, 0, 0],
      negated: [low, low, -7, 7, -7, 7, -high, 0],
      by_index: [536870912, 715827882, -4, 7, 0, -7, 1073741823, 0],
      of_index: [0, 0, 0, 1, 0, -1, 0, -2],
    },
  },
  {
    title: 'gathers, held inside or given another value',
    text: `input x: f32[3]
           input at: i32[6]
           output inside[i] = (x[at[i]] else -1)
           output shifted[i] = (x[at[i] + 1] else -1)
           output held[i] = x[max(0, min(at[i], 2))]
           output twice[i, j: 3] = (x[at[i] * j] else 0)`,
    feeds: { x: count(3), at: vector(0, 2, 3, -1, low, high) },
    expected: {
      inside: [1, 3, -1, -1, -1, -1],
      shifted: [2, -1, -1, 1, -1, -1],
      held: [1, 3, 3, 1, 1, 3],
      twice: [1, 1, 1, 1, 3, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0],
    },
  },
  {
    title: 'strides and paddings at the ends',
    text: `input x: f32[7]
           output strided[j: 4] = sum[u: 3] (x[j*2 + u - 1] else 0)
           output dilated[j: 7] = sum[u: 3] (x[j + 3*u - 3] else 0)
           output beyond[j: 3] = sum[u: 3] (x[j*7 + u*7 - 7] else 0)
           output packed[i: 3] = sum[j: 3 where j <= i] x[i * (i + 1) / 2 + j]`,
    feeds: { x: count(7) },
    expected: {
      strided: [3, 9, 15, 13],
      dilated: [5, 7, 9, 12, 7, 9, 11],
      beyond: [1, 1, 0],
      packed: [1, 5, 15],
    },
  },
];

describe.each(['software', 'hardware', 'cpu'] as const)('%s kernels', (kind) => {
  test.each(programs.map((program) => [program.title, program] as const))('%s', async (_, program) => {
    const graph = graphOf(`model m {\n${program.text}\n}`, 'run');
    const feeds = new Map(Object.entries(program.feeds));
    const { results } = evaluateGraph(differentiate(graph), feeds);
    const found = await executeOn(open.device!, graph, feeds, kind);
    for (const [name, expected] of Object.entries(program.expected)) {
      const { dtype, data } = found.get(name)!;
      const rounded = results.get(name)!.data.map((x) => (dtype === 'f32' ? Math.fround(x) : x));
      expect(Array.from(rounded), `the reference: ${name}`).toEqual(expected);
      expect(Array.from(data), `the device: ${name}`).toEqual(expected);
    }
  });
});
