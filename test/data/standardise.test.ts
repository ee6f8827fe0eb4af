import fc from 'fast-check';
import { expect, test } from 'vitest';
import { standardise, standardOf } from '../../runtime/data/standardise.ts';
import type { Tensor } from '../../runtime/tensor.ts';

const table = (rows: number, columns: number, values: readonly number[]): Tensor => ({
  dtype: 'f32',
  shape: [rows, columns],
  data: Float32Array.from(values),
});

test('mean and deviation of each column, applied to other rows', () => {
  const standard = standardOf(table(2, 2, [1, 10, 3, 10]), 'x');
  expect([...standard.mean]).toEqual([2, 10]);
  expect([...standard.deviation]).toEqual([1, 1]);
  expect([...standardise(table(1, 2, [5, 12]), standard, 'x').data]).toEqual([3, 2]);
});

test('standardised columns have mean 0 and deviation 1', () => {
  const cell = fc.integer({ min: -1000, max: 1000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 2, maxLength: 20 }), (rows) => {
      const train = table(rows.length, 2, rows.flat());
      const { mean, deviation } = standardOf(standardise(train, standardOf(train, 'x'), 'x'), 'x');
      for (const k of [0, 1]) {
        expect(mean[k]).toBeCloseTo(0, 4);
        expect(deviation[k]).toBeCloseTo(1, 4);
      }
    }),
  );
});

test('what has no columns of numbers is refused', () => {
  const standard = standardOf(table(2, 2, [1, 2, 3, 4]), 'x');
  expect(() => standardise(table(1, 3, [1, 2, 3]), standard, 'x')).toThrow(
    'x: 3 columns cannot be standardised by the means of 2',
  );
  expect(() => standardOf({ dtype: 'i32', shape: [2], data: Int32Array.of(1, 2) }, 't')).toThrow(
    'found i32[2]',
  );
});
