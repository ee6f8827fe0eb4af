/**
 * Scalar expressions: the body of an equation, the value of one element.
 *
 * `relu(b[o] + s[b, o])` is `call max (call add (load b [o]) (load s [b, o])) (constant 0)`. Expressions are
 * immutable and may share parts (a DAG): walk them with a memo by object identity. Each carries its element
 * type; the constructors of `build.ts` infer it and the verifier infers it again.
 *
 * `Value` is what a load reads: a node of a graph by its position, or, before there is a graph, a tensor.
 */
import type { Affine } from '../index/affine.ts';
import type { FunctionName } from './functions.ts';

/** Element types. Booleans live in expressions; in memory they are `u32` 0 or 1. */
export type DType = 'f32' | 'i32' | 'u32' | 'bool';

/** The position of a node in its graph. */
export type ValueId = number;

export type Expr<Value = ValueId> =
  | Constant
  | IndexValue
  | Load<Value>
  | Call<Value>
  | Select<Value>
  | Derivative<Value>
  | ResultReference;

export interface Constant {
  readonly kind: 'constant';
  readonly dtype: DType;
  /** Finite; integral for i32 and u32; 0 or 1 for bool. */
  readonly value: number;
}

/** An index, or quasi-affine arithmetic of indices, as an i32. Never a constant: that is a `Constant`. */
export interface IndexValue {
  readonly kind: 'index';
  readonly dtype: 'i32';
  readonly of: Affine;
}

/** `x[f0, f1]`; each index an integer expression: a `Constant`, an `IndexValue`, or, in a gather, any i32. */
export interface Load<Value = ValueId> {
  readonly kind: 'load';
  readonly dtype: DType;
  readonly value: Value;
  readonly indices: readonly Expr<Value>[];
}

export interface Call<Value = ValueId> {
  readonly kind: 'call';
  readonly dtype: DType;
  readonly fn: FunctionName;
  readonly operands: readonly Expr<Value>[];
}

/** Only the chosen branch counts: the other may be out of range, or NaN. */
export interface Select<Value = ValueId> {
  readonly kind: 'select';
  readonly dtype: DType;
  readonly condition: Expr<Value>;
  readonly then: Expr<Value>;
  readonly otherwise: Expr<Value>;
}

/**
 * `value`, with the derivative that the author wrote: d value / d operand_k = partial_k. Evaluation is that
 * of `value`; the adjoint uses the partials only. In a partial, `ResultReference` stands for `value`.
 */
export interface Derivative<Value = ValueId> {
  readonly kind: 'derivative';
  readonly dtype: DType;
  readonly value: Expr<Value>;
  readonly rules: readonly { readonly operand: Expr<Value>; readonly partial: Expr<Value> }[];
}

/** The result of the enclosing `Derivative`; only inside its partials. */
export interface ResultReference {
  readonly kind: 'result';
  readonly dtype: DType;
}
