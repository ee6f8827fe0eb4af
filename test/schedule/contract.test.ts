import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classes } from '../../compiler/classes/index.ts';
import { builderOf } from '../../compiler/schedule/builder.ts';
import { recognise } from '../../compiler/schedule/contract/recognise.ts';
import type { Tile } from '../../compiler/schedule/contract/share.ts';
import { bestTile } from '../../compiler/schedule/contract/tile.ts';
import { blockOf } from '../../compiler/schedule/contract/workgroups.ts';
import { factsOf } from '../../compiler/schedule/facts.ts';
import { type ScheduledKernel, schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { onDevice } from './device.ts';

const expectSame = onDevice();

const layouts = ['nt', 'nn', 'tn', 'tt'] as const;

/** y[b, o], with each operand's columns first or last. */
function product(layout: (typeof layouts)[number], b: number, i: number, o: number): TestKernel {
  const left = layout[0] === 'n' ? ['b', 'i'] : ['i', 'b'];
  const right = layout[1] === 'n' ? ['i', 'o'] : ['o', 'i'];
  const extents: Readonly<Record<string, number>> = { b, i, o };
  const declared = (names: readonly string[]): string =>
    names.map((name) => `${name}: ${extents[name]}`).join(', ');
  return kernelOf(
    `input %x[${declared(left)}]: f32
     param %W[${declared(right)}]: f32
     param %c[o: ${o}]: f32
     %s[b: ${b}, o: ${o}]: f32 = sum[i: ${i}] %x[${left.join(', ')}] * %W[${right.join(', ')}]
     %y[b: ${b}, o: ${o}]: f32 = maximum(%s[b, o] + %c[o], 0.0)`,
    { rows: ['b', 'o'] },
  );
}

describe.each(layouts)('products of layout %s', (layout) => {
  test.each([
    [16, 32, 24],
    [13, 30, 10],
    [5, 7, 3],
    [40, 10, 64],
    [50, 37, 70],
    [2, 100, 33],
  ])('%d x %d x %d', (b, i, o) =>
    expectSame(product(layout, b, i, o), { schedule: 'contract', classes: ['software'] }),
  );
  // Barriers take long to compile on a software adapter: one shape has all the ragged ends.
  test('in workgroup memory', () =>
    expectSame(product(layout, 50, 37, 70), { schedule: 'contract', classes: ['hardware'] }));
});

test('random shapes in every layout', async () => {
  const side = fc.oneof(
    fc.integer({ min: 2, max: 12 }),
    fc.integer({ min: 2, max: 80 }),
    fc.constantFrom(16, 32, 64),
  );
  const shapes = fc.tuple(fc.constantFrom(...layouts), side, side, side);
  await fc.assert(
    fc.asyncProperty(shapes, async ([layout, b, i, o]) =>
      expectSame(product(layout, b, i, o), { classes: ['software'] }),
    ),
    { numRuns: 30, seed: 1 },
  );
});

const convolution = (
  n: number,
  c: number,
  size: number,
  f: number,
  kernel: number,
  pad: number,
  stride: number,
) => {
  const out = Math.floor((size + 2 * pad - kernel) / stride) + 1;
  const at = (row: string, column: string): string =>
    `${stride === 1 ? '' : `${stride}*`}${row} + ${column} - ${pad}`;
  const inside = (position: string): string => `0 <= ${position} and ${position} < ${size}`;
  const [j, i] = [at('j', 'v'), at('i', 'u')];
  const x = `(if ${inside(j)} and ${inside(i)} then %x[n, c, ${j}, ${i}] else 0.0)`;
  const leaves = `input %x[n: ${n}, c: ${c}, j: ${size}, i: ${size}]: f32`;
  return {
    forward: kernelOf(
      `${leaves}
       param %w[f: ${f}, c: ${c}, v: ${kernel}, u: ${kernel}]: f32
       %y[n: ${n}, f: ${f}, j: ${out}, i: ${out}]: f32 = sum[c: ${c}, v: ${kernel}, u: ${kernel}] %w[f, c, v, u] * ${x}`,
      { rows: ['n', 'f', 'j', 'i'] },
    ),
    weights: kernelOf(
      `${leaves}
       input %dy[n: ${n}, f: ${f}, j: ${out}, i: ${out}]: f32
       %dw[f: ${f}, c: ${c}, v: ${kernel}, u: ${kernel}]: f32 = sum[n: ${n}, j: ${out}, i: ${out}] %dy[n, f, j, i] * ${x}`,
      { rows: ['f', 'c', 'v', 'u'] },
    ),
    input: kernelOf(
      `input %dy[n: ${n}, f: ${f}, j: ${out}, i: ${out}]: f32
       param %w[f: ${f}, c: ${c}, v: ${kernel}, u: ${kernel}]: f32
       %dx[n: ${n}, c: ${c}, p: ${size}, q: ${size}]: f32 = sum[f: ${f}, v: ${kernel}, u: ${kernel} where (p + ${pad} - v) mod ${stride} == 0 and (q + ${pad} - u) mod ${stride} == 0] %w[f, c, v, u] * (if 0 <= (p + ${pad} - v) div ${stride} and (p + ${pad} - v) div ${stride} < ${out} and 0 <= (q + ${pad} - u) div ${stride} and (q + ${pad} - u) div ${stride} < ${out} then %dy[n, f, (p + ${pad} - v) div ${stride}, (q + ${pad} - u) div ${stride}] else 0.0)`,
      { rows: ['n', 'c', 'p', 'q'] },
    ),
  };
};

describe.each([
  ['padded', convolution(2, 3, 8, 8, 3, 1, 1)],
  ['ragged', convolution(3, 2, 7, 5, 3, 0, 1)],
  ['strided', convolution(2, 4, 9, 12, 3, 1, 2)],
  ['wide kernels', convolution(2, 2, 12, 6, 5, 2, 1)],
] as const)('a convolution, %s', (_, { forward, weights, input }) => {
  test('forward', () => expectSame(forward, { schedule: 'contract' }));
  test('gradient of the weights', () => expectSame(weights, { schedule: 'contract' }));
  test('gradient of the input', () => expectSame(input, { schedule: 'contract' }));
});

describe('what may stand around a product', () => {
  test('batches: attention scores', () =>
    expectSame(
      kernelOf(
        `input %q[b: 2, h: 3, i: 9, d: 8]: f32
         input %k[b: 2, h: 3, j: 33, d: 8]: f32
         %s[b: 2, h: 3, i: 9, j: 33]: f32 = sum[d: 8] %q[b, h, i, d] * %k[b, h, j, d]
         %y[b: 2, h: 3, i: 9, j: 33]: f32 = %s[b, h, i, j] * 0.35`,
        { rows: ['b', 'h', 'i', 'j'] },
      ),
      { schedule: 'contract' },
    ));

  test('a guard over rows and columns of one operand', () =>
    expectSame(
      kernelOf(
        `input %p[b: 4, i: 9, j: 12]: f32
         input %v[b: 4, j: 12, d: 36]: f32
         %s[b: 4, i: 9, d: 36]: f32 = sum[j: 12 where j <= i] %p[b, i, j] * %v[b, j, d]`,
        { rows: ['b', 'i', 'd'] },
      ),
      { schedule: 'contract' },
    ));

  // Only the other operand has the rows of the whole condition; a part of it keeps this one inside.
  test('a condition over the columns of one operand and the rows of the other', () =>
    expectSame(
      kernelOf(
        `input %v[c: 3, i: 2]: f32
         input %w[a: 8, i: 3]: f32
         %s[a: 10, c: 3]: f32 = sum[i: 3] if 0 <= a - 2 and 0 <= 1 - i then %w[a - 2, i] * %v[c, 1 - i] else 0.0`,
        { rows: ['a', 'c'] },
      ),
      { schedule: 'contract' },
    ));

  test('masks and functions on an operand', () =>
    expectSame(
      kernelOf(
        `input %dy[b: 20, o: 12]: f32
         input %h[b: 20, o: 12]: f32
         input %x[b: 20, i: 40]: f32
         %g[o: 12, i: 40]: f32 = sum[b: 20] (if %h[b, o] > 0.0 then %dy[b, o] else 0.0) * exp(%x[b, i]) / 20.0`,
        { rows: ['o', 'i'] },
      ),
      { schedule: 'contract' },
    ));

  test('an operand that another step of the kernel computes', () =>
    expectSame(
      kernelOf(
        `input %a[b: 20, k: 12]: f32
         param %W[o: 40, k: 12]: f32
         %t[b: 20, k: 12]: f32 = tanh(%a[b, k])
         %y[b: 20, o: 40]: f32 = sum[k: 12] %t[b, k] * %W[o, k]`,
        { rows: ['b', 'o'] },
      ),
      { schedule: 'contract' },
    ));

  test('a gather on the right: a product with rows of a table', () =>
    expectSame(
      kernelOf(
        `input %ids[n: 17]: i32
         param %E[v: 8, d: 12]: f32
         param %W[o: 20, d: 12]: f32
         %y[n: 17, o: 20]: f32 = sum[d: 12] %E[%ids[n], d] * %W[o, d]`,
        { rows: ['n', 'o'] },
      ),
      { schedule: 'contract', below: { ids: 8 } },
    ));

  const adam = (b: number, i: number, o: number): TestKernel =>
    kernelOf(
      `input %dy[b: ${b}, o: ${o}]: f32
       input %x[b: ${b}, i: ${i}]: f32
       param %w[o: ${o}, i: ${i}]: f32
       state %m[o: ${o}, i: ${i}]: f32
       scalar %step: i32
       %g[o: ${o}, i: ${i}]: f32 = sum[b: ${b}] %dy[b, o] * %x[b, i]
       %m_new[o: ${o}, i: ${i}]: f32 = 0.9 * %m[o, i] + 0.1 * %g[o, i]
       %w_new[o: ${o}, i: ${i}]: f32 = %w[o, i] - 0.01 * (%m_new[o, i] / (1.0 - 0.9 ** to_f32(%step[] + 1))) / (sqrt(%g[o, i] * %g[o, i] + 0.5) + 0.001)`,
      { rows: ['o', 'i'], stores: ['m_new', 'w_new'], inPlace: { m_new: 'm', w_new: 'w' } },
    );
  test.each([
    [16, 64, 48],
    [13, 30, 10],
    [7, 33, 9],
  ])('an optimiser step after a gradient, in place: %d x %d x %d', (b, i, o) =>
    expectSame(adam(b, i, o), { schedule: 'contract' }),
  );
});

const scheduled = ({ kernel, values }: TestKernel): ScheduledKernel =>
  schedule(kernel, values, defaultTargets.software);

describe('what is not a contraction says why', () => {
  const reason = (test: TestKernel): string => {
    const { decision } = scheduled(test);
    return (
      decision.rejected.find(({ option }) => option === 'contract')?.because ?? `chosen ${decision.chosen}`
    );
  };
  test.each([
    ['input %x[b: 8, i: 8]: f32\n%y[b: 8]: f32 = sum[i: 8] %x[b, i] * %x[b, i]', ['b'], /does not split/],
    ['input %x[b: 8, i: 8]: f32\n%y[b: 8]: f32 = max[i: 8] %x[b, i]', ['b'], /max of f32/],
    ['input %x[b: 8, i: 8]: i32\n%y[b: 8]: i32 = sum[i: 8] %x[b, i]', ['b'], /of i32/],
    ['input %x[b: 8]: f32\n%y[b: 8]: f32 = %x[b]', ['b'], /no reduction/],
    [
      'input %x[b: 8, i: 8]: f32\ninput %w[o: 8, i: 8]: f32\ninput %z[b: 8, o: 8]: f32\n%y[b: 8, o: 8]: f32 = sum[i: 8] %x[b, i] * %w[o, i] * %z[b, o]',
      ['b', 'o'],
      /does not split/,
    ],
  ] as const)('%s', (lines, rows, expected) => {
    expect(reason(kernelOf(lines, { rows }))).toMatch(expected);
  });
});

describe('the cost model', () => {
  const tileOf = ({ kernel, values }: TestKernel): Tile => {
    const builder = builderOf(factsOf(kernel, values));
    const contraction = recognise(builder);
    if (typeof contraction === 'string') throw new Error(contraction);
    return bestTile(builder, contraction, classes.software.contraction.threadTiles)!;
  };
  test('lanes are columns where both operands lie along the columns, rows where one lies along its rows', () => {
    expect(tileOf(product('nt', 256, 256, 256)).lanes).toBe('columns');
    expect(tileOf(product('nn', 256, 256, 256)).lanes).toBe('rows');
    expect(tileOf(product('tn', 256, 256, 256)).lanes).toBe('rows');
  });
  test('small products get small tiles, so that all cores have work', () => {
    const count = ({ leftShares, rightShares }: Tile): number =>
      [...leftShares, ...rightShares].reduce((n, { points, width }) => n * points * width, 1);
    expect(count(tileOf(product('nn', 16, 64, 16)))).toBeLessThan(
      count(tileOf(product('nn', 512, 64, 512))) / 4,
    );
  });
  test('a workgroup block on hardware leaves enough workgroups, and none is tried for a few rows', () => {
    const blockFor = ({ kernel, values }: TestKernel) => {
      const contraction = recognise(builderOf(factsOf(kernel, values)));
      if (typeof contraction === 'string') throw new Error(contraction);
      return blockOf(contraction, classes.hardware.contraction.workgroupTiles, defaultTargets.hardware);
    };
    expect(blockFor(product('nn', 4096, 64, 4096))).toMatchObject({ left: 128, right: 128, perLeft: 8 });
    expect(blockFor(product('nn', 512, 64, 512))).toMatchObject({ left: 64, right: 32, perLeft: 4 });
    expect(blockFor(product('nn', 4, 64, 512))).toBeUndefined();
  });
  test('axes too short for four lanes are left to the schedule of rows', () => {
    const { decision } = scheduled(product('nn', 3, 3, 3));
    expect(decision.chosen).toBe('reduce');
  });
});

test('large blocks, of more rows than one block has', () =>
  expectSame(product('nn', 150, 11, 140), { classes: ['hardware'], schedule: 'contract' }));
