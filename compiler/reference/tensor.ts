/** The values of a tensor as the reference keeps them. */

/** Row-major. Booleans are 0 and 1. */
export interface Tensor64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}
