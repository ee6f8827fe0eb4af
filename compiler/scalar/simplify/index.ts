/** An expression and the ranges of its indices in, a simpler expression of the same value out. */
import type { Ranges } from '../../index/affine.ts';
import { fits } from '../../index/fits.ts';
import { equal, simplify as simplifyAffine } from '../../index/query.ts';
import { InternalError } from '../../internal-error.ts';
import { constant, holds, index, indexCall } from '../build.ts';
import type { Call, Expr, IndexValue } from '../expr.ts';
import { factsOf } from '../facts.ts';
import { foldCall } from '../functions.ts';
import { keyTable, mapChildren, rewrite } from '../walk.ts';
import { arithmeticRules } from './arithmetic.ts';
import { logicRules } from './logic.ts';
import type { Context, Rule } from './rule.ts';
import { selectRules } from './select.ts';

export type { Rule } from './rule.ts';

const callRules = { ...arithmeticRules, ...logicRules };

const largestFloat = 3.4028234663852886e38;

const folding: Rule<Call> = {
  name: 'a function of constants',
  apply: (e) => {
    const values: number[] = [];
    for (const operand of e.operands) {
      if (operand.kind !== 'constant') return undefined;
      values.push(operand.value);
    }
    const value = foldCall(e.fn, e.dtype, values);
    // What f32 cannot hold is left to the device.
    return holds(e.dtype, value) && Math.abs(value) <= largestFloat ? constant(value, e.dtype) : undefined;
  },
};

/** A call wraps around at 32 bits; what stays within is exact, and index arithmetic. */
const indexCalls: Rule<Call> = {
  name: 'integer arithmetic of indices',
  apply: (e, { facts }) => {
    if (e.dtype !== 'i32') return undefined;
    const of = indexCall(e.fn, e.operands, facts.ranges);
    return of !== undefined && fits(of, facts.ranges) ? index(of) : undefined;
  },
};

const indexRules: readonly Rule<IndexValue>[] = [
  {
    name: 'index arithmetic that the ranges simplify',
    apply: (e, { facts }) => {
      const simpler = simplifyAffine(e.of, facts.ranges);
      return equal(simpler, e.of) ? undefined : index(simpler);
    },
  },
];

/** The first rule that applies, and what it gives. */
function applyRules(e: Expr, context: Context): { readonly name: string; readonly to: Expr } | undefined {
  const first = <E extends Expr>(rules: readonly Rule<E>[], on: E) => {
    for (const { name, apply } of rules) {
      const to = apply(on, context);
      if (to !== undefined) return { name, to };
    }
    return undefined;
  };
  switch (e.kind) {
    case 'call':
      return first([folding, indexCalls, ...(callRules[e.fn] ?? [])], e);
    case 'select':
      return first(selectRules, e);
    case 'index':
      return first(indexRules, e);
    case 'constant':
    case 'load':
    case 'derivative':
    case 'result':
      return undefined;
    default:
      return e satisfies never;
  }
}

/** A rule that fires more often than this on one expression, for each of its parts, does not settle. */
const patience = 1000;

/** Called with the name of each rule that applied, what it saw and what it gave. */
export type Observe = (rule: string, before: Expr, after: Expr) => void;

/**
 * The rules of this folder, from the leaves up, until none applies. The same object where none does; applying
 * it twice is applying it once. Values are taken to be finite (see `arithmetic.ts`).
 */
export function simplify(expr: Expr, ranges: Ranges, observe?: Observe): Expr {
  const { keyOf } = keyTable();
  const context: Context = {
    facts: factsOf(ranges),
    same: (a, b) => a === b || keyOf(a) === keyOf(b),
    keyOf,
  };
  const done = new Map<Expr, Expr>();
  const walk = (e: Expr): Expr => {
    const known = done.get(e);
    if (known !== undefined) return known;
    let current = mapChildren(e, walk);
    for (let step = 0; ; step++) {
      const applied = applyRules(current, context);
      if (applied === undefined) break;
      observe?.(applied.name, current, applied.to);
      if (step > patience) {
        throw new InternalError(`the rules do not settle: '${applied.name}'`, {
          pass: 'simplify',
          dump: keyOf(e),
        });
      }
      current = done.get(applied.to) ?? mapChildren(applied.to, walk);
    }
    done.set(e, current);
    done.set(current, current);
    return current;
  };
  return walk(expr);
}

/** Without `stop_gradient`: for after differentiation. */
export const stripStopGradient = (expr: Expr): Expr =>
  rewrite(expr, (e) => (e.kind === 'call' && e.fn === 'stop_gradient' ? e.operands[0]! : e));

/** Without derivative clauses, which say nothing of the value: for after differentiation. */
export const dropDerivatives = (expr: Expr): Expr =>
  rewrite(expr, (e) => (e.kind === 'derivative' ? e.value : e));
