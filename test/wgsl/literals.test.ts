import fc from 'fast-check';
import { expect, test } from 'vitest';
import { literalText } from '../../compiler/wgsl/literals.ts';

test.each([
  [0, 'f32', '0.0'],
  [-0, 'f32', '(-0.0)'],
  [1, 'f32', '1.0'],
  [0.1, 'f32', '0.1'],
  [-2.5, 'f32', '(-2.5)'],
  [1e-8, 'f32', '1e-8'],
  [1e39, 'f32', '0x1.fffffep+127f'],
  [-3.4028234663852886e38, 'f32', '(-0x1.fffffep+127f)'],
  [1e-40, 'f32', '0x1.16c2p-133f'],
  [7, 'i32', '7'],
  [-7, 'i32', '(-7)'],
  [-2147483648, 'i32', 'i32(-2147483648)'],
  [7, 'u32', '7u'],
  [1, 'bool', 'true'],
] as const)('%d as %s is %s', (value, dtype, text) => {
  expect(literalText(value, dtype)).toBe(text);
});

test('every f32 reads back as itself, and has a point, an exponent or is hexadecimal', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = literalText(value, 'f32').replace(/[()]/g, '');
      expect(text).toMatch(/[.ep]/);
      expect(Math.fround(read(text))).toBe(value);
    }),
  );
});

test('not a number is a fault', () => {
  expect(() => literalText(Number.NaN, 'f32')).toThrow(/NaN/);
});

function read(text: string): number {
  const hexadecimal = /^(-?)0x1(?:\.([0-9a-f]+))?p([+-]\d+)f$/.exec(text);
  if (hexadecimal === null) return Number(text);
  const [, sign, digits = '', power] = hexadecimal;
  const fraction = digits === '' ? 0 : Number.parseInt(digits, 16) / 16 ** digits.length;
  return (sign === '-' ? -1 : 1) * (1 + fraction) * 2 ** Number(power);
}
