/** Small files that unpack to far more than they say: refused with the reason, and nothing beyond what they say is unpacked. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Compression, startBytes } from '../../runtime/data/compression.ts';
import { writeIdx } from '../../runtime/data/idx.ts';
import { writeNpy } from '../../runtime/data/npy.ts';
import { readData, readTensorFile } from '../../runtime/data/read.ts';
import { writeSafetensors } from '../../runtime/data/safetensors.ts';
import { hostTensor } from '../../runtime/data/tensor.ts';
import { writeZip } from '../../runtime/data/zip.ts';
import { nodeCompression } from '../../src/data/tensor-files.ts';

const zeros = new Uint8Array(8_000_000);
const followedByZeros = (bytes: Uint8Array): Uint8Array => gzipSync(Buffer.concat([bytes, zeros]));
const ten = hostTensor('u8', [10], new Uint8Array(10).fill(7));
const many = new TextEncoder().encode('1,2\n3,4\n');

/** Reads a file; gives what was said, and the bounds that whole streams were unpacked with. */
function refused(
  file: Uint8Array,
  name: string,
): { readonly said: string; readonly bounds: readonly number[] } {
  const bounds: number[] = [];
  const counting: Compression = {
    ...nodeCompression,
    gunzip: (bytes, largest) => {
      bounds.push(largest);
      return nodeCompression.gunzip(bytes, largest);
    },
    inflateRaw: (bytes, largest) => {
      bounds.push(largest);
      return nodeCompression.inflateRaw(bytes, largest);
    },
  };
  try {
    readTensorFile(file, name, counting);
  } catch (error) {
    return { said: (error as Error).message, bounds };
  }
  throw new Error('it was read');
}

describe('a gzip file that goes on behind what its header says', () => {
  it.each([
    ['a.idx.gz', writeIdx(ten)],
    ['a.npy.gz', writeNpy(ten)],
    ['a.safetensors.gz', writeSafetensors(new Map([['a', ten]]))],
  ])('%s', (name, content) => {
    const { said, bounds } = refused(followedByZeros(content), name);
    expect(said).toBe(
      `${name}: the gzip data unpacks to more than ${content.length} bytes, as its header says`,
    );
    expect(bounds).toEqual([content.length]);
    expect(readTensorFile(gzipSync(content), name, nodeCompression).tensors.size).toBe(1);
  });

  it.each([
    ['zeros.csv.gz', 'it begins with the bytes 00 00 00 00, which are no IDX magic number'],
    ['zeros.npy.gz', 'it does not begin with'],
  ])('%s, of zeros alone, is no file of any kind', (name, message) => {
    const { said, bounds } = refused(gzipSync(zeros), name);
    expect(said).toContain(message);
    expect(bounds).toEqual([]);
  });
});

it('a header of terabytes in front of little is refused at once', () => {
  const header = Uint8Array.of(0, 0, 8, 2, 255, 255, 255, 255, 0, 0, 1, 0);
  const { said, bounds } = refused(gzipSync(header), 'a.gz');
  expect(said).toBe(
    'a.gz: its header says that it unpacks to 1099511627532 bytes; at most 2147483648 are read',
  );
  expect(bounds).toEqual([]);
  const short = refused(gzipSync(Uint8Array.of(0, 0, 8, 1, 64, 0, 0, 0)), 'a.gz');
  expect(short.said).toBe(
    'a.gz: its header says that it unpacks to 1073741832 bytes; the file is too short for that',
  );
  expect(short.bounds).toEqual([]);
});

it('a table may be long, and has a bound of its own', () => {
  const table = gzipSync(Buffer.concat(Array.from({ length: 10_000 }, () => many)));
  const { tensor } = readData(table, { path: 'a.csv.gz' }, nodeCompression);
  expect(tensor.shape).toEqual([20_000, 2]);
});

it('a table of a few rows all over is refused before it fills the memory', () => {
  const row = '0.1,0.2,0.3,iris-setosa\n';
  const bomb = gzipSync(row.repeat(1_000_000));
  const { said, bounds } = refused(bomb, 'a.csv.gz');
  expect(said).toBe(
    `a.csv.gz: the gzip data unpacks to more than 16777216 bytes, which its ${bomb.length} bytes are too few for; ` +
      'if the table is right, unpack it first',
  );
  expect(bounds).toEqual([2 ** 24]);
});

describe('an archive', () => {
  const zipOf = (content: Uint8Array): Uint8Array =>
    writeZip(new Map([['a.npy', content]]), nodeCompression.deflateRaw);
  const withSize = (zip: Uint8Array, size: number): Uint8Array => {
    const changed = zip.slice();
    new DataView(changed.buffer).setUint32(changed.length - 22 - 46 - 5 + 24, size, true);
    return changed;
  };

  it('with an array that goes on behind what its header says', () => {
    const array = writeNpy(ten);
    const { said, bounds } = refused(zipOf(Buffer.concat([array, zeros])), 'a.npz');
    expect(said).toContain(
      `entry a.npy says that it has ${array.length} bytes, the directory ${array.length + zeros.length}`,
    );
    expect(bounds).toEqual([]);
  });

  it('that says more than its bytes can hold', () => {
    const { said, bounds } = refused(withSize(zipOf(writeNpy(ten)), 2 ** 30), 'a.npz');
    expect(said).toMatch(/entry a\.npy is said to unpack to 1073741824 bytes, which \d+ cannot hold/);
    expect(bounds).toEqual([]);
  });

  it('that is too large in all', () => {
    const { said, bounds } = refused(withSize(zipOf(writeNpy(ten)), 2 ** 32 - 1), 'a.npz');
    expect(said).toContain('it unpacks to 4294967295 bytes, at most 2147483648 are read');
    expect(bounds).toEqual([]);
  });
});

it('seeing the beginning takes little', () => {
  expect(
    nodeCompression.gunzipStart(gzipSync(new Uint8Array(64_000_000)).subarray(0, startBytes)).length,
  ).toBeLessThan(17_000_000);
});
