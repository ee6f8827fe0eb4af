/** Numbers in; the least, the largest, the mean and the root of the mean square of those that are finite, out. */

export interface Extremes {
  /** Infinity, and minus infinity for the largest, where no number is finite. */
  readonly least: number;
  readonly most: number;
  /** NaN where no number is finite. */
  readonly mean: number;
  readonly root: number;
  readonly notFinite: number;
}

export function extremesOf(data: ArrayLike<number>): Extremes {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [sum, squares, finite] = [0, 0, 0];
  for (let k = 0; k < data.length; k++) {
    const value = data[k]!;
    if (!Number.isFinite(value)) continue;
    finite += 1;
    sum += value;
    squares += value * value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return {
    least,
    most,
    mean: sum / finite,
    root: Math.sqrt(squares / finite),
    notFinite: data.length - finite,
  };
}
