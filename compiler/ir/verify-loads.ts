/**
 * Proves loads in range and index arithmetic within 32 bits: an expression and what is known where it stands in,
 * the loads and index expressions that may fail out.
 */
import { fits, leaves32Bits } from '../index/fits.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { boundsUnder, type Facts } from '../scalar/facts.ts';
import { type Part, visitUnder } from './conditions.ts';

/** What is known of the values that are read. */
export interface Reading<Value> {
  readonly extentOf: (value: Value, axis: number) => number;
  readonly textOf: (e: Expr<Value>) => string;
}

/**
 * A message for each load or index expression that the facts and the conditions around it do not prove in range. A
 * position that is data cannot be proven: the runtime checks the data.
 */
export function unprovenLoads<Value>(part: Part<Value>, reading: Reading<Value>): readonly string[] {
  const problems: string[] = [];
  // Most loads need no condition: only those that do are looked for in the conditions around them.
  const isDoubtful = (e: Expr<Value>): boolean => problemOf(e, part.facts, reading) !== undefined;
  visitUnder(part, isDoubtful, (e, known) => {
    const problem = problemOf(e, known, reading);
    if (problem !== undefined) problems.push(problem);
  });
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
