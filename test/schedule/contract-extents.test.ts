/** Products and convolutions whose extents are no multiples of a tile, many rows and few terms: all are scheduled. */
import { expect, test } from 'vitest';
import { schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { randomSource } from '../support/random.ts';
import { onDevice } from './device.ts';

const expectSame = onDevice();

type Sizes = readonly [n: number, f: number, h: number, l: number, u: number, v: number];

const convolution = ([n, f, h, l, u, v]: Sizes): TestKernel =>
  kernelOf(
    `input %x[n: ${n}, j: ${h + u - 1}, i: ${l + v - 1}]: f32
     input %w[f: ${f}, u: ${u}, v: ${v}]: f32
     %y[n: ${n}, f: ${f}, j: ${h}, i: ${l}]: f32 = sum[u: ${u}, v: ${v}] %w[f, u, v] * %x[n, j + u, i + v]`,
    { rows: ['n', 'f', 'j', 'i'], stores: ['y'] },
  );

const product = ([n, f, k]: Sizes): TestKernel =>
  kernelOf(
    `input %x[n: ${n}, k: ${k}]: f32
     input %w[k: ${k}, f: ${f}]: f32
     %y[n: ${n}, f: ${f}]: f32 = sum[k: ${k}] %x[n, k] * %w[k, f]`,
    { rows: ['n', 'f'], stores: ['y'] },
  );

const scheduleForAll = ({ kernel, values }: TestKernel): void => {
  for (const target of Object.values(defaultTargets)) schedule(kernel, values, target);
};

// A thread takes all columns in fours: two of its lanes are outside, and one.
const whole: readonly Sizes[] = [
  [64, 64, 26, 26, 3, 3],
  [51, 38, 33, 7, 3, 3],
];

test.each(whole.map((sizes) => [sizes]))('a tile as long as its axis, %j', (sizes) => {
  scheduleForAll(convolution(sizes));
});

test('such a tile computes the same', () =>
  expectSame(convolution([51, 38, 33, 7, 3, 3]), { tolerance: 1e-5 }));

test('random extents', { timeout: 60_000 }, () => {
  const random = randomSource(7);
  const extent = (): number =>
    random.pick([random.integer(1, 9), random.integer(1, 40), random.integer(20, 70)]);
  for (let k = 0; k < 1000; k++) {
    const sizes: Sizes = [extent(), extent(), extent(), extent(), random.integer(1, 5), random.integer(1, 5)];
    expect(
      () => scheduleForAll((random.chance(0.7) ? convolution : product)(sizes)),
      sizes.join(' '),
    ).not.toThrow();
  }
});
