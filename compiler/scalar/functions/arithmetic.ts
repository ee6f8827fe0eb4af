/** Records of the arithmetic functions: sums, products, powers, rounding, extremes. */
import type { Constant, Expr } from '../expr.ts';
import {
  atLeast,
  atMost,
  choose,
  logarithm,
  minus,
  negative,
  number,
  over,
  power,
  roundDown,
  signOf,
  times,
  toFloat,
} from './formulas.ts';
import { integerPower, powerCall, powerHelpers } from './power.ts';
import {
  exponentiation,
  floats,
  type Helper,
  numbers,
  onIntegers,
  type ScalarFunction,
  signed,
} from './record.ts';

const one = number(1);
const zero = number(0);

const integerDivision = (dtype: 'i32' | 'u32'): Helper => ({
  name: `floor_divide_${dtype}`,
  text:
    dtype === 'u32'
      ? 'fn floor_divide_u32(a: u32, b: u32) -> u32 {\n  if (b == 0u) { return 0u; }\n  return a / b;\n}'
      : `fn floor_divide_i32(a: i32, b: i32) -> i32 {
  if (b == 0) { return 0; }
  let q = a / b;
  return select(q, q - 1, a % b != 0 && (a < 0) != (b < 0));
}`,
});

const integerRemainder = (dtype: 'i32' | 'u32'): Helper => ({
  name: `floor_modulo_${dtype}`,
  text:
    dtype === 'u32'
      ? 'fn floor_modulo_u32(a: u32, b: u32) -> u32 {\n  if (b == 0u) { return 0u; }\n  return a % b;\n}'
      : `fn floor_modulo_i32(a: i32, b: i32) -> i32 {
  if (b == 0) { return 0; }
  let r = a % b;
  return select(r, r + b, r != 0 && (r < 0) != (b < 0));
}`,
});

/**
 * x - y*q with the quotient q and y in halves of 12 bits, whose products are exact; where q was rounded to the
 * next whole number, y is put back.
 */
const floatRemainder: readonly Helper[] = [
  {
    name: 'upper_half',
    text: 'fn upper_half(x: f32) -> f32 {\n  return bitcast<f32>((bitcast<u32>(x) + 0x800u) & 0xfffff000u);\n}',
  },
  {
    name: 'floor_modulo_f32',
    text: `fn floor_modulo_f32(x: f32, y: f32) -> f32 {
  let q = floor(x / y);
  let a = upper_half(q);
  let b = upper_half(y);
  let r = (((x - a * b) - (q - a) * b) - a * (y - b)) - (q - a) * (y - b);
  let low = select(r, r + y, r != 0.0 && (r < 0.0) != (y < 0.0));
  return select(low, low - y, abs(low) >= abs(y));
}`,
  },
];

const integerType = (operands: readonly Expr[]): 'i32' | 'u32' =>
  operands[0]!.dtype === 'u32' ? 'u32' : 'i32';
const isConstant = (e: Expr | undefined): e is Constant => e?.kind === 'constant';

/** Half to even, as WGSL and IEEE 754 do. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const part = x - below;
  if (part !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** Exact: the remainder of JavaScript has the sign of x. */
function floorModulo(x: number, y: number): number {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
}

export const arithmetic = {
  add: {
    doc: 'The sum of x and y.',
    aliases: [],
    type: numbers(2),
    evaluate: (x, y) => x! + y!,
    wgsl: ([x, y]) => `(${x} + ${y})`,
    partials: () => [one, one],
    domain: [
      [-4, 4],
      [-4, 4],
    ],
    cost: 'cheap',
  },
  subtract: {
    doc: 'x minus y.',
    aliases: [],
    type: numbers(2),
    evaluate: (x, y) => x! - y!,
    wgsl: ([x, y]) => `(${x} - ${y})`,
    partials: () => [one, number(-1)],
    domain: [
      [-4, 4],
      [-4, 4],
    ],
    cost: 'cheap',
  },
  multiply: {
    doc: 'The product of x and y.',
    aliases: [],
    type: numbers(2),
    evaluate: (x, y) => x! * y!,
    evaluateInteger: (x, y) => Math.imul(x!, y!),
    wgsl: ([x, y]) => `(${x} * ${y})`,
    partials: (_, x, y) => [y, x],
    domain: [
      [-4, 4],
      [-4, 4],
    ],
    cost: 'cheap',
  },
  divide: {
    doc: 'The quotient of x by y; of integers, rounded down (0 where y is 0).',
    aliases: [],
    type: numbers(2),
    evaluate: (x, y) => x! / y!,
    evaluateInteger: (x, y) => (y === 0 ? 0 : Math.floor(x! / y!)),
    wgsl: ([x, y], operands) =>
      onIntegers(operands) ? `floor_divide_${integerType(operands)}(${x}, ${y})` : `(${x} / ${y})`,
    helpers: (operands) => (onIntegers(operands) ? [integerDivision(integerType(operands))] : []),
    partials: (y, _, b) => [over(one, b!), isConstant(b) ? undefined : negative(over(y, b!))],
    domain: [
      [-4, 4],
      [0.5, 4],
    ],
    cost: 'cheap',
  },
  modulo: {
    doc: 'What remains of x after division by y, with the sign of y (0 where an integer y is 0).',
    aliases: ['mod'],
    type: numbers(2),
    evaluate: (x, y) => floorModulo(x!, y!),
    evaluateInteger: (x, y) => (y === 0 ? 0 : x! - y! * Math.floor(x! / y!)),
    wgsl: ([x, y], operands) => `floor_modulo_${operands[0]!.dtype}(${x}, ${y})`,
    helpers: (operands) =>
      onIntegers(operands) ? [integerRemainder(integerType(operands))] : floatRemainder,
    partials: (_, a, b) => [one, isConstant(b) ? undefined : negative(roundDown(over(a!, b!)))],
    domain: [
      [1.1, 1.9],
      [2, 3],
    ],
    cost: 'cheap',
  },
  power: {
    doc: 'x to the power of n; x must not be negative where n is an f32 that is not a whole constant.',
    aliases: ['pow'],
    type: exponentiation,
    evaluate: (x, n) => x! ** n!,
    evaluateInteger: (x, n) => integerPower(x!, n!),
    wgsl: powerCall,
    helpers: powerHelpers,
    partials: (y, x, n) => [
      times(n!.dtype === 'i32' ? toFloat(n!) : n!, power(x!, lessOne(n!))),
      isConstant(n) || n!.dtype === 'i32' ? undefined : times(y, logarithm(x!)),
    ],
    domain: [
      [0.5, 3],
      [-2, 2],
    ],
    cost: 'dear',
  },
  negate: {
    doc: 'Minus x.',
    aliases: [],
    type: signed(1),
    evaluate: (x) => -x!,
    wgsl: ([x]) => `(-${x})`,
    partials: () => [number(-1)],
    domain: [[-4, 4]],
    cost: 'cheap',
  },
  abs: {
    doc: 'x without its sign; its derivative at 0 is 0.',
    aliases: [],
    type: signed(1),
    evaluate: (x) => Math.abs(x!),
    wgsl: ([x]) => `abs(${x})`,
    partials: (_, x) => [signOf(x!)],
    domain: [[0.1, 4]],
    cost: 'cheap',
  },
  sign: {
    doc: '-1, 0 or 1 as x is negative, zero or positive.',
    aliases: [],
    type: signed(1),
    evaluate: (x) => Math.sign(x!),
    wgsl: ([x]) => `sign(${x})`,
    partials: 'zero',
    domain: [[0.1, 4]],
    cost: 'cheap',
  },
  minimum: {
    doc: 'The smaller of x and y; the derivative of a tie goes to x.',
    aliases: ['min'],
    type: numbers(2),
    evaluate: (x, y) => Math.min(x!, y!),
    wgsl: ([x, y]) => `min(${x}, ${y})`,
    partials: (_, x, y) => [choose(atMost(x!, y!), one, zero), choose(atMost(x!, y!), zero, one)],
    domain: [
      [-4, -0.1],
      [0.1, 4],
    ],
    cost: 'cheap',
  },
  maximum: {
    doc: 'The larger of x and y; the derivative of a tie goes to x.',
    aliases: ['max'],
    type: numbers(2),
    evaluate: (x, y) => Math.max(x!, y!),
    wgsl: ([x, y]) => `max(${x}, ${y})`,
    partials: (_, x, y) => [choose(atLeast(x!, y!), one, zero), choose(atLeast(x!, y!), zero, one)],
    domain: [
      [-4, -0.1],
      [0.1, 4],
    ],
    cost: 'cheap',
  },
  floor: {
    doc: 'x rounded down.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.floor(x!),
    wgsl: ([x]) => `floor(${x})`,
    partials: 'zero',
    domain: [[0.1, 0.9]],
    cost: 'cheap',
  },
  ceil: {
    doc: 'x rounded up.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.ceil(x!),
    wgsl: ([x]) => `ceil(${x})`,
    partials: 'zero',
    domain: [[0.1, 0.9]],
    cost: 'cheap',
  },
  round: {
    doc: 'x rounded to the nearest whole number, halves to the even one.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => roundHalfToEven(x!),
    wgsl: ([x]) => `round(${x})`,
    partials: 'zero',
    domain: [[0.6, 1.4]],
    cost: 'cheap',
  },
} as const satisfies Record<string, ScalarFunction>;

/** n - 1, as a constant where n is one. */
function lessOne(n: Expr): Expr {
  if (n.kind === 'constant') return { ...n, value: n.value - 1 };
  if (n.dtype === 'f32') return minus(n, one);
  return {
    kind: 'call',
    dtype: n.dtype,
    fn: 'subtract',
    operands: [n, { kind: 'constant', dtype: 'i32', value: 1 }],
  };
}
