/**
 * How WGSL computes each primitive: texts of its operands in, the text of the result out. Texts of operands may
 * stand beside any operator, and so may the result.
 */
import type { DType } from '../scalar/expr.ts';
import type { PrimitiveName } from '../scalar/primitives.ts';

export interface PrimitiveForm {
  readonly text: (...args: readonly string[]) => string;
  /** Whether operands stand in parentheses of its own. */
  readonly isCall: boolean;
  /** Whether WGSL computes four lanes at once by the same text. */
  readonly ofFour: boolean;
  /** Whether one operand may have one lane then, and counts in each. */
  readonly mixes?: boolean;
}

const between = (operator: string, others: Partial<PrimitiveForm> = {}): PrimitiveForm => ({
  text: (x, y) => `(${x} ${operator} ${y})`,
  isCall: false,
  ofFour: true,
  ...others,
});
const arithmetic = (operator: string): PrimitiveForm => between(operator, { mixes: true });
const before = (operator: string): PrimitiveForm => ({
  text: (x) => `(${operator}${x})`,
  isCall: false,
  ofFour: true,
});
const builtin = (name: string, ofFour = true): PrimitiveForm => ({
  text: (...args) => `${name}(${args.join(', ')})`,
  isCall: true,
  ofFour,
});
const reinterpreted = (dtype: DType): PrimitiveForm => builtin(`bitcast<${dtype}>`, false);

export const forms: Readonly<Record<PrimitiveName, PrimitiveForm>> = {
  add: arithmetic('+'),
  subtract: arithmetic('-'),
  multiply: arithmetic('*'),
  divide: arithmetic('/'),
  quotient: between('/', { ofFour: false }),
  remainder: between('%', { ofFour: false }),
  negate: before('-'),
  abs: builtin('abs'),
  minimum: builtin('min'),
  maximum: builtin('max'),
  floor: builtin('floor'),
  ceil: builtin('ceil'),
  round: builtin('round'),
  sqrt: builtin('sqrt'),
  equal: between('=='),
  not_equal: between('!='),
  less: between('<'),
  less_equal: between('<='),
  greater: between('>'),
  greater_equal: between('>='),
  // `&&` and `||` would be branches, of which SwiftShader compiles a few dozen for minutes. Both sides may be computed.
  and: between('&', { ofFour: false }),
  or: between('|', { ofFour: false }),
  not: before('!'),
  select: { text: (condition, yes, no) => `select(${no}, ${yes}, ${condition})`, isCall: true, ofFour: true },
  bit_and: between('&'),
  bit_or: between('|'),
  bit_xor: between('^'),
  // What four lanes are shifted by would need four lanes, too.
  shift_left: between('<<', { ofFour: false }),
  shift_right: between('>>', { ofFour: false }),
  to_f32: builtin('f32', false),
  to_i32: builtin('i32', false),
  to_u32: builtin('u32', false),
  bits_f32: reinterpreted('f32'),
  bits_i32: reinterpreted('i32'),
  bits_u32: reinterpreted('u32'),
};

/** What WGSL has for formulas of these names that is as exact: builtins, and what is short where it is called. */
export const intrinsics: Readonly<Record<string, PrimitiveForm>> = {
  sign_f32: builtin('sign'),
  sign_i32: builtin('sign'),
  u32_of_i32: { text: (x) => `u32(max(${x}, 0))`, isCall: true, ofFour: false },
  i32_of_u32: { text: (x) => `i32(min(${x}, 2147483647u))`, isCall: true, ofFour: false },
  is_finite: {
    text: (x) => `((bitcast<u32>(${x}) & 0x7f800000u) != 0x7f800000u)`,
    isCall: true,
    ofFour: false,
  },
};
