import { expect, test } from 'vitest';
import { indexRanges } from '../../compiler/plan/ranges.ts';
import { graphOf } from '../support/graphs.ts';

const rangesOf = (lines: string): readonly (readonly [number, number])[] =>
  [...indexRanges(graphOf(lines)).values()].map(({ min, max }) => [min, max] as const);

test('an input that picks a position must be one', () => {
  expect(
    rangesOf(`
    input %x[b: 4, c: 10]: f32
    input %t[b: 4]: i32
    %y[b: 4]: f32 = %x[b, %t[b]]
    result output y %y`),
  ).toEqual([[0, 9]]);
});

test('of several uses the narrowest counts', () => {
  expect(
    rangesOf(`
    input %x[c: 10]: f32
    input %z[c: 6]: f32
    input %t[b: 4]: i32
    %y[b: 4]: f32 = %x[%t[b]] + %z[%t[b]]
    result output y %y`),
  ).toEqual([[0, 5]]);
});

test('where the equation looks at the value first, any is allowed', () => {
  expect(
    rangesOf(`
    input %x[c: 10]: f32
    input %t[b: 4]: i32
    %y[b: 4]: f32 = if 0 <= %t[b] and %t[b] < 10 then %x[%t[b]] else 0.0
    result output y %y`),
  ).toEqual([]);
});

test('a position that is counted from the value moves what it may be', () => {
  const positions = `
    input %x[b: 4, c: 10]: f32
    input %n[b: 4]: i32
    %y[b: 4]: f32 = %x[b, %n[b] - 1] + SECOND
    result output y %y`;
  const both = (second: string) => rangesOf(positions.replace('SECOND', second));
  expect(both('0.0')).toEqual([[1, 10]]);
  expect(both('%x[b, %n[b] + 2]')).toEqual([[1, 7]]);
  expect(both('(if %n[b] >= 3 then %x[b, %n[b] - 3] else 0.0)')).toEqual([[1, 10]]);
});
