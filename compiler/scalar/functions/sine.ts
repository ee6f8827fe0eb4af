/** Sine, cosine and tangent to the precision of f32: those of WGSL promise an absolute error of 2^-11 only. */
import { formula } from '../formula-text.ts';

/**
 * The sine of x plus a number of quarter turns. k = x / (pi/2) is taken off in six parts of pi/2; the first five
 * have 8 bits, so that their products with k are exact for |x| up to 10^5 and what is left keeps its digits next
 * to a multiple of pi too (Cody and Waite, *Software Manual for the Elementary Functions*, 1980). Beyond, the
 * rest is held where the polynomials are: the result stays within -1 … 1. The polynomials are those of
 * Moshier's Cephes library (sinf, cosf).
 */
export const turnedSine = formula(`
  turned_sine(x: f32, turns: i32) -> f32
    k = round(x * 0.63661975)
    a = ((x - k * 1.5703125) - k * 0.00048828125) + k * 4.4107437e-06
    b = ((a + k * 4.3772161e-08) - k * 6.002665e-11) - k * 7.4435475e-13
    r = minimum(maximum(b, -0.8), 0.8)
    s = r * r
    sine = r + r * s * (-0.16666655 + s * (0.008332161 - s * 0.00019515296))
    cosine = 1 - 0.5 * s + s * s * (0.041666646 + s * (-0.0013887316 + s * 2.4433157e-05))
    quadrant = (to_i32(k) + turns) & 3
    magnitude = select((quadrant & 1) == 1, cosine, sine)
    select(quadrant >= 2, -magnitude, magnitude)
`);

export const sine = formula('sin_f32(x: f32) -> f32\n turned_sine(x, 0)', [turnedSine]);
export const cosine = formula('cos_f32(x: f32) -> f32\n turned_sine(x, 1)', [turnedSine]);
export const tangent = formula('tan_f32(x: f32) -> f32\n turned_sine(x, 0) / turned_sine(x, 1)', [
  turnedSine,
]);
