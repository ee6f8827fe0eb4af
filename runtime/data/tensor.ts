/**
 * Host tensors: what every reader gives and every writer takes.
 *
 * A host tensor is a row-major typed array with the element type of the *file*; `convert.ts` turns it into
 * one of the four element types that a program knows. `f16` and `bf16` keep their bits in a `Uint16Array`,
 * `bool` is a byte 0 or 1.
 */

import { DataError } from '../errors.ts';
import { elementCount } from '../extents.ts';

interface Arrays {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly f16: Uint16Array;
  readonly bf16: Uint16Array;
  readonly i8: Int8Array;
  readonly u8: Uint8Array;
  readonly i16: Int16Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly i64: BigInt64Array;
  readonly u64: BigUint64Array;
  readonly bool: Uint8Array;
}

/** Element types of files. */
export type HostType = keyof Arrays;

export type HostArray = Arrays[HostType];

export interface HostTensor {
  readonly dtype: HostType;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

interface HostTypeFacts {
  readonly bytes: number;
  readonly kind: 'float' | 'integer' | 'boolean';
  /** A typed array over a part of a buffer, or zeros of a given length. */
  readonly array: {
    new (length: number): HostArray;
    new (buffer: ArrayBuffer, byteOffset?: number, length?: number): HostArray;
  };
}

/** Everything known of an element type, once. */
export const hostTypes = {
  f32: { bytes: 4, kind: 'float', array: Float32Array },
  f64: { bytes: 8, kind: 'float', array: Float64Array },
  f16: { bytes: 2, kind: 'float', array: Uint16Array },
  bf16: { bytes: 2, kind: 'float', array: Uint16Array },
  i8: { bytes: 1, kind: 'integer', array: Int8Array },
  u8: { bytes: 1, kind: 'integer', array: Uint8Array },
  i16: { bytes: 2, kind: 'integer', array: Int16Array },
  u16: { bytes: 2, kind: 'integer', array: Uint16Array },
  i32: { bytes: 4, kind: 'integer', array: Int32Array },
  u32: { bytes: 4, kind: 'integer', array: Uint32Array },
  i64: { bytes: 8, kind: 'integer', array: BigInt64Array },
  u64: { bytes: 8, kind: 'integer', array: BigUint64Array },
  bool: { bytes: 1, kind: 'boolean', array: Uint8Array },
} as const satisfies Record<HostType, HostTypeFacts>;

/** The facts of one element type, typed for generic code. */
export const factsOf = (dtype: HostType): HostTypeFacts => hostTypes[dtype];

/** A product that a hostile header cannot overflow: `undefined` where it leaves the exact integers. */
export function checkedSize(shape: readonly number[], bytes: number): number | undefined {
  if (shape.some((extent) => !Number.isSafeInteger(extent) || extent < 0)) return undefined;
  if (shape.includes(0)) return 0;
  let size = bytes;
  for (const extent of shape) {
    size *= extent;
    if (!Number.isSafeInteger(size)) return undefined;
  }
  return size;
}

/** A tensor whose data has as many elements as its shape says. */
export function hostTensor<D extends HostType>(
  dtype: D,
  shape: readonly number[],
  data: Arrays[D],
): HostTensor {
  if (data.length !== elementCount(shape)) {
    throw new DataError(`${data.length} elements do not fill the shape [${shape.join(', ')}]`);
  }
  return { dtype, shape, data };
}

/** Elements read from little-endian bytes at any offset: copied, so that alignment does not matter. */
export function elementsFrom(dtype: HostType, bytes: Uint8Array, offset: number, count: number): HostArray {
  const facts = factsOf(dtype);
  const copy = new Uint8Array(count * facts.bytes);
  copy.set(bytes.subarray(offset, offset + copy.length));
  return new facts.array(copy.buffer, 0, count);
}

/** The bytes of the elements, little-endian (the byte order of every machine with WebGPU). */
export const bytesOf = (data: HostArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** `f32[10, 784]`: how messages write a type. */
export const hostTypeText = (tensor: { readonly dtype: string; readonly shape: readonly number[] }): string =>
  `${tensor.dtype}[${tensor.shape.join(', ')}]`;
