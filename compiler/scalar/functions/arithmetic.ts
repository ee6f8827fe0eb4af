/** Records of the arithmetic functions: sums, products, powers, rounding, extremes. */
import type { Constant, Expr } from '../expr.ts';
import { formula } from '../formula-text.ts';
import { roundHalfToEven } from '../primitives.ts';
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
import { integerPower, powerOf } from './power.ts';
import { onIntegers, type ScalarFunction } from './record.ts';
import { exponentiation, floats, numbers, signed } from './typing.ts';

const one = number(1);
const zero = number(0);

/** Rounded down, and 0 by 0; a divisor of 0 or -1 is none to any target. */
const floorDivideSigned = formula(`
  floor_divide_i32(a: i32, b: i32) -> i32
    plain = b != 0 and b != -1
    d = select(plain, b, 1)
    q = a / d
    r = a - q * d
    down = select(r != 0 and (r < 0) != (d < 0), q - 1, q)
    select(plain, down, select(b == 0, 0, -a))
`);

const floorDivideUnsigned = formula(`
  floor_divide_u32(a: u32, b: u32) -> u32
    select(b == 0, 0, a / maximum(b, 1))
`);

const floorModuloSigned = formula(`
  floor_modulo_i32(a: i32, b: i32) -> i32
    d = select(b != 0 and b != -1, b, 1)
    r = remainder(a, d)
    select(r != 0 and (r < 0) != (d < 0), r + d, r)
`);

const floorModuloUnsigned = formula(`
  floor_modulo_u32(a: u32, b: u32) -> u32
    remainder(a, maximum(b, 1))
`);

const upperHalf = formula(`
  upper_half(x: f32) -> f32
    bits_f32((bits_u32(x) + 0x800) & 0xfffff000)
`);

/**
 * x - y*q with the quotient q and y in halves of 12 bits, whose products are exact; where q was rounded to the
 * next whole number, y is put back.
 */
const floorModuloFloat = formula(
  `
  floor_modulo_f32(x: f32, y: f32) -> f32
    q = floor(x / y)
    a = upper_half(q)
    b = upper_half(y)
    r = (((x - a * b) - (q - a) * b) - a * (y - b)) - (q - a) * (y - b)
    low = select(r != 0 and (r < 0) != (y < 0), r + y, r)
    select(abs(low) >= abs(y), low - y, low)
`,
  [upperHalf],
);

const signOfFloat = formula(`
  sign_f32(x: f32) -> f32
    select(x > 0, 1, select(x < 0, -1, x))
`);

const signOfInteger = formula(`
  sign_i32(x: i32) -> i32
    select(x > 0, 1, select(x < 0, -1, x))
`);

const towardsZero = formula(`
  trunc_f32(x: f32) -> f32
    select(x < 0, ceil(x), floor(x))
`);

const isConstant = (e: Expr | undefined): e is Constant => e?.kind === 'constant';

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
    compute: () => 'add',
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
    compute: () => 'subtract',
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
    compute: () => 'multiply',
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
    compute: (operands) => {
      if (!onIntegers(operands)) return 'divide';
      return operands[0]!.dtype === 'i32' ? floorDivideSigned : floorDivideUnsigned;
    },
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
    compute: (operands) => {
      if (!onIntegers(operands)) return floorModuloFloat;
      return operands[0]!.dtype === 'i32' ? floorModuloSigned : floorModuloUnsigned;
    },
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
    compute: powerOf,
    ulp: 16,
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
    compute: () => 'negate',
    partials: () => [number(-1)],
    domain: [[-4, 4]],
    cost: 'cheap',
  },
  abs: {
    doc: 'x without its sign; its derivative at 0 is 0.',
    aliases: [],
    type: signed(1),
    evaluate: (x) => Math.abs(x!),
    compute: () => 'abs',
    partials: (_, x) => [signOf(x!)],
    domain: [[0.1, 4]],
    cost: 'cheap',
  },
  sign: {
    doc: '-1, 0 or 1 as x is negative, zero or positive.',
    aliases: [],
    type: signed(1),
    evaluate: (x) => Math.sign(x!),
    compute: (operands) => (onIntegers(operands) ? signOfInteger : signOfFloat),
    partials: 'zero',
    domain: [[0.1, 4]],
    cost: 'cheap',
  },
  minimum: {
    doc: 'The smaller of x and y; the derivative of a tie goes to x.',
    aliases: ['min'],
    type: numbers(2),
    evaluate: (x, y) => Math.min(x!, y!),
    compute: () => 'minimum',
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
    compute: () => 'maximum',
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
    compute: () => 'floor',
    partials: 'zero',
    domain: [[0.1, 0.9]],
    cost: 'cheap',
  },
  ceil: {
    doc: 'x rounded up.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.ceil(x!),
    compute: () => 'ceil',
    partials: 'zero',
    domain: [[0.1, 0.9]],
    cost: 'cheap',
  },
  trunc: {
    doc: 'x without its fraction, towards zero.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => Math.trunc(x!),
    compute: () => towardsZero,
    partials: 'zero',
    domain: [[0.1, 0.9]],
    cost: 'cheap',
  },
  round: {
    doc: 'x rounded to the nearest whole number, halves to the even one.',
    aliases: [],
    type: floats(1),
    evaluate: (x) => roundHalfToEven(x!),
    compute: () => 'round',
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
