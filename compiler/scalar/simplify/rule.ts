/** What a simplification rule is, and what it may ask. */
import type { Call, Expr } from '../expr.ts';
import type { Facts } from '../facts.ts';
import type { FunctionName } from '../functions.ts';

export interface Context {
  /** The ranges of the indices, as facts. */
  readonly facts: Facts;
  /** Whether two expressions have the same structure. */
  readonly same: (a: Expr, b: Expr) => boolean;
  /** A number for each structure, the same for equal ones. */
  readonly keyOf: (e: Expr) => string;
}

/**
 * A rule sees an expression whose parts are simple already, and gives what replaces it, or undefined where it
 * does not apply. It must not undo what another rule does: the driver stops loudly if the rules do not settle.
 */
export interface Rule<E extends Expr = Expr> {
  readonly name: string;
  readonly apply: (e: E, context: Context) => Expr | undefined;
}

/** The rules for calls, by the function that they match. */
export type CallRules = Readonly<Partial<Record<FunctionName, readonly Rule<Call>[]>>>;

/** The operands, if `e` is a call of `fn`. */
export const operandsOf = (e: Expr, fn: FunctionName): readonly [Expr, Expr] | undefined =>
  e.kind === 'call' && e.fn === fn ? (e.operands as readonly [Expr, Expr]) : undefined;

export const operandOf = (e: Expr, fn: FunctionName): Expr | undefined => operandsOf(e, fn)?.[0];
