/**
 * `power` in WGSL: operands in, a call and its helpers out.
 *
 * WGSL's `pow` is exp2(y * log2(x)): undefined for a negative base and not exact even for 100**2. So whole
 * exponents become products, by repeated squaring (Knuth, TAOCP vol. 2, 4.6.3).
 */
import type { Expr } from '../expr.ts';
import type { Helper } from './record.ts';

/** Larger whole constants go through `pow` of the base's size, with the sign put back. */
const largestUnrolled = 64;

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

const floatToInteger: Helper = {
  name: 'power_f32_i32',
  text: `fn power_f32_i32(x: f32, n: i32) -> f32 {
  var result = 1.0;
  var base = x;
  for (var left = abs(n); left > 0; left = left >> 1u) {
    if ((left & 1) != 0) { result = result * base; }
    base = base * base;
  }
  return select(result, 1.0 / result, n < 0);
}`,
};

/** pow(0, 0) = 1 and 0**n = 0; the log2 inside `pow` must not see 0. A negative base has no meaning here. */
const floatToFloat: Helper = {
  name: 'power_f32_f32',
  text: `fn power_f32_f32(x: f32, n: f32) -> f32 {
  if (n == 0.0) { return 1.0; }
  if (x == 0.0) { return select(0.0, 1.0 / x, n < 0.0); }
  return pow(x, n);
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
  return [n!.dtype === 'i32' ? floatToInteger : floatToFloat];
}
