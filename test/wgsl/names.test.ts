import { expect, test } from 'vitest';
import { namer } from '../../compiler/wgsl/names.ts';

test('names stay as they were written where they are legal', () => {
  const names = namer([]);
  expect(['x', 'Dense_1', 'loss'].map(names)).toEqual(['x', 'Dense_1', 'loss']);
});

test('paths, digits in front, underscores in rows and keywords become legal', () => {
  const names = namer([]);
  expect(names('adam.m.Dense_1.W')).toBe('adam_m_Dense_1_W');
  expect(names('2x')).toBe('v2x');
  expect(names('a__b')).toBe('a_b');
  expect(names('_')).toBe('v');
  expect(names('loop')).toBe('loop_2');
  expect(names('exp')).toBe('exp_2');
});

test('one name for one thing, different names for different things', () => {
  const names = namer(['helper']);
  expect(names('a.b')).toBe('a_b');
  expect(names('a_b')).toBe('a_b_2');
  expect(names('a.b')).toBe('a_b');
  expect(names('helper')).toBe('helper_2');
});
