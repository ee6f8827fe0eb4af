/**
 * `power` in 32 bits: operands in, a formula out.
 *
 * WGSL's `pow` is exp2(n * log2(x)): undefined for a negative base, not exact even for 100**2, and without its
 * last seven bits where the result is large. So small whole exponents become products, by repeated squaring
 * (Knuth, TAOCP vol. 2, 4.6.3), and others go through a logarithm of more than 24 bits.
 */
import type { Expr } from '../expr.ts';
import type { Formula } from '../formula.ts';
import { formula } from '../formula-text.ts';
import { exponentialPart } from './exponential.ts';
import type { Computation } from './record.ts';

/** Each squaring doubles the error: the products of a larger exponent would lose more than the logarithm does. */
const largestUnrolled = 16;

const wholeConstant = (n: Expr): number | undefined =>
  n.kind === 'constant' && Number.isInteger(n.value) && Math.abs(n.value) <= largestUnrolled
    ? n.value
    : undefined;

/** Integer x to the n; for negative n the quotient 1 div x**-n, and so 0 except for |x| <= 1. */
export function integerPower(x: number, n: number): number {
  if (n < 0) return x === 1 ? 1 : x === -1 ? (n % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let base = x, left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

const bits = Array.from({ length: 31 }, (_, bit) => 2 ** bit);

/** Lines that multiply by the powers of x for the bits of n, which has no others. */
const squarings = (n: string, of: readonly number[]): readonly string[] =>
  of.flatMap((bit) => {
    const [base, half, before] = [`x${bit}`, `x${bit / 2}`, `y${bit / 2}`];
    if (bit === 1) return [`x1 = x`, `y1 = select((${n} & 1) != 0, x1, 1)`];
    return [
      `${base} = ${half} * ${half}`,
      `y${bit} = select((${n} & ${bit}) != 0, ${before} * ${base}, ${before})`,
    ];
  });

const integerToInteger = formula(
  [
    'power_i32_i32(x: i32, n: i32) -> i32',
    ...squarings('n', bits),
    'odd = (n & 1) != 0',
    `select(n < 0, select(x == 1, 1, select(x == -1, select(odd, -1, 1), 0)), y${bits.at(-1)})`,
  ].join('\n'),
);

/** The first 12 bits: products of two such numbers are exact. */
export const leadingBits = formula(`
  leading_bits(x: f32) -> f32
    bits_f32(bits_u32(x) & 0xfffff000)
`);

/**
 * x**n for positive x, after e_powf of Sun's fdlibm: log2(x) as the sum of a number of 12 bits and a rest, n
 * times both, and the exponential of what is left beside a whole number. x is m * 2**k as in `log_f32`, and
 * log(m) = 2 artanh(s) = 2 s + a small rest, s = f/(2 + f), taken as 12 bits and their remainder.
 */
const positivePower = formula(
  `
  positive_power(x: f32, n: f32) -> f32
    bits = bits_i32(x)
    exponent = (bits - 0x3f3504f3) >> 23
    k = to_f32(exponent)
    f = bits_f32(bits - (exponent << 23)) - 1
    d = 2 + f
    s = f / d
    s_high = leading_bits(s)
    d_high = leading_bits(d)
    s_low = ((f - s_high * d_high) - s_high * (f - (d_high - 2))) / d
    z = s * s
    low = 2 * s_low + s * z * (0.66666667 + z * (0.4 + z * (0.28571429 + z * (0.22222222 + z * 0.2))))
    high = 2 * s_high
    log2_high = high * 1.4423828125
    log2_low = high * 0.00031222849 + low * 1.442695
    first = leading_bits((k + log2_high) + log2_low)
    rest = log2_low - ((first - k) - log2_high)
    n_high = leading_bits(n)
    p_high = minimum(maximum(n_high * first, -128.25), 128.25)
    p_low = minimum(maximum((n - n_high) * first + n * rest, -0.5), 0.5)
    whole = minimum(round(p_high + p_low), 128)
    y = 1 + exp_part(((p_high - whole) + p_low) * 0.69314718)
    scaled = bits_f32(minimum(bits_i32(y) + (to_i32(whole) << 23), 0x7f800000))
    select(p_high + p_low < -126, 0, scaled)
`,
  [exponentialPart, leadingBits],
);

/** pow(0, 0) = 1 and 0**n = 0. A negative base has a power where n is whole. */
const floatToFloat = formula(
  `
  power_f32_f32(x: f32, n: f32) -> f32
    y = positive_power(abs(x), n)
    h = 0.5 * n
    odd = h - floor(h) == 0.5
    zero = select(n < 0, 1 / x, 0)
    select(n == 0, 1, select(x == 0, zero, select(x < 0 and odd, -y, y)))
`,
  [positivePower],
);

const floatToInteger = formula(
  [
    'power_f32_i32(x: f32, n: i32) -> f32',
    'm = abs(n)',
    ...squarings('m', bits.slice(0, 5)),
    'product = select(n < 0, 1 / y16, y16)',
    'y = power_f32_f32(abs(x), to_f32(n))',
    `large = n > ${largestUnrolled} or n < -${largestUnrolled}`,
    'select(large, select(x < 0 and (n & 1) != 0, -y, y), product)',
  ].join('\n'),
  [floatToFloat],
);

/** x**n for one n, unrolled: `x2 = x * x`, `x4 = x2 * x2`, `x4 * x`. */
function unrolled(n: number, dtype: 'f32' | 'i32'): Formula {
  const size = Math.abs(n);
  const base = (bit: number): string => (bit === 1 ? 'x' : `x${bit}`);
  const within = bits.filter((bit) => bit <= size);
  const product = within
    .filter((bit) => Math.floor(size / bit) % 2 === 1)
    .reverse()
    .map(base)
    .join(' * ');
  const name = `power_${n < 0 ? 'minus_' : ''}${size}${dtype === 'f32' ? '' : `_${dtype}`}`;
  return formula(
    [
      `${name}(${n === 0 ? '' : `x: ${dtype}`}) -> ${dtype}`,
      ...within.slice(1).map((bit) => `${base(bit)} = ${base(bit / 2)} * ${base(bit / 2)}`),
      n < 0 ? `1 / (${product})` : product || '1',
    ].join('\n'),
  );
}

const exponents = Array.from({ length: 2 * largestUnrolled + 1 }, (_, k) => k - largestUnrolled);
const unrolledFloats = new Map(exponents.map((n) => [n, unrolled(n, 'f32')]));
const unrolledIntegers = new Map(exponents.filter((n) => n >= 0).map((n) => [n, unrolled(n, 'i32')]));

export function powerOf([x, n]: readonly Expr[]): Computation {
  const whole = wholeConstant(n!);
  if (whole === 1) return 'operand';
  if (x!.dtype === 'i32') return unrolledIntegers.get(whole ?? -1) ?? integerToInteger;
  const product = whole === undefined ? undefined : unrolledFloats.get(whole);
  return product ?? (n!.dtype === 'i32' ? floatToInteger : floatToFloat);
}
