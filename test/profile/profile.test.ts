import { describe, expect, test } from 'vitest';
import { fuse } from '../../compiler/fuse/index.ts';
import { workOf } from '../../compiler/fuse/work.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { compile } from '../../compiler/pipeline.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { dispatchesOf } from '../../runtime/program.ts';
import { profileOf } from '../../src/device/profile.ts';
import { compileFor } from '../../src/model/compilation.ts';
import { parseModel } from '../../src/model/model.ts';
import { checkedFor } from '../../src/model/purpose.ts';
import { nnc } from '../support/command.ts';
import { graphOf } from '../support/graphs.ts';
import { networks } from '../support/recurrences.ts';

const workOfGraph = (lines: string) => {
  const { kernels, values } = fuse(graphOf(lines), defaultTargets.hardware);
  expect(kernels).toHaveLength(1);
  return workOf(kernels[0]!, values);
};

describe('work of a kernel', () => {
  test('a matrix product: 2 m n k operations, each matrix once', () => {
    const work = workOfGraph(`  input %a[m: 8, k: 32]: f32
  input %b[k: 32, n: 16]: f32
  %c[m: 8, n: 16]: f32 = sum[k: 32] %a[m, k] * %b[k, n]
  result output %c`);
    expect(work).toEqual({ flops: 2 * 8 * 16 * 32, bytes: 4 * (8 * 32 + 32 * 16 + 8 * 16), shares: [1] });
  });

  test('an update in place reads and writes; a shared part counts once', () => {
    const work = workOfGraph(`  param %w[i: 100]: f32
  input %g[i: 100]: f32
  %w.next[i: 100]: f32 = %w[i] - 0.1 * (%g[i] * %g[i])
  update %w <- %w.next`);
    expect(work.flops).toBe(300);
    expect(work.bytes).toBe(4 * 300);
  });

  test('integers and positions are no operations on f32', () => {
    const work = workOfGraph(`  input %t[i: 10]: i32
  %y[i: 10]: i32 = %t[i] * 2 + i
  result output %y`);
    expect(work.flops).toBe(0);
    expect(work.bytes).toBe(80);
  });

  test('a gather reads no more than its points, a window no element twice', () => {
    const work = workOfGraph(`  input %t[i: 10]: i32
  input %E[v: 5000, d: 8]: f32
  input %x[i: 12]: f32
  %y[i: 10, d: 8]: f32 = %E[%t[i], d] + %x[i] + %x[i + 1] + %x[i + 2]
  result output %y`);
    expect(work).toEqual({ flops: 3 * 80, bytes: 4 * (10 + 80 + 12 + 80), shares: [1] });
  });

  test('sums along lists go through each position once, whatever the numbers', () => {
    const [N, D] = [1024, 16];
    const works = [100, 5000].map((V) => {
      const graph = runPasses(
        graphOf(`  input %t[n: ${N}]: i32
  input %g[n: ${N}, d: ${D}]: f32
  param %E[v: ${V}, d: ${D}]: f32
  %s[v: ${V}, d: ${D}]: f32 = sum[n: ${N} where %t[n] == v] %g[n, d]
  %E.next[v: ${V}, d: ${D}]: f32 = %E[v, d] - 0.5 * %s[v, d]
  update %E <- %E.next`),
      );
      const { kernels, values } = fuse(graph, defaultTargets.hardware);
      expect(kernels.map(({ name }) => name)).toEqual(['t_lists', 's']);
      return kernels.map((kernel) => workOf(kernel, values));
    });
    for (const [k, V] of [100, 5000].entries()) {
      const [lists, sums] = works[k]!;
      expect(lists).toMatchObject({ flops: 0, bytes: 4 * (N + V + N) });
      // Beside the positions only what the update itself reads and writes.
      expect(sums).toMatchObject({ flops: N * D + 2 * V * D, bytes: 4 * (N + V + N + N * D + 2 * V * D) });
    }
  });
});

test('times go to source lines and all of them are given out', () => {
  const { program, purpose } = checkedFor('profile', parseModel('models/mlp.nn'), { set: new Map() });
  const compilation = compileFor(program, purpose, defaultTargets.hardware);
  const times = dispatchesOf(compilation.program).map((_, k) => ({ microseconds: 10 * (k + 1), times: 1 }));
  const peaks = { bytesPerSecond: 1e9, flopsPerSecond: 1e10 };
  const profile = profileOf(compilation, times, peaks);
  const sum = profile.lines.reduce((total, { microseconds }) => total + microseconds, 0);
  expect(sum).toBeCloseTo(profile.microseconds, 6);
  const product = profile.dispatches.find(({ kernel }) => kernel === 'Dense_1_y_sum')!;
  expect(product.bound).toBe('arithmetic');
  expect(product.roofline).toBeCloseTo(((product.flops / 1e10) * 1e6) / product.microseconds, 9);
  // The product itself; what is added for each result and the activation is little beside it.
  expect(product.flops / (2 * 128 * 128 * 784)).toBeCloseTo(1, 2);
});

test('a kernel of a loop counts as often as it runs, with what one position moves', () => {
  const text = networks.LSTM!.text({ batch: 4, steps: 6, units: 8 });
  const compilation = compile(graphOf(text), defaultTargets.hardware);
  const dispatches = dispatchesOf(compilation.program);
  const times = dispatches.map(({ name }) => ({ microseconds: 10, times: name === 'uh' ? 5 : 1 }));
  const { dispatches: found, microseconds } = profileOf(compilation, times, {
    bytesPerSecond: 1e9,
    flopsPerSecond: 1e10,
  });
  expect(microseconds).toBe(10 * (dispatches.length - 1) + 50);
  // Of the product of one position: the weights, the state before and the result.
  const product = found.find(({ kernel }) => kernel === 'uh')!;
  expect(product.bytes).toBe(5 * 4 * (4 * 8 * 8 + 4 * 8 + 4 * 4 * 8));
  expect(product.flops).toBe(5 * 2 * 4 * 4 * 8 * 8);
});

test.each(['software', 'cpu'])(
  'nnc profile: every dispatch, by source line, as text and as data, on %s',
  (kind) => {
    const profiled = (...args: readonly string[]) =>
      nnc('profile', 'models/xor.nn', '--repeats', '2', '--device', kind, ...args);
    const text = profiled('--peak', '100,1000');
    expect(text.stderr).not.toContain('error');
    expect(text.status).toBe(0);
    expect(text.stdout).toContain('given peaks: 100 GB/s copied, 1.0 TFLOP/s multiplied and added');
    expect(text.stdout).toMatch(/^models\/xor\.nn:12 +\S+ +\S+%? +s = h \|> Dense\(1\)/m);
    const { stdout } = profiled('--json');
    const data = JSON.parse(stdout) as {
      peaks: Record<string, number>;
      profile: { dispatches: { microseconds: number }[] };
    };
    expect(data.peaks.bytesPerSecond).toBeGreaterThan(1e6);
    expect(data.peaks.flopsPerSecond).toBeGreaterThan(1e6);
    expect(data.profile.dispatches.every(({ microseconds }) => microseconds >= 0)).toBe(true);
  },
);
