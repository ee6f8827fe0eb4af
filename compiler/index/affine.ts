/**
 * Quasi-affine integer expressions of index variables: what a load may be indexed with.
 *
 * `3*j + u - 1`, `i div 28`, `(i + 1) mod 4`. All extents are known numbers when a program is compiled, so
 * coefficients and divisors are numbers too. Division is floor division and `mod` is never negative.
 * The constructors of `build.ts` keep every expression canonical (terms sorted, like terms added, no zero
 * coefficients), so two equal expressions print equal and `equal` is a comparison of the print.
 */

export interface Affine {
  readonly constant: number;
  readonly terms: readonly Term[];
}

export interface Term {
  /** Never 0. */
  readonly coefficient: number;
  readonly atom: Atom;
}

export type Atom =
  | { readonly kind: 'index'; readonly name: string }
  | { readonly kind: 'div'; readonly of: Affine; readonly by: number }
  | { readonly kind: 'mod'; readonly of: Affine; readonly by: number };

/** Both ends inclusive. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What each index variable can be: `{ min: 0, max: extent - 1 }`. */
export type Ranges = ReadonlyMap<string, Range>;
