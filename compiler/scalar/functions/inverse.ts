/**
 * The inverse trigonometric functions to the precision of f32: those of WGSL promise an absolute error of 2^-11
 * only. Reductions and polynomials of Moshier's Cephes library (asinf, acosf, atanf).
 */
import { formula } from '../formula-text.ts';

/** asin(s), where s is a up to 1/2 and sqrt((1 - a)/2) above: asin(a) is then pi/2 - 2 asin(s). */
const arcSinePart = formula(`
  asin_part(a: f32) -> f32
    z = select(a > 0.5, 0.5 * (1 - a), a * a)
    s = select(a > 0.5, sqrt(z), a)
    s + s * z * (0.16666752 + z * (0.074953003 + z * (0.045470026 + z * (0.024181311 + z * 0.042163199))))
`);

/** pi/2 is taken in two parts. */
export const arcSine = formula(
  `
  asin_f32(x: f32) -> f32
    p = asin_part(abs(x))
    y = select(abs(x) > 0.5, (1.5707964 - 2 * p) - 4.371139e-08, p)
    select(x < 0, -y, y)
`,
  [arcSinePart],
);

export const arcCosine = formula(
  `
  acos_f32(x: f32) -> f32
    p = asin_part(abs(x))
    near = (1.5707964 - select(x < 0, -p, p)) - 4.371139e-08
    far = select(x < 0, (3.1415927 - 2 * p) - 8.742278e-08, 2 * p)
    select(abs(x) > 0.5, far, near)
`,
  [arcSinePart],
);

/** atan(a) is pi/4 + atan((a - 1)/(a + 1)) above tan(pi/8), and pi/2 - atan(1/a) above tan(3 pi/8). */
export const arcTangent = formula(`
  atan_f32(x: f32) -> f32
    a = abs(x)
    middle = a > 0.41421357
    far = a > 2.4142135
    t = select(far, -1, select(middle, a - 1, a)) / select(far, a, select(middle, a + 1, 1))
    z = t * t
    p = t + t * z * (-0.33332949 + z * (0.19977711 + z * (-0.13877686 + z * 0.080537445)))
    y = select(far, 1.5707964, select(middle, 0.78539816, 0)) + p
    select(x < 0, -y, y)
`);

/** The angle of the point (x, y): that of the flatter triangle, and what is left to a quarter and to a half turn. */
export const arcTangentOfPoint = formula(
  `
  atan2_f32(y: f32, x: f32) -> f32
    a = abs(y)
    b = abs(x)
    large = maximum(a, b)
    p = atan_f32(minimum(a, b) / select(large > 0, large, 1))
    q = select(a > b, (1.5707964 - p) - 4.371139e-08, p)
    r = select(x < 0, (3.1415927 - q) - 8.742278e-08, q)
    select(y < 0, -r, r)
`,
  [arcTangent],
);
