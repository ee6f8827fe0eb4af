/**
 * `power` in WGSL: operands in, a call and its helpers out.
 *
 * WGSL's `pow` is exp2(n * log2(x)): undefined for a negative base, not exact even for 100**2, and without its
 * last seven bits where the result is large. So small whole exponents become products, by repeated squaring
 * (Knuth, TAOCP vol. 2, 4.6.3), and others go through a logarithm of more than 24 bits.
 */
import type { Expr } from '../expr.ts';
import { exponentialPart } from './exponential.ts';
import type { Helper } from './record.ts';

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

const integerHelper: Helper = {
  name: 'power_i32_i32',
  text: `fn power_i32_i32(x: i32, n: i32) -> i32 {
  if (n < 0) { return select(select(0, select(1, -1, (n & 1) != 0), x == -1), 1, x == 1); }
  var result = 1;
  var base = x;
  for (var left = n; left > 0; left = left >> 1u) {
    if ((left & 1) != 0) { result = result * base; }
    base = base * base;
  }
  return result;
}`,
};

/** The first 12 bits: products of two such numbers are exact. */
const leadingBits: Helper = {
  name: 'leading_bits',
  text: `fn leading_bits(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}`,
};

/**
 * x**n for positive x, after e_powf of Sun's fdlibm: log2(x) as the sum of a number of 12 bits and a rest, n
 * times both, and the exponential of what is left beside a whole number. x is m * 2**k as in `log_f32`, and
 * log(m) = 2 artanh(s) = 2 s + a small rest, s = f/(2 + f), taken as 12 bits and their remainder.
 */
const positivePower: Helper = {
  name: 'positive_power',
  text: `fn positive_power(x: f32, n: f32) -> f32 {
  let bits = bitcast<i32>(x);
  let k = (bits - 0x3f3504f3) >> 23u;
  let f = bitcast<f32>(bits - (k << 23u)) - 1.0;
  let d = 2.0 + f;
  let s = f / d;
  let s_high = leading_bits(s);
  let d_high = leading_bits(d);
  let s_low = ((f - s_high * d_high) - s_high * (f - (d_high - 2.0))) / d;
  let z = s * s;
  let low = 2.0 * s_low + s * z * (0.66666667 + z * (0.4 + z * (0.28571429 + z * (0.22222222 + z * 0.2))));
  let high = 2.0 * s_high;
  let log2_high = high * 1.4423828125;
  let log2_low = high * 0.00031222849 + low * 1.442695;
  let first = leading_bits((f32(k) + log2_high) + log2_low);
  let rest = log2_low - ((first - f32(k)) - log2_high);
  let n_high = leading_bits(n);
  let p_high = clamp(n_high * first, -128.25, 128.25);
  let p_low = clamp((n - n_high) * first + n * rest, -0.5, 0.5);
  let whole = min(round(p_high + p_low), 128.0);
  let y = 1.0 + exp_part(((p_high - whole) + p_low) * 0.69314718);
  let scaled = bitcast<f32>(min(bitcast<i32>(y) + (i32(whole) << 23u), 0x7f800000));
  return select(scaled, 0.0, p_high + p_low < -126.0);
}`,
};

/** pow(0, 0) = 1 and 0**n = 0. A negative base has a power where n is whole. */
const floatToFloat: Helper = {
  name: 'power_f32_f32',
  text: `fn power_f32_f32(x: f32, n: f32) -> f32 {
  if (n == 0.0) { return 1.0; }
  if (x == 0.0) { return select(0.0, 1.0 / x, n < 0.0); }
  let y = positive_power(abs(x), n);
  return select(y, -y, x < 0.0 && fract(0.5 * n) == 0.5);
}`,
};

const floatToFloatHelpers: readonly Helper[] = [exponentialPart, leadingBits, positivePower, floatToFloat];

const floatToInteger: Helper = {
  name: 'power_f32_i32',
  text: `fn power_f32_i32(x: f32, n: i32) -> f32 {
  if (n > ${largestUnrolled} || n < -${largestUnrolled}) {
    let y = power_f32_f32(abs(x), f32(n));
    return select(y, -y, x < 0.0 && (n & 1) != 0);
  }
  var result = 1.0;
  var base = x;
  for (var left = abs(n); left > 0; left = left >> 1u) {
    if ((left & 1) != 0) { result = result * base; }
    base = base * base;
  }
  return select(result, 1.0 / result, n < 0);
}`,
};

/** x**n for one n, unrolled: `let x2 = x * x; let x4 = x2 * x2; return x4 * x;`. */
function unrolled(n: number): Helper {
  const lines: string[] = [];
  const factors: string[] = [];
  for (let bit = 1; bit <= Math.abs(n); bit *= 2) {
    const base = bit === 1 ? 'x' : `x${bit}`;
    const half = bit === 2 ? 'x' : `x${bit / 2}`;
    if (bit > 1) lines.push(`  let ${base} = ${half} * ${half};`);
    if (Math.floor(Math.abs(n) / bit) % 2 === 1) factors.push(base);
  }
  const product = factors.reverse().join(' * ');
  const name = unrolledName(n);
  return {
    name,
    text: [
      `fn ${name}(x: f32) -> f32 {`,
      ...lines,
      `  return ${n < 0 ? `1.0 / (${product})` : product};`,
      '}',
    ].join('\n'),
  };
}

const unrolledName = (n: number): string => `power_${n < 0 ? 'minus_' : ''}${Math.abs(n)}`;

export function powerCall(args: readonly string[], operands: readonly Expr[]): string {
  const [x, n] = operands;
  if (x!.dtype === 'i32') return `power_i32_i32(${args[0]}, ${args[1]})`;
  const whole = wholeConstant(n!);
  if (whole === 0) return '1.0';
  if (whole === 1) return args[0]!;
  if (whole !== undefined) return `${unrolledName(whole)}(${args[0]})`;
  return `power_f32_${n!.dtype}(${args[0]}, ${args[1]})`;
}

export function powerHelpers(operands: readonly Expr[]): readonly Helper[] {
  const [x, n] = operands;
  if (x!.dtype === 'i32') return [integerHelper];
  const whole = wholeConstant(n!);
  if (whole === 0 || whole === 1) return [];
  if (whole !== undefined) return [unrolled(whole)];
  return n!.dtype === 'i32' ? [...floatToFloatHelpers, floatToInteger] : floatToFloatHelpers;
}
