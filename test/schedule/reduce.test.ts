import { describe, expect, test } from 'vitest';
import { axesOf } from '../../compiler/schedule/axes.ts';
import { factsOf } from '../../compiler/schedule/facts.ts';
import { stagesOf } from '../../compiler/schedule/reduce/stages.ts';
import { kernelOf, type TestKernel } from '../support/kernels.ts';
import { onDevice } from './device.ts';

const expectSame = onDevice();

const softmax = (rows: number, columns: number): TestKernel =>
  kernelOf(
    `input %x[b: ${rows}, c: ${columns}]: f32
     %m[b: ${rows}]: f32 = max[c: ${columns}] %x[b, c]
     %e[b: ${rows}, c: ${columns}]: f32 = exp(%x[b, c] - %m[b])
     %s[b: ${rows}]: f32 = sum[c: ${columns}] %e[b, c]
     %y[b: ${rows}, c: ${columns}]: f32 = %e[b, c] / %s[b]`,
    { rows: ['b'], stores: ['s', 'y'] },
  );

describe('chains over a row', () => {
  test.each([
    [5, 3],
    [70, 10],
    [9, 64],
    [3, 130],
    [1, 1000],
    [130, 260],
  ])('softmax of %d rows of %d', (rows, columns) =>
    expectSame(softmax(rows, columns), { schedule: 'reduce' }),
  );

  test('softmax over the middle axis', () =>
    expectSame(
      kernelOf(
        `input %x[n: 3, c: 5, w: 8]: f32
         %m[n: 3, w: 8]: f32 = max[c: 5] %x[n, c, w]
         %e[n: 3, c: 5, w: 8]: f32 = exp(%x[n, c, w] - %m[n, w])
         %s[n: 3, w: 8]: f32 = sum[c: 5] %e[n, c, w]
         %y[n: 3, c: 5, w: 8]: f32 = %e[n, c, w] / %s[n, w]`,
        { rows: ['n', 'w'] },
      ),
    ));

  test('layer norm in place, with values of the row in between', () =>
    expectSame(
      kernelOf(
        `state %x[b: 6, c: 96]: f32
         param %g[c: 96]: f32
         %s[b: 6]: f32 = sum[c: 96] %x[b, c]
         %mean[b: 6]: f32 = %s[b] * 0.010416667
         %q[b: 6]: f32 = sum[c: 96] (%x[b, c] - %mean[b]) * (%x[b, c] - %mean[b])
         %scale[b: 6]: f32 = 1.0 / sqrt(%q[b] * 0.010416667 + 0.00001)
         %y[b: 6, c: 96]: f32 = (%x[b, c] - %mean[b]) * %scale[b] * %g[c]`,
        { rows: ['b'], stores: ['y', 'scale'], inPlace: { y: 'x' } },
      ),
    ));

  test.each([
    ['all columns at once', '6', '4', '[b, c]'],
    ['all columns at once, rows side by side', '8', '3', '[c, b]'],
    ['four columns at a time', '70', '36', '[b, c]'],
    ['four rows side by side', '12', '37', '[c, b]'],
    ['one column at a time', '7', '37', '[b, c]'],
    ['threads that share a row', '2', '300', '[b, c]'],
  ])('an element in place, whose old value the same walk and the next one reduce: %s', (_, b, c, axes) =>
    expectSame(
      kernelOf(
        `param %w[${axes.slice(1, -1).replace('b', `b: ${b}`).replace('c', `c: ${c}`)}]: f32
         input %g[b: ${b}]: f32
         input %h[c: ${c}]: f32
         %s[b: ${b}]: f32 = sum[c: ${c}] %w${axes} * %h[c]
         %q[b: ${b}]: f32 = max[c: ${c}] %w${axes} * %s[b]
         %y[b: ${b}]: f32 = %s[b] + %q[b]
         %new[${axes.slice(1, -1).replace('b', `b: ${b}`).replace('c', `c: ${c}`)}]: f32 = %w${axes} - 0.5 * (%g[b] * %h[c])
         %t[b: ${b}]: f32 = sum[c: ${c}] %new${axes} * %h[c]`,
        { rows: ['b'], stores: ['y', 'new', 't'], inPlace: { new: 'w' } },
      ),
      { schedule: 'reduce', tolerance: 1e-5 },
    ),
  );

  test('walks: one for reductions that need each other, one for those that do not', () => {
    const { kernel } = kernelOf(
      `input %x[b: 6, c: 96]: f32
       %m[b: 6]: f32 = max[c: 96] %x[b, c]
       %n[b: 6]: f32 = min[c: 96] %x[b, c]
       %s[b: 6]: f32 = sum[c: 96] (%x[b, c] - %m[b])`,
      { rows: ['b'], stores: ['n', 's'] },
    );
    const walks = stagesOf(kernel).walks.map((walk) => walk.reduces.map((step) => step.name));
    expect(walks).toEqual([['m', 'n'], ['s']]);
  });
});

describe.each(['sum', 'prod', 'max', 'min', 'argmax', 'argmin'])('%s', (by) => {
  const dtype = by.startsWith('arg') ? 'i32' : 'f32';
  test.each([
    [7, 5],
    [70, 48],
    [2, 900],
  ])('of %d rows of %d', (rows, columns) =>
    expectSame(
      kernelOf(
        `input %x[b: ${rows}, c: ${columns}]: f32
         %y[b: ${rows}]: ${dtype} = ${by}[c: ${columns}] %x[b, c]`,
        { rows: ['b'] },
      ),
    ),
  );
  test('of columns', () =>
    expectSame(
      kernelOf(
        `input %x[b: 50, c: 12]: f32
         %y[c: 12]: ${dtype} = ${by}[b: 50] %x[b, c]`,
        { rows: ['c'] },
      ),
    ));
  test('over two axes, apart in memory', () =>
    expectSame(
      kernelOf(
        `input %x[b: 6, c: 9, d: 20]: f32
         %y[c: 9]: ${dtype} = ${by}[b: 6, d: 20] %x[b, c, d]`,
        { rows: ['c'] },
      ),
    ));
  test('where a guard holds', () =>
    expectSame(
      kernelOf(
        `input %x[b: 9, c: 40]: f32
         %y[b: 9]: ${dtype} = ${by}[c: 40 where c <= 3*b] %x[b, c]`,
        { rows: ['b'] },
      ),
    ));
});

describe('reductions of other types', () => {
  test('any and all of comparisons', () =>
    expectSame(
      kernelOf(
        `input %x[b: 9, c: 24]: f32
         %y[b: 9]: bool = any[c: 24] %x[b, c] > 0.9
         %z[b: 9]: bool = all[c: 24] %x[b, c] > -0.9`,
        { rows: ['b'], stores: ['y', 'z'] },
      ),
    ));
  test('the sum and the largest of integers', () =>
    expectSame(
      kernelOf(
        `input %x[b: 9, c: 24]: i32
         %y[b: 9]: i32 = sum[c: 24] %x[b, c]
         %z[b: 9]: i32 = max[c: 24] %x[b, c]`,
        { rows: ['b'], stores: ['y', 'z'] },
      ),
    ));
  test('of equal elements the first counts, in every order of work', () => {
    const ties = (columns: number): TestKernel =>
      kernelOf(
        `input %x[b: 3, c: ${columns}]: i32
         %y[b: 3]: i32 = argmax[c: ${columns}] %x[b, c]`,
        { rows: ['b'] },
      );
    return Promise.all([expectSame(ties(12)), expectSame(ties(700))]);
  });
  test('a whole tensor, with an update in place after it', () =>
    expectSame(
      kernelOf(
        `input %x[b: 100, o: 120]: f32
         state %running: f32
         %m: f32 = sum[b: 100, o: 120] %x[b, o]
         %new: f32 = 0.9 * %running[] + 0.1 * %m[]`,
        { rows: [], stores: ['m', 'new'], inPlace: { new: 'running' } },
      ),
      { tolerance: 1e-5 },
    ));
});

test('axes are one where every access walks them as one', () => {
  const { kernel, values } = kernelOf(
    `input %x[a: 3, b: 4, c: 5]: f32
     input %w[c: 5]: f32
     %y[a: 3, b: 4, c: 5]: f32 = %x[a, b, c] * %w[c]`,
    { rows: ['a', 'b', 'c'] },
  );
  const axes = axesOf(kernel.rows, factsOf(kernel, values).forms);
  expect(axes.map(({ name, extent }) => `${name}: ${extent}`)).toEqual(['a_b: 12', 'c: 5']);
});
