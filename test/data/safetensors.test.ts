import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../runtime/data/safetensors.ts';
import { type HostTensor, hostTensor } from '../../runtime/data/tensor.ts';
import {
  allTypes,
  anyTensors,
  expectDamageHandled,
  expectSameTensor,
  expectTruncationsRefused,
} from './samples.ts';

const read = (bytes: Uint8Array) => readSafetensors(bytes, 'w.safetensors');

/** A file of a header text and so many data bytes. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const small: ReadonlyMap<string, HostTensor> = new Map([
  ['W', hostTensor('f32', [2, 2], Float32Array.of(1, -2, 3.5, 0))],
  ['n', hostTensor('i64', [], BigInt64Array.of(-5n))],
  ['on', hostTensor('bool', [3], Uint8Array.of(1, 0, 1))],
]);

describe('safetensors', () => {
  test('what is written is read back, bit for bit', () => {
    fc.assert(
      fc.property(
        anyTensors(allTypes),
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        (tensors, extra) => {
          const metadata = new Map(Object.entries(extra));
          const file = read(writeSafetensors(tensors, metadata));
          expect([...file.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
          for (const [name, tensor] of tensors) expectSameTensor(file.tensors.get(name), tensor);
          expect(file.metadata).toEqual(metadata);
        },
      ),
    );
  });

  test('the order in which tensors come does not change the file', () => {
    const metadata = [
      ['b', '2'],
      ['a', '1'],
    ] as const;
    const tensors = new Map([...small, ['A', hostTensor('f32', [1], Float32Array.of(9))] as const]);
    const one = writeSafetensors(tensors, new Map(metadata));
    const other = writeSafetensors(new Map([...tensors].reverse()), new Map([...metadata].reverse()));
    expect(other).toEqual(one);
  });

  test('every tensor is aligned to its element size', () => {
    const bytes = writeSafetensors(small);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    expect(length % 8).toBe(0);
    expect(header).toEqual({
      n: { dtype: 'I64', shape: [], data_offsets: [0, 8] },
      W: { dtype: 'F32', shape: [2, 2], data_offsets: [8, 24] },
      on: { dtype: 'BOOL', shape: [3], data_offsets: [24, 27] },
    });
  });

  test('a name of an object property is a name like any other', () => {
    const tensors = new Map([['__proto__', hostTensor('u8', [1], Uint8Array.of(7))]]);
    expectSameTensor(read(writeSafetensors(tensors)).tensors.get('__proto__'), tensors.get('__proto__')!);
  });

  test('names and values that look alike are no names twice', () => {
    const tensor = hostTensor('f32', [], Float32Array.of(1));
    const names = ['"', '\\', '\\"', '{', '}:', 'a', '"a":', 'dtype', 'shape'];
    const metadata = new Map([
      ['dtype', 'dtype'],
      ['a', 'a":"a'],
      ['shape', '{"a":1,"a":2}'],
    ]);
    const file = read(writeSafetensors(new Map(names.map((name) => [name, tensor])), metadata));
    expect([...file.tensors.keys()].sort()).toEqual([...names].sort());
    expect(file.metadata).toEqual(metadata);
  });

  test('a file cut off anywhere is refused', () => expectTruncationsRefused(writeSafetensors(small), read));

  test('a damaged file is read or refused', () => expectDamageHandled(writeSafetensors(small), read));

  const f32 = (begin: number, end: number, shape = '[1]'): string =>
    `{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;
  test.each([
    ['a tensor twice', `{"a":${f32(0, 4)},"a":${f32(0, 4)}}`, 4, 'the header has "a" twice'],
    [
      'a tensor twice, spelled twice',
      `{"a":${f32(0, 4)},"\\u0061":${f32(4, 8)}}`,
      8,
      'the header has "\\u0061" twice',
    ],
    [
      'quotes in a name twice',
      `{"a\\"{":${f32(0, 4)},"a\\"{":${f32(0, 4)}}`,
      4,
      'the header has "a\\"{" twice',
    ],
    [
      'metadata twice',
      '{"__metadata__":{},"__metadata__":{"a":"b"}}',
      0,
      'the header has "__metadata__" twice',
    ],
    ['an entry of metadata twice', '{"__metadata__":{"a":"b","a":"c"}}', 0, 'the header has "a" twice'],
    [
      'a field twice',
      '{"a":{"dtype":"F32","shape":[1],"shape":[],"data_offsets":[0,4]}}',
      4,
      'the header has "shape" twice',
    ],
    ['overlap', `{"a":${f32(0, 4)},"b":${f32(0, 4)}}`, 4, 'the data of tensor b overlaps a'],
    ['a hole', `{"a":${f32(0, 4)},"b":${f32(8, 12)}}`, 12, '4 bytes before tensor b belong to no tensor'],
    ['bytes at the end', `{"a":${f32(0, 4)}}`, 6, '2 bytes at the end belong to no tensor'],
    ['missing data', `{"a":${f32(0, 4)}}`, 2, 'the file is cut off'],
    [
      'a product that overflows',
      `{"a":${f32(0, 4, '[4294967296,4294967296,4294967296]')}}`,
      4,
      'does not take the bytes 0 to 4',
    ],
    ['a negative extent', `{"a":${f32(0, 4, '[-1,-1]')}}`, 4, 'tensor a has no valid shape'],
    ['a broken number', `{"a":${f32(0, 4, '[1.5]')}}`, 4, 'tensor a has no valid shape'],
    ['backward offsets', `{"a":${f32(4, 0)}}`, 4, 'does not take the bytes 4 to 0'],
    ['an unknown type', '{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', 1, '"F8_E4M3"'],
    ['metadata that is not text', '{"__metadata__":{"a":1}}', 0, '__metadata__ entry a is not a string'],
    ['a list for a header', '["a"]', 0, 'the header does not begin with {'],
    ['no JSON', '{"a":', 0, 'the header is not JSON'],
    ['deep nesting', `{"a":${'['.repeat(50_000)}`, 0, 'the header is not JSON'],
  ])('%s', (_, header, dataBytes, message) => {
    expect(() => read(fileOf(header, dataBytes))).toThrow(message);
  });

  test('a byte that is no truth value is refused', () => {
    const bytes = fileOf('{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}', 1);
    bytes[bytes.length - 1] = 2;
    expect(() => read(bytes)).toThrow('tensor a is BOOL and has bytes other than 0 and 1');
  });

  test('a header longer than the file is not looked for', () => {
    const bytes = fileOf('{}', 0);
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true);
    expect(() => read(bytes)).toThrow(
      'the header is said to take 9223372036854775808 bytes, the file has 10',
    );
  });
});
