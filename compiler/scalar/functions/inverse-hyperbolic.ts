/**
 * The inverse hyperbolic functions to the precision of f32. Polynomials of Moshier's Cephes library (asinhf, acoshf,
 * atanhf) where a logarithm would lose digits, and logarithms elsewhere. What a logarithm is taken of is positive; `abs`
 * stands before it for what is no number, which keeps its sign bit out.
 */
import { formula } from '../formula-text.ts';
import { logarithm } from './exponential.ts';

/** Above 10^4, x + sqrt(x² ± 1) is 2 x, whose logarithm is taken in two parts: x² may be no f32. */
const logarithmOfSum = formula(
  `
  log_sum(x: f32, root: f32) -> f32
    large = x > 10000
    log_f32(abs(select(large, x, x + root))) + select(large, 0.6931472, 0)
`,
  [logarithm],
);

export const arcHyperbolicSine = formula(
  `
  asinh_f32(x: f32) -> f32
    a = abs(x)
    b = minimum(a, 10000)
    z = b * b
    near = a + a * z * (-0.16666288 + z * (0.074847586 + z * (-0.042699341 + z * 0.020122003)))
    y = select(a < 0.5, near, log_sum(a, sqrt(z + 1)))
    select(x < 0, -y, y)
`,
  [logarithmOfSum],
);

export const arcHyperbolicCosine = formula(
  `
  acosh_f32(x: f32) -> f32
    b = minimum(x, 10000)
    z = b - 1
    near = sqrt(z) * (1.4142135 + z * (-0.11784742 + z * (0.026454905 + z * (-0.0075272887 + z * 0.0017596881))))
    select(z < 0.5, near, log_sum(x, sqrt(z * (b + 1))))
`,
  [logarithmOfSum],
);

export const arcHyperbolicTangent = formula(
  `
  atanh_f32(x: f32) -> f32
    a = abs(x)
    z = x * x
    near = a + a * z * (0.33333730 + z * (0.19978216 + z * (0.14669143 + z * (0.08243703 + z * 0.18174008))))
    y = select(a < 0.5, near, 0.5 * log_f32(abs((1 + a) / (1 - a))))
    select(x < 0, -y, y)
`,
  [logarithm],
);
