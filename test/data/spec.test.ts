import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { takeRows } from '../../runtime/data/rows.ts';
import { parseDataSpec, rowNumbers } from '../../runtime/data/spec.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';

const slice = (start: number | undefined, stop: number | undefined, step = 1, complement = false) => ({
  start,
  stop,
  step,
  complement,
});

describe('data specifications', () => {
  test.each([
    ['a.csv', { path: 'a.csv' }],
    ['a.csv#0-3', { path: 'a.csv', selection: '0-3' }],
    ['a.csv#-1', { path: 'a.csv', selection: '-1' }],
    ['a.csv#age,60:labels', { path: 'a.csv', selection: 'age,60:labels' }],
    ['a.csv@0:120', { path: 'a.csv', rows: slice(0, 120) }],
    ['a.csv#4@-30:', { path: 'a.csv', selection: '4', rows: slice(-30, undefined) }],
    ['a.csv@!::5', { path: 'a.csv', rows: slice(undefined, undefined, 5, true) }],
    ['a.csv@1:-1:2', { path: 'a.csv', rows: slice(1, -1, 2) }],
    ['me@home/a#b/x.npy', { path: 'me@home/a#b/x.npy' }],
    ['w.npz#layer.W', { path: 'w.npz', selection: 'layer.W' }],
    ['a@b.csv', { path: 'a@b.csv' }],
    ['C:\\data\\x.npy', { path: 'C:\\data\\x.npy' }],
  ])('%s', (text, spec) => expect(parseDataSpec(text)).toEqual(spec));

  test.each([
    ['', 'names no file'],
    ['#3', 'names no file'],
    ['a.csv#', 'no column or name follows the #'],
    ['a.csv@::0', 'a step of 0 goes nowhere'],
  ])('%j is refused', (text, message) => expect(() => parseDataSpec(text)).toThrow(message));

  test.each([
    [slice(0, 3), [0, 1, 2]],
    [slice(-3, undefined), [7, 8, 9]],
    [slice(undefined, -8), [0, 1]],
    [slice(undefined, undefined, 5), [0, 5]],
    [slice(undefined, undefined, 5, true), [1, 2, 3, 4, 6, 7, 8, 9]],
    [slice(7, 3), []],
    [slice(8, 99), [8, 9]],
    [slice(-99, 2), [0, 1]],
  ])('rows of ten: %j', (rows, wanted) => expect(rowNumbers(rows, 10)).toEqual(wanted));

  test('a slice and its complement are everything, once', () => {
    const bound = fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined });
    fc.assert(
      fc.property(
        bound,
        bound,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 10 }),
        (a, b, step, count) => {
          const both = [
            ...rowNumbers(slice(a, b, step), count),
            ...rowNumbers(slice(a, b, step, true), count),
          ];
          expect(both.sort((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, k) => k));
        },
      ),
    );
  });

  test('a slice takes what an array slice takes', () => {
    const bound = fc.option(fc.integer({ min: -12, max: 12 }), { nil: undefined });
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 0, max: 10 }), (a, b, count) => {
        const all = Array.from({ length: count }, (_, k) => k);
        expect(rowNumbers(slice(a, b), count)).toEqual(all.slice(a, b));
      }),
    );
  });
});

describe('rows', () => {
  test('are cut along the first dimension', () => {
    const tensor = hostTensor('i64', [3, 2], BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n));
    expect(takeRows(tensor, [0, 2], 'x')).toEqual(
      hostTensor('i64', [2, 2], BigInt64Array.of(0n, 1n, 4n, 5n)),
    );
  });

  test('none are refused, and a scalar has none', () => {
    const tensor = hostTensor('u8', [3], Uint8Array.of(1, 2, 3));
    expect(() => takeRows(tensor, [], 'x')).toThrow('x: the slice leaves none of the 3 rows of u8[3]');
    expect(() => takeRows(hostTensor('u8', [], Uint8Array.of(1)), [0], 'x')).toThrow(
      'has no rows to choose from',
    );
  });
});
