/** NumPy's npy format, versions 1 to 3: bytes in, one tensor in C order out, and back. */

import { DataError } from '../errors.ts';
import { elementCount } from '../extents.ts';

import { swapBytes } from './byte-order.ts';
import { parseNpyHeader } from './npy-header.ts';
import {
  bytesOf,
  checkedSize,
  elementsFrom,
  factsOf,
  type HostArray,
  type HostTensor,
  type HostType,
} from './tensor.ts';

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy's own bound is 10,000 characters; this leaves room for padding. */
const largestHeader = 65_536;

/** The type codes of NumPy, without the byte order. numpy has no bfloat16. */
const codes: ReadonlyMap<string, HostType> = new Map([
  ['f4', 'f32'],
  ['f8', 'f64'],
  ['f2', 'f16'],
  ['i1', 'i8'],
  ['u1', 'u8'],
  ['i2', 'i16'],
  ['u2', 'u16'],
  ['i4', 'i32'],
  ['u4', 'u32'],
  ['i8', 'i64'],
  ['u8', 'u64'],
  ['b1', 'bool'],
]);

export const looksLikeNpy = (bytes: Uint8Array): boolean => magic.every((byte, at) => bytes[at] === byte);

/** The length of the file that begins so. */
export function sizeOfNpy(bytes: Uint8Array): number | undefined {
  if (!looksLikeNpy(bytes) || bytes.length < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true);
  if (body > bytes.length) return undefined;
  const header = parseNpyHeader(
    new TextDecoder('utf-8').decode(bytes.subarray(bytes[6] === 1 ? 10 : 12, body)),
  );
  const dtype = typeof header === 'string' ? undefined : codes.get(/\w+$/.exec(header.descr)?.[0] ?? '');
  if (typeof header === 'string' || dtype === undefined) return undefined;
  return body + (checkedSize(header.shape, factsOf(dtype).bytes) ?? Number.POSITIVE_INFINITY);
}

export function readNpy(bytes: Uint8Array, file: string): HostTensor {
  const fail = (what: string): never => {
    throw new DataError(`${file}: not a readable npy file: ${what}`);
  };
  if (!looksLikeNpy(bytes)) return fail('it does not begin with \\x93NUMPY');
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) return fail(`its format version is ${version}, versions 1 to 3 are read`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) return fail('it ends within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const body = start + headerLength;
  if (headerLength > largestHeader || body > bytes.length) return fail('it ends within its header');
  const header = parseNpyHeader(new TextDecoder('utf-8').decode(bytes.subarray(start, body)));
  if (typeof header === 'string') return fail(header);
  const [, order, code] = /^([<>|=])(\w+)$/.exec(header.descr) ?? [];
  const dtype = codes.get(code ?? '');
  if (dtype === undefined) {
    return fail(
      code?.startsWith('O')
        ? 'its elements are Python objects, which only Python can load; save it with a numeric dtype'
        : `its element type is ${JSON.stringify(header.descr.slice(0, 20))}; nnc reads ${[...codes.keys()].join(', ')}`,
    );
  }
  const elementBytes = factsOf(dtype).bytes;
  const size = checkedSize(header.shape, elementBytes);
  if (size === undefined || size !== bytes.length - body) {
    const needed = size === undefined ? 'more bytes than can be counted' : `${size} bytes`;
    return fail(
      `${dtype}[${header.shape.join(', ')}] takes ${needed}, the file has ${bytes.length - body} after its header`,
    );
  }
  const stored = elementsFrom(dtype, bytes, body, elementCount(header.shape));
  if (order === '>') swapBytes(bytesOf(stored), elementBytes);
  if (dtype === 'bool' && (stored as Uint8Array).some((byte) => byte > 1))
    return fail('a bool is neither 0 nor 1');
  const data = header.fortranOrder ? rowMajor(stored, dtype, header.shape) : stored;
  return { dtype, shape: header.shape, data };
}

/** Column-major elements to row-major ones: the first index varies fastest in the input. */
function rowMajor(stored: HostArray, dtype: HostType, shape: readonly number[]): HostArray {
  const data = new (factsOf(dtype).array)(stored.length);
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const position = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < stored.length; to++) {
    data[to] = stored[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis]! += 1;
      from += strides[axis]!;
      if (position[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      position[axis] = 0;
    }
  }
  return data;
}

/** An npy file of version 1, C order, little-endian, its data aligned to 64 bytes as NumPy does it. */
export function writeNpy({ dtype, shape, data }: HostTensor): Uint8Array {
  const code = [...codes].find(([, known]) => known === dtype)?.[0];
  if (code === undefined) throw new DataError(`npy files cannot hold ${dtype}; use .safetensors`);
  const order = factsOf(dtype).bytes === 1 ? '|' : '<';
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const body = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(body + data.byteLength);
  bytes.set([...magic, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, body - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(body - 11)}\n`), 10);
  bytes.set(bytesOf(data), body);
  return bytes;
}
