/** Rules for choices: known conditions, equal branches, what a branch knows of its condition. */
import { and, call, or, select, truth } from '../build.ts';
import type { Expr, Select } from '../expr.ts';
import { assume, decide, type Facts } from '../facts.ts';
import { childrenOf, loadsOf, mapChildren } from '../walk.ts';
import { type Context, operandOf, operandsOf, type Rule } from './rule.ts';

export const selectRules: readonly Rule<Select>[] = [
  {
    name: 'a known condition',
    apply: ({ condition, then, otherwise }) => {
      if (condition.kind !== 'constant') return undefined;
      return condition.value === 0 ? otherwise : then;
    },
  },
  {
    name: 'equal branches',
    apply: ({ then, otherwise }, { same }) => (same(then, otherwise) ? then : undefined),
  },
  {
    name: 'if not c then x else y = if c then y else x',
    apply: ({ condition, then, otherwise }) => {
      const inner = operandOf(condition, 'not');
      return inner === undefined ? undefined : select(inner, otherwise, then);
    },
  },
  {
    name: 'a branch knows its condition',
    apply: (e, context) => {
      const then = underCondition(e.then, e.condition, true, context);
      const otherwise = underCondition(e.otherwise, e.condition, false, context);
      return then === e.then && otherwise === e.otherwise ? undefined : select(e.condition, then, otherwise);
    },
  },
  {
    name: 'a choice between truths is its condition',
    apply: ({ condition, then, otherwise, dtype }) => {
      if (dtype !== 'bool' || then.kind !== 'constant' || otherwise.kind !== 'constant') return undefined;
      return then.value !== 0 ? condition : call('not', condition);
    },
  },
  {
    name: 'if c then (if d then x else y) else y = if c and d then x else y',
    apply: ({ condition, then, otherwise }, { same }) => {
      if (then.kind !== 'select' || !same(then.otherwise, otherwise) || reads(then.condition))
        return undefined;
      return select(and(condition, then.condition), then.then, otherwise);
    },
  },
  {
    name: 'if c then x else (if d then x else y) = if c or d then x else y',
    apply: ({ condition, then, otherwise }, { same }) => {
      if (otherwise.kind !== 'select' || !same(otherwise.then, then) || reads(otherwise.condition))
        return undefined;
      return select(or(condition, otherwise.condition), then, otherwise.otherwise);
    },
  },
];

/** A condition that loads may be costly, and cheap to skip where the other one fails. */
const reads = (condition: Expr): boolean => loadsOf(condition).length > 0;

/** The conditions that are known to hold (true) or to fail (false) where `condition` does as `holds` says. */
function knownConditions(
  condition: Expr,
  holds: boolean,
  keyOf: Context['keyOf'],
): ReadonlyMap<string, boolean> {
  const known = new Map<string, boolean>();
  const learn = (e: Expr, value: boolean): void => {
    known.set(keyOf(e), value);
    const inner = operandOf(e, 'not');
    if (inner !== undefined) learn(inner, !value);
    for (const part of operandsOf(e, value ? 'and' : 'or') ?? []) learn(part, value);
  };
  learn(condition, holds);
  return known;
}

/**
 * A branch of more parts than this is not written anew for what it knows: where choices are nested and their parts
 * shared, each level would write all that is below it twice.
 */
const mostParts = 200;

/** `branch` with every condition inside settled that follows from the one around it. */
function underCondition(branch: Expr, condition: Expr, holds: boolean, context: Context): Expr {
  if (branch.kind === 'constant' || branch.kind === 'index' || !hasAtMost(mostParts, branch)) return branch;
  const known = knownConditions(condition, holds, context.keyOf);
  const facts = assume(context.facts, condition, holds);
  const done = new Map<Expr, Expr>();
  const walk = (e: Expr): Expr => {
    const before = done.get(e);
    if (before !== undefined) return before;
    const after = settled(e, known, facts, context) ?? mapChildren(e, walk);
    done.set(e, after);
    return after;
  };
  return walk(branch);
}

/** Has the expression at most so many distinct parts? */
function hasAtMost(most: number, expr: Expr): boolean {
  const seen = new Set<Expr>();
  const visit = (e: Expr): boolean => {
    if (seen.has(e)) return true;
    seen.add(e);
    return seen.size <= most && childrenOf(e).every(visit);
  };
  return visit(expr);
}

function settled(
  e: Expr,
  known: ReadonlyMap<string, boolean>,
  facts: Facts,
  context: Context,
): Expr | undefined {
  if (e.dtype !== 'bool' || e.kind !== 'call') return undefined;
  const value = known.get(context.keyOf(e)) ?? (facts === context.facts ? undefined : decide(e, facts));
  return value === undefined ? undefined : truth(value);
}
