/** Numbers and tensors in, short texts out, as evaluation traces and comparisons show them. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';

/** Three decimals as in the textbooks; numbers far from 1 keep three digits: `11.652`, `0.0123`, `4.5e-7`. */
export function numberText(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : x > 0 ? 'infinity' : '-infinity';
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-3 || size >= 1e6))
    return x
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  return String(Number(size < 0.1 ? x.toPrecision(3) : x.toFixed(3)));
}

/** Tensors of more elements are summed up. */
const fewElements = 4;

/** A number, the few elements of a small tensor, or the least, the mean and the largest of a large one. */
export function tensorText({ shape, data }: Tensor64): string {
  if (shape.length === 0) return numberText(data[0]!);
  if (data.length > 0 && data.length <= fewElements) return `[${[...data].map(numberText).join(', ')}]`;
  if (data.length === 0) return 'empty';
  const { least, mean, largest } = summary(data);
  if (least === largest) return `all ${numberText(least)}`;
  return `${numberText(least)} … ${numberText(largest)}, mean ${numberText(mean)}`;
}

export interface Summary {
  readonly least: number;
  readonly mean: number;
  readonly largest: number;
}

export function summary(data: Float64Array): Summary {
  let [least, largest, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const x of data) {
    least = Math.min(least, x);
    largest = Math.max(largest, x);
    sum += x;
  }
  return { least, mean: sum / data.length, largest };
}

export const shapeText = (shape: readonly number[]): string =>
  shape.length === 0 ? '' : `[${shape.join(', ')}]`;

/** The distance from one f32 to the next at `x`. */
function unitInLastPlace(x: number): number {
  const size = Math.abs(x);
  // Below the smallest normal number, 2^-126, all are 2^-149 apart.
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
}

/** The largest difference of the elements, in units in the last place of an f32. */
export function ulpDifference(exact: Tensor64, found: ArrayLike<number>): number {
  let worst = 0;
  for (const [k, x] of exact.data.entries()) {
    const y = found[k]!;
    if (Object.is(x, y) || x === y) continue;
    const distance = Math.abs(x - y) / unitInLastPlace(x);
    worst = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : Math.max(worst, distance);
  }
  return worst;
}

/** `0`, `0.4`, `12`. */
export const ulpText = (ulp: number): string =>
  ulp === 0 ? '0' : ulp < 10 ? ulp.toFixed(1) : ulp < 1e6 ? String(Math.round(ulp)) : numberText(ulp);
