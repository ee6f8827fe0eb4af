import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { convertTo, type ExpectedTensor, fitShape } from '../../runtime/data/convert.ts';
import { fromBfloat, fromHalf } from '../../runtime/data/half.ts';
import { type HostTensor, hostTensor } from '../../runtime/data/tensor.ts';
import { elementCount } from '../../runtime/extents.ts';
import type { ElementType } from '../../runtime/program.ts';

const expected = (dtype: ElementType, shape: readonly (number | null)[]): ExpectedTensor => ({
  name: 'x',
  dtype,
  shape,
});

const valuesOf = (tensor: HostTensor, dtype: ElementType): readonly number[] => [
  ...convertTo(tensor, expected(dtype, tensor.shape)).data,
];

describe('element types', () => {
  test('u8 images become 0 to 1', () => {
    const image = hostTensor('u8', [1, 2, 2], Uint8Array.of(0, 51, 204, 255));
    expect(valuesOf(image, 'f32')).toEqual([0, Math.fround(0.2), Math.fround(0.8), 1]);
  });

  test('u8 that may be plain numbers is refused', () => {
    expect(() => valuesOf(hostTensor('u8', [3], Uint8Array.of(3, 7, 9)), 'f32')).toThrow(
      'there is one value a row',
    );
    expect(() => valuesOf(hostTensor('u8', [3, 1], Uint8Array.of(3, 7, 9)), 'f32')).toThrow(
      'one value a row',
    );
    expect(() => valuesOf(hostTensor('u8', [2, 2], Uint8Array.of(0, 1, 1, 0)), 'f32')).toThrow(
      'only 0 and 1 occur',
    );
  });

  test('u8 labels become i32 as they are', () => {
    expect(valuesOf(hostTensor('u8', [3], Uint8Array.of(3, 7, 255)), 'i32')).toEqual([3, 7, 255]);
  });

  test.each([
    ['f32 stays', hostTensor('f32', [2], Float32Array.of(1.5, -2)), 'f32', [1.5, -2]],
    ['f64 is rounded', hostTensor('f64', [2], Float64Array.of(0.1, -2)), 'f32', [Math.fround(0.1), -2]],
    ['f16 is widened', hostTensor('f16', [2], Uint16Array.of(0x3c00, 0xc100)), 'f32', [1, -2.5]],
    ['bf16 is widened', hostTensor('bf16', [2], Uint16Array.of(0x3f80, 0xc020)), 'f32', [1, -2.5]],
    ['i16 keeps its numbers', hostTensor('i16', [2], Int16Array.of(-3, 300)), 'f32', [-3, 300]],
    ['bool becomes 0 and 1', hostTensor('bool', [2], Uint8Array.of(1, 0)), 'f32', [1, 0]],
    [
      'i64 becomes i32',
      hostTensor('i64', [2], BigInt64Array.of(-3n, 2n ** 31n - 1n)),
      'i32',
      [-3, 2 ** 31 - 1],
    ],
    ['whole f64 becomes i32', hostTensor('f64', [2], Float64Array.of(-3, 4)), 'i32', [-3, 4]],
    ['u64 becomes u32', hostTensor('u64', [1], BigUint64Array.of(2n ** 32n - 1n)), 'u32', [2 ** 32 - 1]],
    ['i32 becomes bool', hostTensor('i32', [2], Int32Array.of(0, 1)), 'bool', [0, 1]],
  ] as const)('%s', (_, tensor, dtype, wanted) => {
    expect(valuesOf(tensor, dtype)).toEqual(wanted);
  });

  test.each([
    [
      'i64 out of range',
      hostTensor('i64', [2], BigInt64Array.of(0n, 2n ** 31n)),
      'i32',
      '2147483648 at [1] is outside i32',
    ],
    [
      'i64 beyond 2^53',
      hostTensor('i64', [1], BigInt64Array.of(2n ** 53n + 1n)),
      'i32',
      '9007199254740993 at [0] is outside i32',
    ],
    [
      'a fraction',
      hostTensor('f32', [1, 2], Float32Array.of(1, 2.5)),
      'i32',
      '2.5 at [0, 1] is not a whole number',
    ],
    [
      'NaN as a label',
      hostTensor('f32', [1], Float32Array.of(Number.NaN)),
      'i32',
      'NaN at [0] is not a whole number',
    ],
    ['a negative u32', hostTensor('i32', [1], Int32Array.of(-1)), 'u32', '-1 at [0] is outside u32'],
    ['2 as a bool', hostTensor('u32', [1], Uint32Array.of(2)), 'bool', '2 at [0] is neither 0 nor 1'],
    [
      'a number that f32 rounds',
      hostTensor('i32', [1], Int32Array.of(16_777_217)),
      'f32',
      '16777217 at [0] does not fit f32 exactly',
    ],
    [
      'an i64 that f32 rounds',
      hostTensor('i64', [1], BigInt64Array.of(2n ** 60n + 1n)),
      'f32',
      'does not fit f32 exactly',
    ],
    [
      'a number beyond f32',
      hostTensor('f64', [1], Float64Array.of(1e300)),
      'f32',
      '1e+300 at [0] does not fit f32',
    ],
  ] as const)('%s is refused', (_, tensor, dtype, message) => {
    expect(() => valuesOf(tensor, dtype)).toThrow(message);
  });

  test('NaN in data is refused with its place and number, unless allowed', () => {
    const tensor = hostTensor('f32', [2, 2], Float32Array.of(0, Number.NaN, Number.POSITIVE_INFINITY, 1));
    expect(() => valuesOf(tensor, 'f32')).toThrow('x[0, 1] is NaN, and 1 others are not finite');
    const allowed = convertTo(tensor, expected('f32', [2, 2]), { finite: false });
    expect([...allowed.data]).toEqual([0, Number.NaN, Number.POSITIVE_INFINITY, 1]);
  });

  test('positions out of range are refused with the reason', () => {
    const labels = hostTensor('u8', [3], Uint8Array.of(0, 10, 3));
    const range = { min: 0, max: 9, why: 'logits has 10 classes' };
    const fits = { ...expected('i32', [null]), name: 't', range };
    expect(() => convertTo(labels, fits)).toThrow('t[1] is 10; allowed are 0 to 9: logits has 10 classes');
    expect([...convertTo(labels, { ...fits, range: { ...range, max: 10 } }).data]).toEqual([0, 10, 3]);
  });
});

describe('sixteen-bit floats', () => {
  test.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc100, -2.5],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('half %i is %d', (bits, value) => expect(fromHalf(bits)).toBe(value));

  test.each([
    [0x3f80, 1],
    [0xc020, -2.5],
    [0x7f80, Number.POSITIVE_INFINITY],
    [0x0001, 2 ** -133],
  ])('bfloat %i is %d', (bits, value) => expect(fromBfloat(bits)).toBe(value));
});

describe('shapes', () => {
  test.each([
    [
      [5, 28, 28],
      [null, 784],
      [5, 784],
    ],
    [
      [5, 784],
      [null, 28, 28],
      [5, 28, 28],
    ],
    [
      [5, 28, 28],
      [null, 1, 28, 28],
      [5, 1, 28, 28],
    ],
    [[5, 1], [null], [5]],
    [[5], [null, 1], [5, 1]],
    [
      [5, 3, 4, 4],
      [null, 3, 16],
      [5, 3, 16],
    ],
    [[28, 28], [784], [784]],
    [
      [2, 3],
      [null, null],
      [2, 3],
    ],
    [[], [1], [1]],
    [[1], [], []],
  ])('%j fits %j', (found, wanted, result) => expect(fitShape(found, wanted)).toEqual(result));

  test.each([
    [
      [3, 2],
      [2, 3],
    ],
    [
      [5, 2, 6],
      [null, 4, 3],
    ],
    [[784], [null, 784]],
    [[5, 3], [null]],
    [[6], [null, 2]],
    [[], [null]],
    [
      [2, 3, 4],
      [null, null, 12],
    ],
  ])('%j does not fit %j', (found, wanted) => expect(fitShape(found, wanted)).toBeUndefined());

  test('weights keep their shape', () => {
    expect(fitShape([28, 28], [784], false)).toBeUndefined();
    expect(fitShape([28, 28], [28, 28], false)).toEqual([28, 28]);
  });

  test('merging any neighbours fits, both ways', () => {
    const extents = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(extents, fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), (fine, joins) => {
        const coarse: number[] = [];
        for (const [k, extent] of fine.entries()) {
          if (k > 0 && joins[k]) coarse[coarse.length - 1]! *= extent;
          else coarse.push(extent);
        }
        expect(fitShape(fine, coarse)).toEqual(coarse);
        expect(fitShape(coarse, fine)).toEqual(fine);
      }),
    );
  });
});

describe('messages', () => {
  const zeros = (shape: readonly number[]): HostTensor =>
    hostTensor('f32', shape, new Float32Array(elementCount(shape)));
  const messageOf = (tensor: HostTensor, wanted: ExpectedTensor): string => {
    try {
      convertTo(tensor, wanted);
      return 'converted';
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('both types with the names of the dimensions, and the row sizes', () => {
    const wanted: ExpectedTensor = {
      name: 'x',
      dtype: 'f32',
      shape: [null, 784],
      dimensions: ['B', undefined],
    };
    expect(messageOf(zeros([10, 28, 27]), wanted)).toMatchInlineSnapshot(`
      "x: the shapes do not agree
        expected f32[B = any, 784]
        found    f32[10, 28, 27]
        hint: a row has 756 values here, 784 are needed"
    `);
  });

  test('a transpose is suggested', () => {
    const wanted: ExpectedTensor = {
      name: 'Dense_1.W',
      dtype: 'f32',
      shape: [2, 3],
      dimensions: ['out', 'in'],
    };
    expect(messageOf(zeros([3, 2]), wanted)).toMatchInlineSnapshot(`
      "Dense_1.W: the shapes do not agree
        expected f32[out = 2, in = 3]
        found    f32[3, 2]
        hint: the dimensions are the other way round; transpose the data"
    `);
  });

  test('a single example wants a first dimension', () => {
    expect(messageOf(zeros([28, 28]), expected('f32', [null, 28, 28]))).toMatchInlineSnapshot(`
      "x: the shapes do not agree
        expected f32[any, 28, 28]
        found    f32[28, 28]
        hint: one example needs a first dimension: [1, 28, 28]"
    `);
  });

  test('labels given for a float target', () => {
    const wanted: ExpectedTensor = { name: 't', dtype: 'f32', shape: [null], dimensions: ['B'] };
    expect(messageOf(hostTensor('u8', [2], Uint8Array.of(4, 9)), wanted)).toMatchInlineSnapshot(`
      "t: u8 becomes f32 by division by 255, as images do, but there is one value a row, so these may be plain numbers
        expected f32[B = any]
        found    u8[2]
        hint: save the data as f32, or declare t as i32"
    `);
  });
});
