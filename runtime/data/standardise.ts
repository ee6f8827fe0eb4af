/**
 * Columns of numbers in, columns with mean 0 and standard deviation 1 out.
 *
 * Mean and deviation come from the training rows alone and are applied to every other set, so they are given
 * back to be saved beside the weights. A constant column is only shifted.
 */

import { DataError } from '../errors.ts';
import { elementCount } from '../extents.ts';
import type { Tensor } from '../tensor.ts';
import { hostTypeText } from './tensor.ts';

export interface Standard {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** Mean and standard deviation (of the population) of each column of `[rows, ...]`. */
export function standardOf(train: Tensor, name: string): Standard {
  const { rows, columns } = tableOf(train, name);
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  for (const [at, value] of train.data.entries()) mean[at % columns]! += value / rows;
  for (const [at, value] of train.data.entries())
    square[at % columns]! += (value - mean[at % columns]!) ** 2 / rows;
  return {
    mean: Float32Array.from(mean),
    deviation: Float32Array.from(square, (variance) => Math.sqrt(variance) || 1),
  };
}

/** `(x - mean) / deviation`, column by column. */
export function standardise(tensor: Tensor, { mean, deviation }: Standard, name: string): Tensor {
  const { columns } = tableOf(tensor, name);
  if (columns !== mean.length) {
    throw new DataError(`${name}: ${columns} columns cannot be standardised by the means of ${mean.length}`);
  }
  const data = Float32Array.from(
    tensor.data,
    (value, at) => (value - mean[at % columns]!) / deviation[at % columns]!,
  );
  return { dtype: 'f32', shape: tensor.shape, data };
}

/** `x * deviation + mean`, column by column: what `standardise` takes away is given back. */
export function restored({ dtype, shape, data }: Tensor, { mean, deviation }: Standard): Tensor {
  const columns = mean.length;
  const own = Float32Array.from(data, (value, at) => value * deviation[at % columns]! + mean[at % columns]!);
  return { dtype, shape, data: own };
}

function tableOf(tensor: Tensor, name: string): { readonly rows: number; readonly columns: number } {
  const [rows, ...rest] = tensor.shape;
  if (tensor.dtype !== 'f32' || rows === undefined || tensor.data.length === 0) {
    throw new DataError(
      `${name}: only rows of f32 numbers can be standardised, found ${hostTypeText(tensor)}`,
    );
  }
  return { rows, columns: elementCount(rest) };
}
