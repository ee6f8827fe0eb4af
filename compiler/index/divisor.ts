/** Two integers in, the largest number that divides both out. */

/** Never negative; of 0 and a number, that number's magnitude. */
export const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b);
