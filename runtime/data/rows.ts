/** A tensor and row numbers in, the tensor of those rows (slices along the first dimension) out. */

import { DataError } from '../errors.ts';
import { elementCount } from '../extents.ts';

import { factsOf, type HostArray, type HostTensor, hostTypeText } from './tensor.ts';

/** Works on any element type, 64-bit integers included, since both arrays have the same one. */
const copyInto = (target: HostArray, source: HostArray, at: number): void =>
  (target as Uint8Array).set(source as Uint8Array, at);

export function takeRows(tensor: HostTensor, rows: readonly number[], name: string): HostTensor {
  const [count, ...rest] = tensor.shape;
  if (count === undefined) throw new DataError(`${name}: a single number has no rows to choose from`);
  if (rows.length === 0)
    throw new DataError(`${name}: the slice leaves none of the ${count} rows of ${hostTypeText(tensor)}`);
  const width = elementCount(rest);
  const data = new (factsOf(tensor.dtype).array)(rows.length * width);
  for (const [to, from] of rows.entries()) {
    copyInto(data, tensor.data.subarray(from * width, (from + 1) * width), to * width);
  }
  return { dtype: tensor.dtype, shape: [rows.length, ...rest], data };
}
