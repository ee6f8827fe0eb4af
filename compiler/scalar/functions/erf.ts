/** The error function: in f64 to about 1e-15, and as a formula to about 1e-7. */
import { formula } from '../formula-text.ts';
import { exponential } from './exponential.ts';

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

/** The continued fraction of erfc for large x (A&S 7.1.14), evaluated from its tail. */
function complement(x: number): number {
  let fraction = x;
  for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
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
