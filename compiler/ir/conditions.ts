/** An equation in; its parts, each with what is known of the indices where it is evaluated, out. */
import { rangesOf } from '../index/query.ts';
import type { Expr, ValueId } from '../scalar/expr.ts';
import { assume, type Facts, factsOf } from '../scalar/facts.ts';
import { childrenOf, forEach } from '../scalar/walk.ts';
import { boundIndices } from './equation.ts';
import type { Equation } from './graph.ts';

export interface Part<Value = ValueId> {
  readonly expr: Expr<Value>;
  readonly facts: Facts;
}

/** The guards, each under those before it, then the body under all of them. */
export function partsOf(equation: Equation): readonly Part[] {
  let facts = factsOf(rangesOf(boundIndices(equation)));
  const guards = (equation.reduce?.guards ?? []).map((expr) => {
    const part = { expr, facts };
    facts = assume(facts, expr);
    return part;
  });
  return [...guards, { expr: equation.body, facts }];
}

/**
 * Visits each wanted part of an expression once for each set of conditions that it stands under, and not where these
 * exclude each other: nothing is evaluated there. Conditions count as they are evaluated: the second operand of `and`
 * only where the first holds, a branch only where its condition does.
 */
export function visitUnder<Value>(
  { expr, facts }: Part<Value>,
  isWanted: (e: Expr<Value>) => boolean,
  visit: (e: Expr<Value>, known: Facts) => void,
): void {
  // Only what holds a wanted part is walked with the conditions around it.
  const holding = new Set<Expr<Value>>();
  forEach(expr, (e) => {
    if (isWanted(e) || childrenOf(e).some((child) => holding.has(child))) holding.add(e);
  });
  const seen = new Map<Facts, Set<Expr<Value>>>();
  const walk = (e: Expr<Value>, known: Facts): void => {
    if (known.impossible || !holding.has(e)) return;
    const here = seen.get(known) ?? new Set();
    seen.set(known, here);
    if (here.has(e)) return;
    here.add(e);
    if (isWanted(e)) visit(e, known);
    if (e.kind === 'select') {
      walk(e.condition, known);
      walk(e.then, assume(known, e.condition));
      walk(e.otherwise, assume(known, e.condition, false));
    } else if (e.kind === 'call' && (e.fn === 'and' || e.fn === 'or')) {
      walk(e.operands[0]!, known);
      walk(e.operands[1]!, assume(known, e.operands[0]!, e.fn === 'and'));
    } else for (const child of childrenOf(e)) walk(child, known);
  };
  walk(expr, facts);
}
