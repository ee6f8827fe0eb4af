/**
 * IDX, the format of MNIST: bytes in, one tensor out, and back.
 *
 * Two zero bytes, a type code, the number of dimensions, one big-endian u32 an extent, then the elements,
 * big-endian. Format: LeCun, Cortes, Burges, "The MNIST database of handwritten digits" (1998).
 */

import { DataError } from '../errors.ts';
import { elementCount } from '../extents.ts';

import { swapBytes } from './byte-order.ts';
import { bytesOf, checkedSize, elementsFrom, factsOf, type HostTensor, type HostType } from './tensor.ts';

const codes: ReadonlyMap<number, HostType> = new Map([
  [0x08, 'u8'],
  [0x09, 'i8'],
  [0x0b, 'i16'],
  [0x0c, 'i32'],
  [0x0d, 'f32'],
  [0x0e, 'f64'],
]);

/** Whether the bytes begin as an IDX file does. */
export const looksLikeIdx = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && codes.has(bytes[2]!) && bytes[3]! <= 8;

/** The length of the file that begins so. */
export function sizeOfIdx(bytes: Uint8Array): number | undefined {
  const dtype = codes.get(bytes[2] ?? 0);
  const start = 4 + 4 * (bytes[3] ?? 0);
  if (!looksLikeIdx(bytes) || dtype === undefined || bytes.length < start) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: bytes[3]! }, (_, axis) => view.getUint32(4 + 4 * axis));
  return start + (checkedSize(shape, factsOf(dtype).bytes) ?? Number.POSITIVE_INFINITY);
}

export function readIdx(bytes: Uint8Array, file: string): HostTensor {
  const fail = (what: string): never => {
    throw new DataError(`${file}: not a readable IDX file: ${what}`);
  };
  if (bytes.length < 4) return fail(`it has ${bytes.length} bytes, the header alone takes 4`);
  const dtype = codes.get(bytes[2]!);
  const rank = bytes[3]!;
  if (bytes[0] !== 0 || bytes[1] !== 0 || dtype === undefined) {
    const magic = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return fail(`it begins with the bytes ${magic}, which are no IDX magic number`);
  }
  if (rank > 8) return fail(`it has ${rank} dimensions, at most 8 are read`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) return fail('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = checkedSize(shape, factsOf(dtype).bytes);
  if (size === undefined || size !== bytes.length - start) {
    const needed = size === undefined ? 'more bytes than can be counted' : `${size} bytes`;
    return fail(
      `${dtype}[${shape.join(', ')}] takes ${needed} after the header, the file has ${bytes.length - start}`,
    );
  }
  const data = elementsFrom(dtype, bytes, start, elementCount(shape));
  swapBytes(bytesOf(data), factsOf(dtype).bytes);
  return { dtype, shape, data };
}

/** The bytes of an IDX file; refuses element types that the format does not have. */
export function writeIdx({ dtype, shape, data }: HostTensor): Uint8Array {
  const code = [...codes].find(([, known]) => known === dtype)?.[0];
  if (code === undefined) throw new DataError(`IDX files cannot hold ${dtype}`);
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set([0, 0, code, shape.length]);
  const view = new DataView(bytes.buffer);
  for (const [axis, extent] of shape.entries()) view.setUint32(4 + 4 * axis, extent);
  bytes.set(bytesOf(data), start);
  swapBytes(bytes.subarray(start), factsOf(dtype).bytes);
  return bytes;
}
