/** What stages do with an equation: its parts in, or an equation with other parts out. */
import type { Expr, Load } from '../scalar/expr.ts';
import { rewrite } from '../scalar/walk.ts';
import type { Equation, Index } from './graph.ts';

/** An equation with each load replaced. */
export const mapLoads = (equation: Equation, map: (load: Load) => Expr): Equation =>
  mapExpressions(equation, (expr) => rewrite(expr, (e) => (e.kind === 'load' ? map(e) : e)));

/** An equation with its body and guards replaced; the same object where none changes. */
export function mapExpressions(equation: Equation, map: (expr: Expr) => Expr): Equation {
  const body = map(equation.body);
  const { reduce } = equation;
  if (reduce === undefined) return body === equation.body ? equation : { ...equation, body };
  const guards = reduce.guards.map(map);
  if (body === equation.body && guards.every((guard, k) => guard === reduce.guards[k])) return equation;
  return { ...equation, body, reduce: { ...reduce, guards } };
}

/** The indices that are bound in an equation: its own, then those of its reduction. */
export const boundIndices = ({ indices, reduce }: Equation): readonly Index[] =>
  reduce === undefined ? indices : [...indices, ...reduce.indices];

/** The equation without its reduction. */
export function pointwise({ reduce: _, ...equation }: Equation, body: Expr): Equation {
  return { ...equation, body };
}
