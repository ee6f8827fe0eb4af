/**
 * The inverse trigonometric functions in WGSL to the precision of f32: the built-in ones promise an absolute
 * error of 2^-11 only. Reductions and polynomials of Moshier's Cephes library (asinf, acosf, atanf).
 */
import type { Helper } from './record.ts';

/** asin(s), where s is a up to 1/2 and sqrt((1 - a)/2) above: asin(a) is then pi/2 - 2 asin(s). */
const arcSinePart: Helper = {
  name: 'asin_part',
  text: `fn asin_part(a: f32) -> f32 {
  let z = select(a * a, 0.5 * (1.0 - a), a > 0.5);
  let s = select(a, sqrt(z), a > 0.5);
  return s + s * z * (0.16666752 + z * (0.074953003 + z * (0.045470026 + z * (0.024181311 + z * 0.042163199))));
}`,
};

/** pi/2 is taken in two parts. */
const asinHelper: Helper = {
  name: 'asin_f32',
  text: `fn asin_f32(x: f32) -> f32 {
  let p = asin_part(abs(x));
  let y = select(p, (1.5707964 - 2.0 * p) - 4.371139e-08, abs(x) > 0.5);
  return select(y, -y, x < 0.0);
}`,
};

const acosHelper: Helper = {
  name: 'acos_f32',
  text: `fn acos_f32(x: f32) -> f32 {
  let p = asin_part(abs(x));
  let near = (1.5707964 - select(p, -p, x < 0.0)) - 4.371139e-08;
  let far = select(2.0 * p, (3.1415927 - 2.0 * p) - 8.742278e-08, x < 0.0);
  return select(near, far, abs(x) > 0.5);
}`,
};

/** atan(a) is pi/4 + atan((a - 1)/(a + 1)) above tan(pi/8), and pi/2 - atan(1/a) above tan(3 pi/8). */
const atanHelper: Helper = {
  name: 'atan_f32',
  text: `fn atan_f32(x: f32) -> f32 {
  let a = abs(x);
  let middle = a > 0.41421357;
  let far = a > 2.4142135;
  let t = select(select(a, a - 1.0, middle), -1.0, far) / select(select(1.0, a + 1.0, middle), a, far);
  let z = t * t;
  let p = t + t * z * (-0.33332949 + z * (0.19977711 + z * (-0.13877686 + z * 0.080537445)));
  let y = select(select(0.0, 0.78539816, middle), 1.5707964, far) + p;
  return select(y, -y, x < 0.0);
}`,
};

export const asinHelpers: readonly Helper[] = [arcSinePart, asinHelper];
export const acosHelpers: readonly Helper[] = [arcSinePart, acosHelper];
export const atanHelpers: readonly Helper[] = [atanHelper];
