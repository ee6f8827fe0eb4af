/**
 * How long a kernel's text is for the driver that compiles it: a nest in, a number of operations out.
 *
 * What a schedule unrolls, or takes in four lanes, is computed as often in the text. That is nothing for a
 * multiplication; but five times four sines and cosines of 40 operations each did not compile within five minutes on
 * a software adapter, where three times four took a second. Loops are counted once: only the text counts.
 */

import type { CallTerm, Nest, Statement, Term } from '../nest/nest.ts';
import { partsOf, standIn } from '../nest/terms.ts';
import type { Expr } from '../scalar/expr.ts';
import { operationsOf } from '../scalar/formula.ts';
import { type FunctionName, functions } from '../scalar/functions.ts';

/** How much a schedule may unroll: as it likes, vectors but one turn of each loop, or not even vectors. */
export type Unrolling = 'usual' | 'little' | 'none';

/** It is taken whatever it costs. */
export const shortest: Unrolling = 'none';

export const describeUnrolling: Readonly<Record<Unrolling, string>> = {
  usual: 'loops unrolled',
  little: 'vectors of four',
  none: 'elements one at a time',
};

export const tooDear = (most: number): string => `a text of more than ${most} operations is slow to compile`;

/** Thrown by an attempt whose text is too long before it is finished. */
class TextTooLong extends Error {}

/** Is told of each operation of an attempt; ends it where those are more than `most`. */
export function textCounter(most: number): (term: Term) => void {
  let spent = 0;
  return (term) => {
    spent += costOf(term);
    if (Math.round(spent) > most) throw new TextTooLong(tooDear(most));
  };
}

/** What an attempt gives; undefined where its text became too long. */
export function withinCounter<Result>(attempt: () => Result): Result | undefined {
  try {
    return attempt();
  } catch (failure) {
    if (failure instanceof TextTooLong) return undefined;
    throw failure;
  }
}

/** What stands in the text itself comes in vectors that drivers keep together: a tile of 300 terms takes 0.2 s. */
const each = 0.35;

export function textCost(nest: Nest): number {
  const seen = new Set<Term>();
  let cost = 0;
  const visit = (term: Term): void => {
    if (seen.has(term)) return;
    seen.add(term);
    cost += costOf(term);
    partsOf(term).forEach(visit);
  };
  const statement = (of: Statement): void => {
    if ('value' in of) visit(of.value);
    if (of.kind === 'if') visit(of.condition);
    if ('body' in of) of.body.forEach(statement);
  };
  nest.body.forEach(statement);
  return Math.round(cost);
}

/** Of the term itself, without its parts. */
const costOf = (term: Term): number => {
  if (term.kind === 'literal' || term.kind === 'name') return 0;
  return term.kind === 'call' ? costOfCall(term) : each;
};

/** A formula is a function of one lane, which drivers write out at each call. */
const costOfCall = ({ fn, operands, lanes }: CallTerm): number =>
  each + lanes * formulaCost(fn, operands.map(standIn));

/** Operations of one lane of a call; none of a primitive, which is one in the text itself. */
export function formulaCost(fn: FunctionName, operands: readonly Expr[]): number {
  const computed = functions[fn].compute(operands);
  return typeof computed === 'string' ? 0 : operationsOf(computed);
}
