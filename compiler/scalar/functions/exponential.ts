/**
 * Exponentials and logarithms to the precision of f32, from operations that every target rounds well.
 *
 * WGSL promises 3 + 2|x| ulp of `exp` and an absolute error of `log` near 1 (where the logarithm is 0): an
 * adapter that takes it at its word loses 6 bits of exp(80), and all of log(0.9999999). Each function here is
 * a range reduction and a polynomial of Moshier's Cephes library (expf, sinhf) or of Sun's fdlibm (logf).
 * Sums are written so that each loses nothing that counts whether or not a device fuses products into them.
 */
import { formula } from '../formula-text.ts';

/** exp(r) - 1 for |r| <= log(2)/2. */
export const exponentialPart = formula(`
  exp_part(r: f32) -> f32
    r + r * r * (0.50000001 + r * (0.16666665 + r * (0.041665796 + r * (0.0083334519 + r * (0.0013981999 + r * 0.00019875692)))))
`);

/**
 * x is k*log(2) + r, log(2) in two parts the first of which is exact times k. 1.5 * 2**23 + k has the bits of k at
 * its end, and adding those to an exponent multiplies by 2**k. Above, infinity; below the normal numbers, 0.
 */
export const exponential = formula(
  `
  exp_f32(x: f32) -> f32
    y = minimum(x, 89)
    k = round(y * 1.442695)
    p = exp_part((y - k * 0.693359375) + k * 0.00021219444)
    bits = bits_i32(1 + p) + (bits_i32(k + 12582912) << 23)
    select(x < -87.33655, 0, bits_f32(minimum(bits, 0x7f800000)))
`,
  [exponentialPart],
);

/** 2**k * (1 + p) - 1, of its half first: 2**128 is no f32. */
export const exponentialLessOne = formula(
  `
  expm1_f32(x: f32) -> f32
    y = minimum(maximum(x, -20), 89)
    k = round(y * 1.442695)
    p = exp_part((y - k * 0.693359375) + k * 0.00021219444)
    h = bits_f32(bits_i32(k + 12583038) << 23)
    select(k == 0, p, 2 * (h * p + (h - 0.5)))
`,
  [exponentialPart],
);

/** E/(E + 2) with E = exp(2|x|) - 1; beyond 10 it is 1 in f32. */
export const hyperbolicTangent = formula(
  `
  tanh_f32(x: f32) -> f32
    e = expm1_f32(2 * minimum(maximum(x, -10), 10))
    e / (e + 2)
`,
  [exponentialLessOne],
);

/** exp(a)/2, also where exp(a) itself is no f32 any more. */
const halfExponential = formula(
  `
  half_exp(a: f32) -> f32
    large = a > 80
    h = exp_f32(select(large, 0.5 * a, a))
    (0.5 * h) * select(large, h, 1)
`,
  [exponential],
);

/** A polynomial below 1, where the exponentials cancel; above, their half difference. */
export const hyperbolicSine = formula(
  `
  sinh_f32(x: f32) -> f32
    s = x * x
    near = x + x * s * (0.16666716 + s * (0.0083302838 + s * 0.00020372191))
    h = half_exp(abs(x))
    far = h - 0.25 / h
    select(abs(x) < 1, near, select(x < 0, -far, far))
`,
  [halfExponential],
);

export const hyperbolicCosine = formula(
  `
  cosh_f32(x: f32) -> f32
    h = half_exp(abs(x))
    h + 0.25 / h
`,
  [halfExponential],
);

/** log((1 + f) * 2**k) for sqrt(1/2) <= 1 + f <= sqrt(2), by the series of 2 artanh(f/(2 + f)). */
const logarithmPart = formula(`
  log_part(f: f32, k: f32) -> f32
    s = f / (2 + f)
    z = s * s
    series = z * (0.66666663 + z * (0.40000972 + z * (0.28498787 + z * 0.24279079)))
    h = 0.5 * f * f
    k * 0.69313812 - (((h - s * (h + series)) - k * 9.0580006e-06) - f)
`);

/** x as m * 2**k with sqrt(1/2) <= m < sqrt(2), by its bits. Infinity and what is no number stay so where kept. */
export const logarithm = formula(
  `
  log_f32(x: f32) -> f32
    bits = bits_i32(x)
    k = (bits - 0x3f3504f3) >> 23
    y = log_part(bits_f32(bits - (k << 23)) - 1, to_f32(k))
    select(bits >= 0x7f800000, x, y)
`,
  [logarithmPart],
);

/** Where 1 + x is near 1, its rounding would be the largest error: the series takes x itself. */
export const logarithmOfOneMore = formula(
  `
  log1p_f32(x: f32) -> f32
    near = x > -0.29289323 and x < 0.41421354
    bits = bits_i32(1 + x)
    k = (bits - 0x3f3504f3) >> 23
    f = select(near, x, bits_f32(bits - (k << 23)) - 1)
    y = log_part(f, select(near, 0, to_f32(k)))
    select(bits >= 0x7f800000, 1 + x, y)
`,
  [logarithmPart],
);

/** The whole part of the logarithm stands apart, so that powers of 2 are exact. */
export const logarithmOfBase2 = formula(
  `
  log2_f32(x: f32) -> f32
    bits = bits_i32(x)
    k = (bits - 0x3f3504f3) >> 23
    y = to_f32(k) + 1.442695 * log_part(bits_f32(bits - (k << 23)) - 1, 0)
    select(bits >= 0x7f800000, x, y)
`,
  [logarithmPart],
);

export const logarithmOfBase10 = formula(
  `
  log10_f32(x: f32) -> f32
    log_f32(x) * 0.4342945
`,
  [logarithm],
);
