/** Sine and cosine in WGSL to the precision of f32: the built-in ones promise an absolute error of 2^-11 only. */
import type { Helper } from './record.ts';

/**
 * The sine of x plus a number of quarter turns. Reduction to [-pi/4, pi/4] by a pi/2 in three parts, and the
 * minimax polynomials of Moshier's Cephes library (sinf, cosf); exact to a few ulp for |x| below 10^5.
 */
export const turnedSineHelper: Helper = {
  name: 'turned_sine',
  text: `fn turned_sine(x: f32, turns: i32) -> f32 {
  let k = round(x * 0.63661975);
  let r = ((x - k * 1.5703125) - k * 0.0004837513) - k * 7.54979e-08;
  let s = r * r;
  let sine = r + r * s * (-0.16666655 + s * (0.008332161 - s * 0.00019515296));
  let cosine = 1.0 - 0.5 * s + s * s * (0.041666646 + s * (-0.0013887316 + s * 2.4433157e-05));
  let quadrant = (i32(k) + turns) & 3;
  let magnitude = select(sine, cosine, (quadrant & 1) == 1);
  return select(magnitude, -magnitude, quadrant >= 2);
}`,
};
