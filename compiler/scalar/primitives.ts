/**
 * The primitives: what every target computes by itself. All other functions are formulas over them (`formula.ts`).
 *
 * `evaluate` is what a primitive means, to the bit: an f32 is rounded once, to nearest; integers wrap at 32 bits;
 * a bool is 0 or 1. A GPU may fuse a product into a sum and may take a number below the normal ones for 0.
 */
import type { DType } from './expr.ts';
import {
  bitwise,
  comparison,
  equality,
  floats,
  logical,
  numbers,
  rule,
  signed,
  type TypeRule,
} from './functions/typing.ts';

export interface Primitive {
  readonly type: TypeRule;
  /** `dtype` is that of the first operand. */
  readonly evaluate: (x: readonly number[], dtype: DType) => number;
}

/** The value as one of its type. */
const held = (value: number, dtype: DType): number => {
  if (dtype === 'i32') return value | 0;
  return dtype === 'u32' ? value >>> 0 : Math.fround(value);
};

/** An operation that gives a value of the type of its operands, from what it gives in f64. */
const arithmetic = (type: TypeRule, of: (...x: readonly number[]) => number): Primitive => ({
  type,
  evaluate: (x, dtype) => held(of(...x), dtype),
});
const question = (type: TypeRule, of: (...x: readonly number[]) => boolean): Primitive => ({
  type,
  evaluate: (x) => (of(...x) ? 1 : 0),
});

const words = new DataView(new ArrayBuffer(4));
/** The bits of a number, read as another type. */
const reinterpret =
  (to: 'f32' | 'i32' | 'u32') =>
  ([x]: readonly number[], from: DType): number => {
    if (from === 'f32') words.setFloat32(0, x!);
    else words.setUint32(0, x! >>> 0);
    if (to === 'f32') return words.getFloat32(0);
    return to === 'i32' ? words.getInt32(0) : words.getUint32(0);
  };

const from = (to: DType, types: readonly DType[]): TypeRule =>
  rule(1, types.join(' or '), ([x]) => (types.includes(x!) ? to : undefined));
const shift = rule(2, 'an i32 or u32, and a u32', ([x, by]) =>
  (x === 'i32' || x === 'u32') && by === 'u32' ? x : undefined,
);

/** Towards zero, held within the range; not a number becomes 0. */
const truncated = (x: number, min: number, max: number): number =>
  Number.isNaN(x) ? 0 : Math.trunc(Math.min(max, Math.max(min, x)));

const table = {
  add: arithmetic(numbers(2), (x, y) => x! + y!),
  subtract: arithmetic(numbers(2), (x, y) => x! - y!),
  multiply: {
    type: numbers(2),
    evaluate: ([x, y], dtype) => held(dtype === 'f32' ? x! * y! : Math.imul(x!, y!), dtype),
  },
  divide: arithmetic(floats(2), (x, y) => x! / y!),
  /** Towards zero. The divisor is neither 0 nor -1, for which targets differ. */
  quotient: arithmetic(bitwise, (x, y) => Math.trunc(x! / y!)),
  /** With the sign of x, by such a divisor. */
  remainder: arithmetic(bitwise, (x, y) => x! % y!),
  negate: arithmetic(signed(1), (x) => -x!),
  abs: arithmetic(signed(1), (x) => Math.abs(x!)),
  minimum: arithmetic(numbers(2), (x, y) => Math.min(x!, y!)),
  maximum: arithmetic(numbers(2), (x, y) => Math.max(x!, y!)),
  floor: arithmetic(floats(1), (x) => Math.floor(x!)),
  ceil: arithmetic(floats(1), (x) => Math.ceil(x!)),
  /** Halves to the even number. */
  round: arithmetic(floats(1), (x) => roundHalfToEven(x!)),
  sqrt: arithmetic(floats(1), (x) => Math.sqrt(x!)),
  equal: question(equality, (x, y) => x === y),
  not_equal: question(equality, (x, y) => x !== y),
  less: question(comparison, (x, y) => x! < y!),
  less_equal: question(comparison, (x, y) => x! <= y!),
  greater: question(comparison, (x, y) => x! > y!),
  greater_equal: question(comparison, (x, y) => x! >= y!),
  and: question(logical(2), (x, y) => x === 1 && y === 1),
  or: question(logical(2), (x, y) => x === 1 || y === 1),
  not: question(logical(1), (x) => x === 0),
  /** Of a condition, what is where it holds, and what is where not. Both sides are computed. */
  select: {
    type: rule(3, 'a bool, and two values of one type', ([c, x, y]) =>
      c === 'bool' && x === y ? x : undefined,
    ),
    evaluate: ([c, x, y]) => (c === 1 ? x! : y!),
  },
  bit_and: arithmetic(bitwise, (x, y) => x! & y!),
  bit_or: arithmetic(bitwise, (x, y) => x! | y!),
  bit_xor: arithmetic(bitwise, (x, y) => x! ^ y!),
  /** By fewer than 32 bits. */
  shift_left: arithmetic(shift, (x, by) => x! << by!),
  /** By fewer than 32 bits; an i32 keeps its sign. */
  shift_right: { type: shift, evaluate: ([x, by], dtype) => (dtype === 'i32' ? x! >> by! : x! >>> by!) },
  to_f32: { type: from('f32', ['i32', 'u32', 'bool']), evaluate: ([x]) => Math.fround(x!) },
  /** Without the fraction, held within the range. */
  to_i32: {
    type: from('i32', ['f32', 'bool']),
    evaluate: ([x]) => truncated(x!, -2_147_483_648, 2_147_483_647),
  },
  to_u32: { type: from('u32', ['f32', 'bool']), evaluate: ([x]) => truncated(x!, 0, 4_294_967_295) },
  bits_f32: { type: from('f32', ['i32', 'u32']), evaluate: reinterpret('f32') },
  bits_i32: { type: from('i32', ['f32', 'u32']), evaluate: reinterpret('i32') },
  bits_u32: { type: from('u32', ['f32', 'i32']), evaluate: reinterpret('u32') },
} as const satisfies Readonly<Record<string, Primitive>>;

export type PrimitiveName = keyof typeof table;

export const primitives: Readonly<Record<PrimitiveName, Primitive>> = table;

export const isPrimitiveName = (name: string): name is PrimitiveName => Object.hasOwn(table, name);

/** As IEEE 754 does. */
export function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
