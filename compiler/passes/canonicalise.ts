/** Bodies and guards in; the same, simplified within the ranges of their indices, out. */
import { conjuncts } from '../autodiff/conditions.ts';
import { rangesOf } from '../index/query.ts';
import { boundIndices, mapExpressions } from '../ir/equation.ts';
import { byForm } from '../ir/forms.ts';
import type { Equation, Node } from '../ir/graph.ts';
import { formOf } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import { isConstant } from '../scalar/build.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const canonicalise: Pass = {
  name: 'canonicalise',
  doc: 'Simplifies scalar and index expressions; splits conjunctions of guards and drops those that always hold.',
  run: (graph) =>
    rebuild(graph, (equation, { node }) => (isCanonical(equation) ? equation : simpler(equation, node))),
};

const simpler = byForm((equation, node) => {
  const simplified = canonical(equation);
  // What simplification finds to follow from a later condition may have kept an earlier load in range.
  const safe = simplified === equation ? equation : protectLoads(simplified, node);
  if (safe === simplified) settled.add(formOf(safe));
  return safe;
});

/** The forms of equations that are as simple as they get. */
const settled = new WeakSet<Node>();

/** Whether the pass would leave it, and all that differ from it in nothing but what they read, as they are. */
export const isCanonical = (equation: Equation): boolean => settled.has(formOf(equation));

function canonical(equation: Equation): Equation {
  const ranges = rangesOf(boundIndices(equation));
  const simplified = mapExpressions(equation, (expr) => simplify(expr, ranges));
  const { reduce } = simplified;
  if (reduce === undefined) return simplified;
  const guards = reduce.guards.flatMap(conjuncts).filter((guard) => !isConstant(guard, 1));
  return guards.length === reduce.guards.length
    ? simplified
    : { ...simplified, reduce: { ...reduce, guards } };
}
