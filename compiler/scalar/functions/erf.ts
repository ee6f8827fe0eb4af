/** The error function: in f64 to about 1e-15, and as a formula to about 1e-7. */
import { formula } from '../formula-text.ts';
import { exponential } from './exponential.ts';
import { leadingBits } from './power.ts';

/** The series 2/sqrt(pi) exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!! below 3, all terms of one sign (A&S 7.1.6). */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 / Math.sqrt(Math.PI)) * sum) / Math.exp(x * x);
}

/**
 * The continued fraction of erfc for x >= 1/2 (A&S 7.1.14), evaluated from its tail. x² is taken in two parts, of
 * which the first is exact: its rounding would be the largest error.
 */
function complement(x: number): number {
  let fraction = x;
  for (let n = 60 + Math.ceil(250 / (x * x)); n >= 1; n--) fraction = x + n / 2 / fraction;
  const near = Math.fround(x);
  return (Math.exp(-near * near) * Math.exp((near - x) * (near + x))) / Math.sqrt(Math.PI) / fraction;
}

export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size === 0) return x;
  return Math.sign(x) * (size < 3 ? series(size) : 1 - complement(size));
}

/**
 * Below 1 the Maclaurin series (A&S 7.1.5); above, 1 - erfc by the Chebyshev fit `erfcc` of Press et al.,
 * Numerical Recipes, 6.2, whose relative error is below 1.2e-7.
 */
export const errorFunction = formula(
  `
  erf_f32(x: f32) -> f32
    a = abs(x)
    s = x * x
    near = x * (1.1283792 + s * (-0.37612638 + s * (0.11283792 + s * (-0.026866171 + s * (0.0052239776 + s * (-0.00085483270 + s * (0.00012055333 + s * (-1.4925651e-05 + s * (1.6462115e-06 - s * 1.6365845e-07)))))))))
    t = 1 / (1 + 0.5 * a)
    e = -minimum(s, 80) - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))
    c = t * exp_f32(e)
    select(a < 1, near, select(x < 0, c - 1, 1 - c))
`,
  [exponential],
);

/** 1 - erf(x), with its own digits where that would lose them. */
export const erfc = (x: number): number => (x < 0.5 ? 1 - erf(x) : complement(x));

/**
 * Below 1/2 from the Maclaurin series of erf, above by the fit `erfcc`; x² in two parts, as its rounding would be the
 * largest error of the exponential.
 */
export const complementaryErrorFunction = formula(
  `
  erfc_f32(x: f32) -> f32
    a = minimum(abs(x), 11)
    s = x * x
    near = 1 - x * (1.1283792 + s * (-0.37612638 + s * (0.11283792 + s * (-0.026866171 + s * (0.0052239776 + s * (-0.00085483270 + s * 0.00012055333))))))
    t = 1 / (1 + 0.5 * a)
    h = leading_bits(a)
    e = (h - a) * (h + a) - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))))
    c = t * exp_f32(e) * exp_f32(-h * h)
    select(abs(x) < 0.5, near, select(x < 0, 2 - c, c))
`,
  [exponential, leadingBits],
);
