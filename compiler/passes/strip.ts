/** Equations in; the same without what only differentiation reads, out. */
import type { Expr } from '../scalar/expr.ts';
import { rewrite } from '../scalar/walk.ts';
import { mapExpressions, type Pass, rebuild } from './rebuild.ts';

const withoutMark = (e: Expr): Expr => {
  if (e.kind === 'derivative') return e.value;
  return e.kind === 'call' && e.fn === 'stop_gradient' ? e.operands[0]! : e;
};

export const strip: Pass = {
  name: 'strip',
  doc: 'Drops stop_gradient and derivative clauses, which have done their work.',
  run: (graph) =>
    rebuild(graph, (equation) => mapExpressions(equation, (expr) => rewrite(expr, withoutMark))),
};
