/** Records of the elementary functions: roots, exponentials, logarithms, trigonometry, the error function. */
import { erf, erfHelper } from './erf.ts';
import {
  cosine,
  exponential,
  hyperbolicCosine,
  hyperbolicSine,
  minus,
  negative,
  number,
  over,
  plus,
  sine,
  square,
  squareRoot,
  times,
} from './formulas.ts';
import { floats, type Helper, type ScalarFunction } from './record.ts';
import { turnedSineHelper } from './sine.ts';

const one = number(1);

/** log(1+x) = 2 artanh(x/(2+x)), its series near 0 (Abramowitz & Stegun 4.1.27), to 1e-8. */
const log1pHelper: Helper = {
  name: 'log1p_f32',
  text: `fn log1p_f32(x: f32) -> f32 {
  if (abs(x) >= 0.25) { return log(1.0 + x); }
  let s = x / (2.0 + x);
  let t = s * s;
  return 2.0 * s * (1.0 + t * (0.33333334 + t * (0.2 + t * (0.14285715 + t * 0.11111111))));
}`,
};

/** The Taylor series near 0, to 1e-8. */
const expm1Helper: Helper = {
  name: 'expm1_f32',
  text: `fn expm1_f32(x: f32) -> f32 {
  if (abs(x) >= 0.5) { return exp(x) - 1.0; }
  return x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.008333334
    + x * (0.0013888889 + x * (0.0001984127 + x * 2.4801588e-05)))))));
}`,
};

export const elementary = {
  sqrt: {
    doc: 'The square root of x.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.sqrt(x!),
    wgsl: ([x]) => `sqrt(${x})`,
    partials: (y) => [over(number(0.5), y)],
    domain: [[0.1, 4]],
    cost: 'cheap',
  },
  exp: {
    doc: 'e to the x. In f32 it overflows above 88.7: a stable formula keeps x below.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.exp(x!),
    wgsl: ([x]) => `exp(${x})`,
    partials: (y) => [y],
    domain: [[-4, 4]],
    cost: 'dear',
  },
  log: {
    doc: 'The natural logarithm of x; x must be positive.',
    aliases: ['ln'],
    type: floats(1),
    evaluate: (x) => Math.log(x!),
    wgsl: ([x]) => `log(${x})`,
    partials: (_, x) => [over(one, x!)],
    domain: [[0.1, 4]],
    cost: 'dear',
  },
  log1p: {
    doc: 'log(1 + x), exact near 0.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.log1p(x!),
    wgsl: ([x]) => `log1p_f32(${x})`,
    helpers: () => [log1pHelper],
    partials: (_, x) => [over(one, plus(one, x!))],
    domain: [[-0.8, 4]],
    cost: 'dear',
  },
  expm1: {
    doc: 'exp(x) - 1, exact near 0.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.expm1(x!),
    wgsl: ([x]) => `expm1_f32(${x})`,
    helpers: () => [expm1Helper],
    partials: (y) => [plus(y, one)],
    domain: [[-4, 4]],
    cost: 'dear',
  },
  sin: {
    doc: 'The sine of x, in radians.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.sin(x!),
    wgsl: ([x]) => `turned_sine(${x}, 0)`,
    helpers: () => [turnedSineHelper],
    partials: (_, x) => [cosine(x!)],
    domain: [[-3, 3]],
    cost: 'dear',
  },
  cos: {
    doc: 'The cosine of x, in radians.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.cos(x!),
    wgsl: ([x]) => `turned_sine(${x}, 1)`,
    helpers: () => [turnedSineHelper],
    partials: (_, x) => [negative(sine(x!))],
    domain: [[-3, 3]],
    cost: 'dear',
  },
  tan: {
    doc: 'The tangent of x, in radians.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.tan(x!),
    wgsl: ([x]) => `(turned_sine(${x}, 0) / turned_sine(${x}, 1))`,
    helpers: () => [turnedSineHelper],
    partials: (y) => [plus(one, square(y))],
    domain: [[-1, 1]],
    cost: 'dear',
  },
  asin: {
    doc: 'The angle whose sine is x, |x| <= 1.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.asin(x!),
    wgsl: ([x]) => `asin(${x})`,
    partials: (_, x) => [over(one, squareRoot(minus(one, square(x!))))],
    domain: [[-0.8, 0.8]],
    cost: 'dear',
  },
  acos: {
    doc: 'The angle whose cosine is x, |x| <= 1.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.acos(x!),
    wgsl: ([x]) => `acos(${x})`,
    partials: (_, x) => [negative(over(one, squareRoot(minus(one, square(x!)))))],
    domain: [[-0.8, 0.8]],
    cost: 'dear',
  },
  atan: {
    doc: 'The angle whose tangent is x.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.atan(x!),
    wgsl: ([x]) => `atan(${x})`,
    partials: (_, x) => [over(one, plus(one, square(x!)))],
    domain: [[-3, 3]],
    cost: 'dear',
  },
  sinh: {
    doc: 'The hyperbolic sine of x.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.sinh(x!),
    wgsl: ([x]) => `sinh(${x})`,
    partials: (_, x) => [hyperbolicCosine(x!)],
    domain: [[-2, 2]],
    cost: 'dear',
  },
  cosh: {
    doc: 'The hyperbolic cosine of x.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.cosh(x!),
    wgsl: ([x]) => `cosh(${x})`,
    partials: (_, x) => [hyperbolicSine(x!)],
    domain: [[-2, 2]],
    cost: 'dear',
  },
  tanh: {
    doc: 'The hyperbolic tangent of x.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.tanh(x!),
    // Some devices compute it from exp and give NaN for large x; beyond 10 it is 1 in f32.
    wgsl: ([x]) => `tanh(clamp(${x}, -10.0, 10.0))`,
    partials: (y) => [minus(one, square(y))],
    domain: [[-2, 2]],
    cost: 'dear',
  },
  erf: {
    doc: 'The error function, 2/sqrt(pi) times the integral of exp(-t**2) from 0 to x.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => erf(x!),
    wgsl: ([x]) => `erf_f32(${x})`,
    helpers: () => [erfHelper],
    partials: (_, x) => [times(number(2 / Math.sqrt(Math.PI)), exponential(negative(square(x!))))],
    domain: [[-2, 2]],
    cost: 'dear',
  },
} as const satisfies Record<string, ScalarFunction>;
