/** Data for an input comes in; a DataError that says which value is wrong, and where, goes out. */
import { DataError } from './errors.ts';
import type { InputSpec } from './program.ts';
import type { TypedArray } from './tensor.ts';
import { checkArray } from './tensor.ts';

export interface InputChecks {
  /** Refuse NaN and infinity in f32 data. */
  readonly finite?: boolean;
}

/** Checks the kind of array, its length, the values of positions (labels, tokens) and, if asked, finiteness. */
export function checkInput(spec: InputSpec, data: TypedArray, checks: InputChecks = {}): void {
  checkArray(spec, data);
  checkValues(spec, spec.shape, data, checks);
}

/** The checks of the values alone, for data of another leading extent: a whole data set. */
export function checkValues(
  spec: InputSpec,
  shape: readonly number[],
  data: TypedArray,
  checks: InputChecks = {},
): void {
  if (spec.range !== undefined) {
    const { min, max, why } = spec.range;
    const at = data.findIndex((value) => value < min || value > max);
    if (at >= 0) {
      throw new DataError(
        `${spec.name}[${positionText(shape, at)}] is ${data[at]}; allowed are ${min} to ${max}: ${why}`,
      );
    }
  }
  if (spec.dtype === 'bool') {
    const at = data.findIndex((value) => value > 1);
    if (at >= 0) {
      throw new DataError(`${spec.name}[${positionText(shape, at)}] is ${data[at]}; a bool is 0 or 1`);
    }
  }
  if (checks.finite && data instanceof Float32Array) {
    const at = firstNotFinite(data);
    if (at >= 0) {
      throw new DataError(
        `${spec.name}[${positionText(shape, at)}] is ${data[at]}; the data must be finite numbers`,
      );
    }
  }
}

/** A plain loop: data sets have tens of millions of values. */
function firstNotFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i;
  return -1;
}

/** The indices of the element at a row-major position: `3, 14`. */
function positionText(shape: readonly number[], at: number): string {
  const indices: number[] = [];
  let rest = at;
  for (const extent of shape.toReversed()) {
    indices.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return indices.join(', ');
}
