/**
 * Elementary functions with 400 binary digits after the point, by their series in whole numbers: numbers of f64 in,
 * the nearest f64 of the exact value out. Slow and obvious: what the f64 meaning of the table is measured by.
 */

/** A number times 2**400, as a whole number. */
type Fixed = bigint;

const digits = 400;
const unit: Fixed = 1n << BigInt(digits);

/** Exact, for numbers that are not below 2**-340. */
function fixed(x: number): Fixed {
  const exponent = Math.max(-340, Math.floor(Math.log2(Math.abs(x) || 1)) - 60);
  const shift = BigInt(exponent + digits);
  const whole = BigInt(x / 2 ** exponent);
  return shift >= 0n ? whole << shift : whole >> -shift;
}

function toNumber(x: Fixed): number {
  const size = x < 0n ? -x : x;
  const excess = size.toString(2).length - 64;
  const leading =
    excess > 0 ? Number(size >> BigInt(excess)) * 2 ** (excess - digits) : Number(size) / 2 ** digits;
  return x < 0n ? -leading : leading;
}

const times = (a: Fixed, b: Fixed): Fixed => (a * b) >> BigInt(digits);
const over = (a: Fixed, b: Fixed): Fixed => (a << BigInt(digits)) / b;
const nearest = (x: Fixed): bigint => (x + unit / 2n) >> BigInt(digits);

/** sum of terms, each made from the one before, until they vanish. */
function series(first: Fixed, next: (term: Fixed, n: bigint) => Fixed): Fixed {
  let total = first;
  let term = first;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = next(term, n);
    total += term;
  }
  return total;
}

function root(x: Fixed): Fixed {
  if (x === 0n) return 0n;
  let y = x > unit ? x : unit;
  for (;;) {
    const next = (y + over(x, y)) / 2n;
    if (next >= y) return y;
    y = next;
  }
}

const exponential = (x: Fixed): Fixed => {
  const small = x / 4096n;
  let y = series(unit, (term, n) => times(term, small) / n);
  for (let k = 0; k < 12; k++) y = times(y, y);
  return y;
};

/** atan(1/n) for the constant pi, by Machin's formula. */
const inverseTangent = (n: bigint): Fixed => {
  let total = 0n;
  let power = unit / n;
  for (let k = 1n; power !== 0n; k += 2n) {
    total += k % 4n === 1n ? power / k : -(power / k);
    power /= n * n;
  }
  return total;
};
const pi: Fixed = 16n * inverseTangent(5n) - 4n * inverseTangent(239n);

/** Newton's steps for exp(y) = x, from the logarithm of f64. */
function logarithm(x: Fixed): Fixed {
  let y = fixed(Math.log(toNumber(x)));
  for (let k = 0; k < 6; k++) {
    const e = exponential(y);
    y += over(2n * (x - e), x + e);
  }
  return y;
}

function turned(x: Fixed, quarters: bigint): Fixed {
  const turns = nearest(over(2n * x, pi));
  const r = x - (turns * pi) / 2n;
  const square = -times(r, r);
  const quadrant = (((turns + quarters) % 4n) + 4n) % 4n;
  const value =
    quadrant % 2n === 0n
      ? series(r, (term, n) => times(term, square) / (2n * n * (2n * n + 1n)))
      : series(unit, (term, n) => times(term, square) / ((2n * n - 1n) * 2n * n));
  return quadrant >= 2n ? -value : value;
}

/** Four times the angle whose tangent is a quarter's, and so small. */
function arcTangent(x: Fixed): Fixed {
  let t = x;
  for (let k = 0; k < 4; k++) t = over(t, unit + root(unit + times(t, t)));
  const square = -times(t, t);
  let power = t;
  return (
    16n *
    series(t, (_, n) => {
      power = times(power, square);
      return power / (2n * n + 1n);
    })
  );
}

const arcSine = (x: Fixed): Fixed => {
  const cosine = root(unit - times(x, x));
  return cosine === 0n ? (x < 0n ? -pi / 2n : pi / 2n) : arcTangent(over(x, cosine));
};

function errorFunction(x: Fixed): Fixed {
  const square = -times(x, x);
  let power = x;
  const total = series(x, (_, n) => {
    power = times(power, square) / n;
    return power / (2n * n + 1n);
  });
  return over(2n * total, root(pi));
}

const half = (x: Fixed): Fixed => x / 2n;
const opposite = (x: Fixed): Fixed => over(unit, exponential(x));

const inverseSine = (x: Fixed): Fixed => logarithm(x + root(times(x, x) + unit));

const definitions = {
  sqrt: root,
  exp: exponential,
  log: logarithm,
  rsqrt: (x) => over(unit, root(x)),
  log2: (x) => over(logarithm(x), logarithm(2n * unit)),
  log10: (x) => over(logarithm(x), logarithm(10n * unit)),
  asinh: (x) => (x < 0n ? -inverseSine(-x) : inverseSine(x)),
  acosh: (x) => logarithm(x + root(times(x, x) - unit)),
  atanh: (x) => half(logarithm(over(unit + x, unit - x))),
  erfc: (x) => unit - errorFunction(x),
  log1p: (x) => logarithm(unit + x),
  expm1: (x) => exponential(x) - unit,
  sin: (x) => turned(x, 0n),
  cos: (x) => turned(x, 1n),
  tan: (x) => over(turned(x, 0n), turned(x, 1n)),
  asin: arcSine,
  acos: (x) => pi / 2n - arcSine(x),
  atan: arcTangent,
  sinh: (x) => half(exponential(x) - opposite(x)),
  cosh: (x) => half(exponential(x) + opposite(x)),
  tanh: (x) => over(exponential(x) - opposite(x), exponential(x) + opposite(x)),
  erf: errorFunction,
} as const satisfies Record<string, (x: Fixed) => Fixed>;

export type Precise = keyof typeof definitions;

export const preciseNames = Object.keys(definitions) as readonly Precise[];

export const precise = (fn: Precise, x: number): number => toNumber(definitions[fn](fixed(x)));

/** x to the power of n, for positive x. */
export const precisePower = (x: number, n: number): number =>
  toNumber(exponential(times(fixed(n), logarithm(fixed(x)))));
