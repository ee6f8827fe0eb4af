import { describe, expect, test } from 'vitest';
import { schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { withViews } from '../../compiler/wgsl/views.ts';
import { kernelOf } from '../support/kernels.ts';
import { onDevice } from './device.ts';

const expectSame = onDevice();

describe('pointwise kernels', () => {
  test('a broadcast operand', () =>
    expectSame(
      kernelOf(
        `input %x[b: 6, d: 8]: f32
         input %w[d: 8]: f32
         %y[b: 6, d: 8]: f32 = tanh(%x[b, d] * %w[d]) + %x[b, d]`,
        { rows: ['b', 'd'] },
      ),
      { schedule: 'map' },
    ));

  test('axes that all accesses walk as one are vectors even where the innermost is not a multiple of four', () => {
    const kernel = kernelOf(
      `input %x[b: 6, d: 10]: f32
       %y[b: 6, d: 10]: f32 = exp(%x[b, d]) * 2.0`,
      { rows: ['b', 'd'] },
    );
    const { nest } = schedule(kernel.kernel, kernel.values, defaultTargets.software);
    expect(withViews(nest).lanes).toEqual([4, 4]);
    return expectSame(kernel);
  });

  test.each([
    ['transposed', '%x[d, b]', '%x[d: 10, b: 6]'],
    ['shifted within the range', '%x[b, d + 2]', '%x[b: 6, d: 12]'],
    ['backwards', '%x[b, 9 - d]', '%x[b: 6, d: 10]'],
    ['every second', '%x[b, 2*d]', '%x[b: 6, d: 20]'],
    ['cyclic', '%x[b, (d + 3) mod 10]', '%x[b: 6, d: 10]'],
    ['repeated', '%x[b, d div 3]', '%x[b: 6, d: 4]'],
    ['reshaped', '%x[(10*b + d) div 12, (10*b + d) mod 12]', '%x[b: 5, d: 12]'],
  ])('a read that is %s', (_, read, declared) =>
    expectSame(
      kernelOf(
        `input ${declared}: f32
         %y[b: 6, d: 10]: f32 = ${read} + 1.0`,
        { rows: ['b', 'd'] },
      ),
    ),
  );

  test('reads outside give the other branch', () =>
    expectSame(
      kernelOf(
        `input %x[b: 6, d: 8]: f32
         %y[b: 6, d: 8]: f32 = if 0 <= d - 3 and d - 3 < 8 then %x[b, d - 3] else 7.0`,
        { rows: ['b', 'd'] },
      ),
    ));

  test('a gather, and positions outside of the tensor are held inside', () =>
    expectSame(
      kernelOf(
        `input %E[v: 8, d: 12]: f32
         input %ids[b: 5]: i32
         %y[b: 5, d: 12]: f32 = %E[%ids[b], d]`,
        { rows: ['b', 'd'] },
      ),
      { below: { ids: 8 } },
    ));

  test('booleans live in memory as numbers', () =>
    expectSame(
      kernelOf(
        `input %x[b: 6, d: 10]: f32
         input %m[b: 6, d: 10]: bool
         %p[b: 6, d: 10]: bool = %x[b, d] > 0.0 and %m[b, d]
         %y[b: 6, d: 10]: f32 = if %p[b, d] then %x[b, d] else 0.0`,
        { rows: ['b', 'd'], stores: ['p', 'y'] },
      ),
    ));

  test('several results, two of them in place', () =>
    expectSame(
      kernelOf(
        `input %g[b: 7, o: 12]: f32
         param %w[b: 7, o: 12]: f32
         state %m[b: 7, o: 12]: f32
         scalar %step: i32
         %m_new[b: 7, o: 12]: f32 = 0.9 * %m[b, o] + 0.1 * %g[b, o]
         %w_new[b: 7, o: 12]: f32 = %w[b, o] - 0.01 * %m_new[b, o] / (1.0 - 0.9 ** to_f32(%step[] + 1))`,
        { rows: ['b', 'o'], stores: ['m_new', 'w_new'], inPlace: { m_new: 'm', w_new: 'w' } },
      ),
    ));

  test('a scalar', () =>
    expectSame(kernelOf('scalar %step: i32\n%y: f32 = sqrt(to_f32(%step[]))', { rows: [] }), {
      schedule: 'map',
    }));

  test('more elements than a turn of all threads takes', () =>
    expectSame(
      kernelOf(
        `input %x[i: 33001]: f32
         %y[i: 33001]: f32 = %x[i] * %x[i]`,
        { rows: ['i'] },
      ),
    ));
});

test('workgroups are folded where one dimension does not hold them', () => {
  const kernel = kernelOf('input %x[i: 4001]: f32\n%y[i: 4001]: f32 = %x[i] + 1.0', { rows: ['i'] });
  const narrow = { ...defaultTargets.hardware, workgroupsPerDimension: 10 };
  const { workgroups, nest } = schedule(kernel.kernel, kernel.values, narrow);
  expect(nest.workgroups).toBe(63);
  expect(workgroups).toEqual([8, 8, 1]);
});
