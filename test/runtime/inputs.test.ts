import { describe, expect, test } from 'vitest';
import { checkInput } from '../../runtime/inputs.ts';
import { sizeText } from '../../runtime/limits.ts';
import type { InputSpec } from '../../runtime/program.ts';
import { typeText } from '../../runtime/tensor.ts';

const labels: InputSpec = {
  name: 't',
  dtype: 'i32',
  shape: [2, 3],
  buffer: 0,
  range: { min: 0, max: 9, why: 'class labels of logits: f32[2, 10]' },
};

describe('data for an input', () => {
  test('with positions in range is fine', () => {
    expect(() => checkInput(labels, Int32Array.of(0, 1, 2, 3, 9, 5))).not.toThrow();
  });

  test.each([10, -1])(
    'with a position out of range names it, its place, and what is allowed: %i',
    (value) => {
      expect(() => checkInput(labels, Int32Array.of(0, 1, 2, 3, value, 5))).toThrow(
        `t[1, 1] is ${value}; allowed are 0 to 9: class labels of logits: f32[2, 10]`,
      );
    },
  );

  test('of truth values is 0 or 1', () => {
    const mask: InputSpec = { name: 'm', dtype: 'bool', shape: [2], buffer: 0 };
    expect(() => checkInput(mask, Uint32Array.of(1, 0))).not.toThrow();
    expect(() => checkInput(mask, Uint32Array.of(1, 2))).toThrow('m[1] is 2; a bool is 0 or 1');
  });

  test('is finite where that is asked', () => {
    const x: InputSpec = { name: 'x', dtype: 'f32', shape: [3], buffer: 0 };
    const data = Float32Array.of(0, 1, Number.NEGATIVE_INFINITY);
    expect(() => checkInput(x, data)).not.toThrow();
    expect(() => checkInput(x, data, { finite: true })).toThrow('x[2] is -Infinity');
  });

  test('of a scalar has one element', () => {
    const rate: InputSpec = { name: 'rate', dtype: 'f32', shape: [], buffer: 0 };
    expect(() => checkInput(rate, Float32Array.of(0.1))).not.toThrow();
    expect(() => checkInput(rate, new Float32Array(0))).toThrow('rate is f32[], which is 1 elements; got 0');
  });
});

test('sizes and types are shown for people', () => {
  expect([12, 1024, 1536, 2 ** 30, 3.5 * 2 ** 40].map(sizeText)).toEqual([
    '12 bytes',
    '1 KiB',
    '1.5 KiB',
    '1 GiB',
    '3.5 TiB',
  ]);
  expect(typeText({ dtype: 'u32', shape: [] })).toBe('u32[]');
});
