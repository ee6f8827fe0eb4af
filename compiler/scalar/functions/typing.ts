/** The typing rules that functions and primitives share: the types of operands in, the type of the result out. */
import type { DType } from '../expr.ts';

export interface TypeRule {
  readonly arity: number;
  /** For messages: `two numbers of one type`. */
  readonly expects: string;
  /** The result for operands of these types; undefined where the function does not apply. */
  readonly result: (operands: readonly DType[]) => DType | undefined;
}

export const isInteger = (dtype: DType): boolean => dtype === 'i32' || dtype === 'u32';
const same = (operands: readonly DType[]): boolean => operands.every((dtype) => dtype === operands[0]);

export const rule = (arity: number, expects: string, result: TypeRule['result']): TypeRule => ({
  arity,
  expects,
  result: (operands) => (operands.length === arity ? result(operands) : undefined),
});

const words = ['no operand', 'one', 'two', 'three'] as const;
const times = (arity: 1 | 2 | 3, one: string, many: string): string =>
  arity === 1 ? `one ${one}` : `${words[arity]} ${many} of one type`;

/** All f32, and so is the result. */
export const floats = (arity: 1 | 2): TypeRule =>
  rule(arity, arity === 1 ? 'an f32' : 'two f32', (x) =>
    x.every((dtype) => dtype === 'f32') ? 'f32' : undefined,
  );

/** Numbers of one type, and so is the result. */
export const numbers = (arity: 1 | 2): TypeRule =>
  rule(arity, times(arity, 'number', 'numbers'), (x) => (same(x) && x[0] !== 'bool' ? x[0] : undefined));

/** Numbers of one type with a sign. */
export const signed = (arity: 1 | 2): TypeRule =>
  rule(arity, times(arity, 'f32 or i32', 'f32 or i32'), (x) =>
    same(x) && (x[0] === 'f32' || x[0] === 'i32') ? x[0] : undefined,
  );

/** Numbers of one type to a bool. */
export const comparison: TypeRule = rule(2, 'two numbers of one type', (x) =>
  same(x) && x[0] !== 'bool' ? 'bool' : undefined,
);

/** Anything of one type to a bool. */
export const equality: TypeRule = rule(2, 'two values of one type', (x) => (same(x) ? 'bool' : undefined));

export const logical = (arity: 1 | 2): TypeRule =>
  rule(arity, arity === 1 ? 'a bool' : 'two bools', (x) =>
    x.every((dtype) => dtype === 'bool') ? 'bool' : undefined,
  );

/** From any type to a given one. */
export const conversion = (to: DType): TypeRule => rule(1, 'one value', () => to);

/** f32 to the f32 or i32; or i32 to the i32. */
export const exponentiation: TypeRule = rule(
  2,
  'an f32 and an f32 or i32, or two i32',
  ([base, exponent]) => {
    if (base === 'f32') return exponent === 'f32' || exponent === 'i32' ? 'f32' : undefined;
    return base === 'i32' && exponent === 'i32' ? 'i32' : undefined;
  },
);

/** A key, a stream and a counter to an f32. */
export const randomness: TypeRule = rule(
  3,
  'a u32 key, a u32 stream and an i32 counter',
  ([key, stream, counter]) => (key === 'u32' && stream === 'u32' && counter === 'i32' ? 'f32' : undefined),
);

/** Two integers of one type, and so is the result. */
export const bitwise: TypeRule = rule(2, 'two i32 or two u32', (x) =>
  same(x) && isInteger(x[0]!) ? x[0] : undefined,
);
