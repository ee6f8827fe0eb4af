/** Random directions, the same for the same seed: no check may pass on one day and fail on the next. */
import { elementCount } from '../../runtime/extents.ts';
import type { Index } from '../ir/graph.ts';
import type { Tensor64 } from '../reference/tensor.ts';
import { functions } from '../scalar/functions.ts';

/** Standard normal numbers for a tensor; `stream` tells tensors apart. */
export function drawNormal(indices: readonly Index[], seed: number, stream: number): Tensor64 {
  const shape = indices.map(({ extent }) => extent);
  const size = elementCount(shape);
  const { evaluate } = functions.random_normal;
  return { shape, data: Float64Array.from({ length: size }, (_, k) => evaluate(seed, stream, k)) };
}
