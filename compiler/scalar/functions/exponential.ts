/**
 * Exponentials and logarithms in WGSL to the precision of f32, from operations that every adapter rounds well.
 *
 * WGSL promises 3 + 2|x| ulp of `exp` and an absolute error of `log` near 1 (where the logarithm is 0): an
 * adapter that takes it at its word loses 6 bits of exp(80), and all of log(0.9999999). Each function here is
 * a range reduction and a polynomial of Moshier's Cephes library (expf, sinhf) or of Sun's fdlibm (logf).
 * Sums are written so that each loses nothing that counts whether or not a device fuses products into them.
 */
import type { Helper } from './record.ts';

/** exp(r) - 1 for |r| <= log(2)/2. */
export const exponentialPart: Helper = {
  name: 'exp_part',
  text: `fn exp_part(r: f32) -> f32 {
  return r + r * r * (0.50000001 + r * (0.16666665 + r * (0.041665796 + r * (0.0083334519 + r * (0.0013981999 + r * 0.00019875692)))));
}`,
};

/**
 * x is k*log(2) + r, log(2) in two parts the first of which is exact times k. 1.5 * 2**23 + k has the bits of k at
 * its end, and adding those to an exponent multiplies by 2**k. Above, infinity; below the normal numbers, 0.
 */
const expHelper: Helper = {
  name: 'exp_f32',
  text: `fn exp_f32(x: f32) -> f32 {
  let y = min(x, 89.0);
  let k = round(y * 1.442695);
  let p = exp_part((y - k * 0.693359375) + k * 0.00021219444);
  let bits = bitcast<i32>(1.0 + p) + (bitcast<i32>(k + 12582912.0) << 23u);
  return select(bitcast<f32>(min(bits, 0x7f800000)), 0.0, x < -87.33655);
}`,
};

export const exponentialHelpers: readonly Helper[] = [exponentialPart, expHelper];

/** 2**k * (1 + p) - 1, of its half first: 2**128 is no f32. */
const expm1Helper: Helper = {
  name: 'expm1_f32',
  text: `fn expm1_f32(x: f32) -> f32 {
  let y = clamp(x, -20.0, 89.0);
  let k = round(y * 1.442695);
  let p = exp_part((y - k * 0.693359375) + k * 0.00021219444);
  let h = bitcast<f32>(bitcast<i32>(k + 12583038.0) << 23u);
  return select(2.0 * (h * p + (h - 0.5)), p, k == 0.0);
}`,
};

export const expm1Helpers: readonly Helper[] = [exponentialPart, expm1Helper];

/** E/(E + 2) with E = exp(2|x|) - 1; beyond 10 it is 1 in f32. */
const tanhHelper: Helper = {
  name: 'tanh_f32',
  text: `fn tanh_f32(x: f32) -> f32 {
  let e = expm1_f32(2.0 * clamp(x, -10.0, 10.0));
  return e / (e + 2.0);
}`,
};

export const tanhHelpers: readonly Helper[] = [...expm1Helpers, tanhHelper];

/** exp(a)/2, also where exp(a) itself is no f32 any more. */
const halfExpHelper: Helper = {
  name: 'half_exp',
  text: `fn half_exp(a: f32) -> f32 {
  let large = a > 80.0;
  let h = exp_f32(select(a, 0.5 * a, large));
  return (0.5 * h) * select(1.0, h, large);
}`,
};

/** A polynomial below 1, where the exponentials cancel; above, their half difference. */
const sinhHelper: Helper = {
  name: 'sinh_f32',
  text: `fn sinh_f32(x: f32) -> f32 {
  let s = x * x;
  let near = x + x * s * (0.16666716 + s * (0.0083302838 + s * 0.00020372191));
  let h = half_exp(abs(x));
  let far = h - 0.25 / h;
  return select(select(far, -far, x < 0.0), near, abs(x) < 1.0);
}`,
};

export const sinhHelpers: readonly Helper[] = [...exponentialHelpers, halfExpHelper, sinhHelper];

const coshHelper: Helper = {
  name: 'cosh_f32',
  text: `fn cosh_f32(x: f32) -> f32 {
  let h = half_exp(abs(x));
  return h + 0.25 / h;
}`,
};

export const coshHelpers: readonly Helper[] = [...exponentialHelpers, halfExpHelper, coshHelper];

/** log((1 + f) * 2**k) for sqrt(1/2) <= 1 + f <= sqrt(2), by the series of 2 artanh(f/(2 + f)). */
const logarithmPart: Helper = {
  name: 'log_part',
  text: `fn log_part(f: f32, k: f32) -> f32 {
  let s = f / (2.0 + f);
  let z = s * s;
  let series = z * (0.66666663 + z * (0.40000972 + z * (0.28498787 + z * 0.24279079)));
  let half = 0.5 * f * f;
  return k * 0.69313812 - (((half - s * (half + series)) - k * 9.0580006e-06) - f);
}`,
};

/** x as m * 2**k with sqrt(1/2) <= m < sqrt(2), by its bits. Infinity and what is no number stay so where kept. */
const logHelper: Helper = {
  name: 'log_f32',
  text: `fn log_f32(x: f32) -> f32 {
  let bits = bitcast<i32>(x);
  let k = (bits - 0x3f3504f3) >> 23u;
  let y = log_part(bitcast<f32>(bits - (k << 23u)) - 1.0, f32(k));
  return select(y, x, bits >= 0x7f800000);
}`,
};

export const logarithmHelpers: readonly Helper[] = [logarithmPart, logHelper];

/** Where 1 + x is near 1, its rounding would be the largest error: the series takes x itself. */
const log1pHelper: Helper = {
  name: 'log1p_f32',
  text: `fn log1p_f32(x: f32) -> f32 {
  if (x > -0.29289323 && x < 0.41421354) { return log_part(x, 0.0); }
  return log_f32(1.0 + x);
}`,
};

export const log1pHelpers: readonly Helper[] = [...logarithmHelpers, log1pHelper];
