/** What a recurrence of a course is: a text, its sizes, and its values by plain loops; with what such loops are written with. */
import type { RandomSource } from './random.ts';

export type Sizes = Readonly<Record<string, number>>;

/** Elements by their positions, row-major. */
export interface Grid {
  readonly at: (...position: number[]) => number;
  readonly put: (value: number, ...position: number[]) => void;
  readonly data: Float64Array;
}

export interface CourseRecurrence {
  readonly name: string;
  /** A file with one model. */
  readonly text: string;
  readonly sizes: readonly Sizes[];
  /** How a leaf is drawn; from the standard normal distribution where it is not named. */
  readonly draw?: Readonly<Record<string, (random: RandomSource, sizes: Sizes) => number>>;
  /** Differences cannot follow its results: they jump, or a derivative is the author's own. */
  readonly jumps?: boolean;
  /** The results by name. */
  readonly values: (
    leaf: (name: string, ...shape: number[]) => Grid,
    sizes: Sizes,
  ) => Readonly<Record<string, Grid>>;
}

export function grid(shape: readonly number[], data?: Float64Array): Grid {
  const place = (position: readonly number[]): number => {
    const outside = position.length !== shape.length || position.some((p, k) => !(p >= 0 && p < shape[k]!));
    if (outside) throw new RangeError(`[${position.join(', ')}] is not in [${shape.join(', ')}]`);
    return position.reduce((flat, p, k) => flat * shape[k]! + p, 0);
  };
  const held = data ?? new Float64Array(shape.reduce((n, extent) => n * extent, 1));
  return {
    at: (...position) => held[place(position)]!,
    put: (value, ...position) => {
      held[place(position)] = value;
    },
    data: held,
  };
}

export const to = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k);
export const total = (n: number, term: (k: number) => number): number =>
  to(n).reduce((sum, k) => sum + term(k), 0);
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** The logarithm of the sum of exponentials. */
export const logSum = (terms: readonly number[]): number => {
  const most = Math.max(...terms);
  return most + Math.log(terms.reduce((sum, x) => sum + Math.exp(x - most), 0));
};
/** The first of the largest. */
export const argmax = (terms: readonly number[]): number => terms.indexOf(Math.max(...terms));
