/** Sine and cosine in WGSL to the precision of f32: the built-in ones promise an absolute error of 2^-11 only. */
import type { Helper } from './record.ts';

/**
 * The sine of x plus a number of quarter turns. k = x / (pi/2) is taken off in six parts of pi/2; the first five
 * have 8 bits, so that their products with k are exact for |x| up to 10^5 and what is left keeps its digits next
 * to a multiple of pi too (Cody and Waite, *Software Manual for the Elementary Functions*, 1980). Beyond, the
 * rest is held where the polynomials are: the result stays within -1 … 1. The polynomials are those of
 * Moshier's Cephes library (sinf, cosf).
 */
export const turnedSineHelper: Helper = {
  name: 'turned_sine',
  text: `fn turned_sine(x: f32, turns: i32) -> f32 {
  let k = round(x * 0.63661975);
  let a = ((x - k * 1.5703125) - k * 0.00048828125) + k * 4.4107437e-06;
  let b = ((a + k * 4.3772161e-08) - k * 6.002665e-11) - k * 7.4435475e-13;
  let r = clamp(b, -0.8, 0.8);
  let s = r * r;
  let sine = r + r * s * (-0.16666655 + s * (0.008332161 - s * 0.00019515296));
  let cosine = 1.0 - 0.5 * s + s * s * (0.041666646 + s * (-0.0013887316 + s * 2.4433157e-05));
  let quadrant = (i32(k) + turns) & 3;
  let magnitude = select(sine, cosine, (quadrant & 1) == 1);
  return select(magnitude, -magnitude, quadrant >= 2);
}`,
};
