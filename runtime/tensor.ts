/** Tensors in host memory: which typed array holds which element type, and how shapes are counted and shown. */

import { DataError } from './errors.ts';
import { elementCount } from './extents.ts';
import type { ElementType } from './program.ts';

export type TypedArray = Float32Array | Int32Array | Uint32Array;

/** Row-major, no padding. `bool` is a Uint32Array of 0 and 1. */
export interface Tensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

const arrays = {
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  bool: Uint32Array,
} as const satisfies Record<ElementType, unknown>;

/** A zeroed array for `length` elements. */
export const allocate = (dtype: ElementType, length: number): TypedArray => new arrays[dtype](length);

/** The elements in `bytes`, without a copy. */
export const viewOf = (dtype: ElementType, bytes: ArrayBuffer, offset: number, length: number): TypedArray =>
  new arrays[dtype](bytes, offset, length);

/** Every element type takes one 32-bit word. */
export const byteLength = (shape: readonly number[]): number => 4 * elementCount(shape);

/** `f32[32, 784]`. */
export const typeText = (tensor: {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}): string => `${tensor.dtype}[${tensor.shape.join(', ')}]`;

export const sameType = (
  a: { readonly dtype: ElementType; readonly shape: readonly number[] },
  b: { readonly dtype: ElementType; readonly shape: readonly number[] },
): boolean =>
  a.dtype === b.dtype && a.shape.length === b.shape.length && a.shape.every((n, i) => n === b.shape[i]);

/** Throws unless `data` is the right kind of array, with the right number of elements. */
export function checkArray(
  tensor: { readonly name: string; readonly dtype: ElementType; readonly shape: readonly number[] },
  data: TypedArray,
): void {
  const Wanted = arrays[tensor.dtype];
  if (!(data instanceof Wanted)) {
    const found = (data as object | null)?.constructor?.name ?? String(data);
    throw new DataError(`${tensor.name} is ${typeText(tensor)} and takes a ${Wanted.name}; got a ${found}`);
  }
  const wanted = elementCount(tensor.shape);
  if (data.length !== wanted) {
    throw new DataError(
      `${tensor.name} is ${typeText(tensor)}, which is ${wanted} elements; got ${data.length}`,
    );
  }
}

/** The types of WebGPU want to know that the memory is not shared. */
export const ownBytes = (data: TypedArray): TypedArray & { readonly buffer: ArrayBuffer } =>
  data as TypedArray & { readonly buffer: ArrayBuffer };
