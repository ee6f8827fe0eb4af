import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpackGzip } from '../../runtime/data/compression.ts';
import { readIdx, writeIdx } from '../../runtime/data/idx.ts';
import { type HostType, hostTensor } from '../../runtime/data/tensor.ts';
import { nodeCompression } from '../../src/data/tensor-files.ts';
import { anyTensor, expectDamageHandled, expectSameTensor, expectTruncationsRefused } from './samples.ts';

const types: readonly HostType[] = ['u8', 'i8', 'i16', 'i32', 'f32', 'f64'];
const read = (bytes: Uint8Array) => readIdx(bytes, 'images');

describe('IDX', () => {
  test('what is written is read back, bit for bit', () => {
    fc.assert(fc.property(anyTensor(types), (tensor) => expectSameTensor(read(writeIdx(tensor)), tensor)));
  });

  test('numbers are big-endian', () => {
    const bytes = Uint8Array.of(0, 0, 0x0b, 1, 0, 0, 0, 2, 0x01, 0x02, 0xff, 0xfe);
    expectSameTensor(read(bytes), hostTensor('i16', [2], Int16Array.of(258, -2)));
  });

  const bytes = writeIdx(hostTensor('i32', [2, 3], Int32Array.of(1, 2, 3, 4, 5, -6)));
  test('a file cut off anywhere is refused', () => expectTruncationsRefused(bytes, read));
  test('a damaged file is read or refused', () => expectDamageHandled(bytes, read));

  test('messages say what is wrong', () => {
    expect(() => read(Uint8Array.of(0x50, 0x4b, 3, 4, 0))).toThrow(
      'images: not a readable IDX file: it begins with the bytes 50 4b 03 04, which are no IDX magic number',
    );
    expect(() => read(bytes.slice(0, 20))).toThrow(
      'i32[2, 3] takes 24 bytes after the header, the file has 8',
    );
    const longer = Uint8Array.of(...bytes, 0);
    expect(() => read(longer)).toThrow('i32[2, 3] takes 24 bytes after the header, the file has 25');
    const huge = Uint8Array.of(0, 0, 8, 3, ...new Array<number>(12).fill(255));
    expect(() => read(huge)).toThrow('more bytes than can be counted');
    expect(() => writeIdx(hostTensor('u32', [1], Uint32Array.of(1)))).toThrow('IDX files cannot hold u32');
  });
});

describe('gzip', () => {
  const packed = new Uint8Array(gzipSync(Uint8Array.of(1, 2, 3)));
  const unpack = (data: Uint8Array) => unpackGzip(data, 'x.gz', nodeCompression);

  test('is unpacked where the content is gzip, and only there', () => {
    expect([...unpack(packed)]).toEqual([1, 2, 3]);
    expect([...unpack(Uint8Array.of(9, 9))]).toEqual([9, 9]);
  });

  test('a file that is cut off says so', () => {
    expect(() => unpack(packed.slice(0, -3))).toThrow(
      'x.gz: the gzip data is damaged or cut off (unexpected end of file)',
    );
  });

  test('damage is refused', () => expectDamageHandled(packed, unpack));
});
