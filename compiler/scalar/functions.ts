/**
 * The table of scalar functions: everything nnc knows about each, once. The checker, the adjoint, the
 * reference, the printers of targets, the simplifier, the docs and the tests read it.
 *
 * To add a function, write one record in the file of its family under `functions/`.
 */
import type { DType } from './expr.ts';
import { arithmetic } from './functions/arithmetic.ts';
import { elementary } from './functions/elementary.ts';
import { logic } from './functions/logic.ts';
import { random } from './functions/random.ts';
import type { ScalarFunction } from './functions/record.ts';

export type { Computation, Partial, ScalarFunction } from './functions/record.ts';
export type { TypeRule } from './functions/typing.ts';

const table = { ...arithmetic, ...elementary, ...logic, ...random } as const;

export type FunctionName = keyof typeof table;

export const functions: Readonly<Record<FunctionName, ScalarFunction>> = table;

/** In the order of the table. */
export const functionNames = Object.keys(table) as readonly FunctionName[];

export const isFunctionName = (name: string): name is FunctionName => Object.hasOwn(table, name);

const byName: ReadonlyMap<string, FunctionName> = new Map(
  functionNames.flatMap((name) => [name, ...functions[name].aliases].map((text) => [text, name] as const)),
);

/** The function that a file calls `name`: its own name or an alias. */
export const functionNamed = (name: string): FunctionName | undefined => byName.get(name);

/** What makes a value one of another type. */
export const conversions = { f32: 'to_f32', i32: 'to_i32', u32: 'to_u32' } as const;

/** The type of the result; undefined where the function does not apply to such operands. */
export const resultType = (fn: FunctionName, operands: readonly DType[]): DType | undefined =>
  functions[fn].type.result(operands);

/** The value in the result's own arithmetic: integers wrap at 32 bits. */
export function evaluateCall(fn: FunctionName, dtype: DType, operands: readonly number[]): number {
  const { evaluate, evaluateInteger } = functions[fn];
  if (dtype === 'i32') return (evaluateInteger ?? evaluate)(...operands) | 0;
  if (dtype === 'u32') return (evaluateInteger ?? evaluate)(...operands) >>> 0;
  return evaluate(...operands);
}

/**
 * The constant that stands for a call of constants. Floats keep 15 digits, all that f64 is sure of, so that an
 * equation shows `0.1` and not `1 - 0.9 = 0.09999999999999998`.
 */
export function foldCall(fn: FunctionName, dtype: DType, operands: readonly number[]): number {
  const value = evaluateCall(fn, dtype, operands);
  return dtype === 'f32' ? Number(value.toPrecision(15)) : value;
}
