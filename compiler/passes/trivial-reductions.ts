/** Reductions in; those that need no loop as plain equations, out. */
import { countPoints } from '../../runtime/extents.ts';
import * as affine from '../index/build.ts';
import { mapExpressions, pointwise } from '../ir/equation.ts';
import { byForm } from '../ir/forms.ts';
import type { Equation, Reduce } from '../ir/graph.ts';
import { identityOf, isLogical, isPositional, type ReducerName, reducers } from '../ir/reducers.ts';
import { and, conjunction, constant, multiply, not, or, select } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices, variablesOf } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const trivialReductions: Pass = {
  name: 'trivial-reductions',
  doc: 'Drops reduction indices of extent 1 and those that a sum of equal elements does not depend on.',
  run: (graph) => rebuild(graph, (equation, { node }) => simpler(equation, node)),
};

const simpler = byForm((equation) => withoutInvariant(withoutOnes(equation)));

/** The value of a reduction over one guarded point. */
function single(by: ReducerName, body: Expr, guard: Expr): Expr {
  if (isPositional(by)) return constant(0, 'i32');
  const nothing = identityOf(by, body.dtype);
  if (!isLogical(by)) return select(guard, body, constant(nothing, body.dtype));
  return nothing === 0 ? and(guard, body) : or(not(guard), body);
}

/** No reduction runs over an index of extent 1. */
export function withoutOnes(equation: Equation): Equation {
  const ones = equation.reduce?.indices.filter(({ extent }) => extent === 1) ?? [];
  if (equation.reduce === undefined || ones.length === 0) return equation;
  const zeros = new Map(ones.map(({ name }) => [name, affine.constant(0)] as const));
  const fixed = mapExpressions(equation, (expr) => substituteIndices(expr, zeros, new Map()));
  const reduce: Reduce = fixed.reduce ?? equation.reduce;
  const rest = reduce.indices.filter(({ extent }) => extent !== 1);
  if (rest.length > 0) return { ...fixed, reduce: { ...reduce, indices: rest } };
  return pointwise(fixed, onePoint(reduce, fixed.body));
}

function onePoint({ by, guards }: Reduce, body: Expr): Expr {
  if (isPositional(by)) return constant(0, 'i32');
  return guards.length === 0 ? body : single(by, body, conjunction(guards));
}

/** The value of n equal elements, where it is simple. */
function repeated(by: ReducerName, body: Expr, n: number): Expr | undefined {
  const reducer = reducers[by];
  const ofEqual = reducer.kind === 'value' ? reducer.ofEqual : 'other';
  if (ofEqual === 'other') return undefined;
  return ofEqual === 'itself' ? body : multiply(body, constant(n, body.dtype));
}

/** Without the indices that a sum, or the like, of equal elements does not depend on. */
export function withoutInvariant(equation: Equation): Equation {
  const { reduce } = equation;
  if (reduce === undefined) return equation;
  const used = new Set([equation.body, ...reduce.guards].flatMap((expr) => [...variablesOf(expr)]));
  const unused = reduce.indices.filter(({ name }) => !used.has(name));
  const n = countPoints(unused);
  if (unused.length === 0 || n === 0) return equation;
  const body = repeated(reduce.by, equation.body, n);
  if (body === undefined) return equation;
  const rest = reduce.indices.filter((index) => !unused.includes(index));
  if (rest.length > 0) return { ...equation, body, reduce: { ...reduce, indices: rest } };
  if (reduce.guards.length === 0) return pointwise(equation, body);
  return pointwise(equation, single(reduce.by, body, conjunction(reduce.guards)));
}
