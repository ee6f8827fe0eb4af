/** The shape of a record in the table of scalar functions. */
import type { Expr } from '../expr.ts';
import type { Formula } from '../formula.ts';
import type { PrimitiveName } from '../primitives.ts';
import { isInteger, type TypeRule } from './typing.ts';

/** The derivative by one operand; undefined where it is zero or the operand has none. */
export type Partial = Expr | undefined;

/**
 * How every target computes a function: by one primitive; by a formula, of as many operands, from the first, as it
 * has parameters; or not at all: it is its first operand.
 */
export type Computation = PrimitiveName | Formula | 'operand';

/** Everything nnc knows about a scalar function, once. */
export interface ScalarFunction {
  /** One sentence, with the source of a formula that is not the definition. */
  readonly doc: string;
  /** Other names that a file may use. */
  readonly aliases: readonly string[];
  readonly type: TypeRule;
  /** The meaning, in f64; booleans are 0 and 1. Integer results are wrapped to 32 bits by the caller. */
  readonly evaluate: (...x: readonly number[]) => number;
  /** Where the result is i32 or u32 and f64 arithmetic would not be exact or not mean the same. */
  readonly evaluateInteger?: (...x: readonly number[]) => number;
  /** In 32 bits; `operands` tell types and constants. */
  readonly compute: (operands: readonly Expr[]) => Computation;
  /** What is promised of a result in f32 on any target, in units of the last place; 4 unless said. */
  readonly ulp?: number;
  /** d result / d operand k, from the result y and the operands; for f32 results. `zero`: all are. */
  readonly partials: ((y: Expr, ...x: readonly Expr[]) => readonly Partial[]) | 'zero';
  /** A range per operand, clear of kinks and poles: where derived tests sample. Integers are rounded. */
  readonly domain: readonly (readonly [number, number])[];
  /** What fusion should think of computing it twice. */
  readonly cost: 'cheap' | 'dear';
}

/** Whether a function works on integers here. */
export const onIntegers = (operands: readonly Expr[]): boolean =>
  operands[0] !== undefined && isInteger(operands[0].dtype);
