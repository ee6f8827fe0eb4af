/**
 * Proves loads in range and index arithmetic within 32 bits: an expression and what is known where it stands in,
 * the loads and index expressions that may fail out.
 */
import { fits, leaves32Bits } from '../index/fits.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { assume, boundsUnder, type Facts } from '../scalar/facts.ts';
import { childrenOf, forEach } from '../scalar/walk.ts';

/** What is known of the values that are read. */
export interface Reading<Value> {
  readonly extentOf: (value: Value, axis: number) => number;
  readonly textOf: (e: Expr<Value>) => string;
}

/**
 * A message for each load or index expression that the facts and the conditions around it do not prove in range. A position that
 * is data cannot be proven: the runtime checks the data. Conditions count as they are evaluated: the second
 * operand of `and` only where the first holds, a branch only where its condition does.
 */
export function unprovenLoads<Value>(
  expr: Expr<Value>,
  facts: Facts,
  reading: Reading<Value>,
): readonly string[] {
  // Most loads need no condition: only what holds one that does is walked with the conditions around it.
  const doubtful = new Set<Expr<Value>>();
  forEach(expr, (e) => {
    const own = problemOf(e, facts, reading) !== undefined;
    if (own || childrenOf(e).some((child) => doubtful.has(child))) doubtful.add(e);
  });
  const problems: string[] = [];
  const seen = new Map<Facts, Set<Expr<Value>>>();
  const walk = (e: Expr<Value>, known: Facts): void => {
    if (known.impossible || !doubtful.has(e)) return;
    const here = seen.get(known) ?? new Set();
    seen.set(known, here);
    if (here.has(e)) return;
    here.add(e);
    const problem = problemOf(e, known, reading);
    if (problem !== undefined) problems.push(problem);
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
  return problems;
}

function problemOf<Value>(e: Expr<Value>, facts: Facts, reading: Reading<Value>): string | undefined {
  if (facts.impossible) return undefined;
  if (e.kind === 'load') return loadProblem(e, facts, reading);
  if (e.kind !== 'index' || fits(e.of, facts.ranges)) return undefined;
  const outside = leaves32Bits(e.of, (of) => boundsUnder(of, facts));
  if (outside === undefined) return undefined;
  return `${reading.textOf(e)} leaves 32 bits, with ${outside.min} to ${outside.max},`;
}

function loadProblem<Value>(e: Load<Value>, facts: Facts, reading: Reading<Value>): string | undefined {
  for (const [axis, at] of e.indices.entries()) {
    const position = asAffine(at);
    if (position === undefined) continue;
    const { min, max } = boundsUnder(position, facts);
    const extent = reading.extentOf(e.value, axis);
    if (min >= 0 && max < extent) continue;
    return `${reading.textOf(e)} may read positions ${min} to ${max} of axis ${axis}, which has ${extent},`;
  }
  return undefined;
}
