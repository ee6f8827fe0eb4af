/** Reductions in; those that need no loop as plain equations, out. */
import * as affine from '../index/build.ts';
import type { Equation, Reduce } from '../ir/graph.ts';
import { identityOf, type ReducerName } from '../ir/reducers.ts';
import { and, conjunction, constant, multiply, not, or, select } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices, variablesOf } from '../scalar/walk.ts';
import { countPoints, mapExpressions, type Pass, pointwise, rebuild } from './rebuild.ts';

export const trivialReductions: Pass = {
  name: 'trivial-reductions',
  doc: 'Drops reduction indices of extent 1 and those that a sum of equal elements does not depend on.',
  run: (graph) => rebuild(graph, (equation) => withoutInvariant(withoutOnes(equation))),
};

const elseIdentity =
  (by: ReducerName) =>
  (body: Expr, guard: Expr): Expr =>
    select(guard, body, constant(identityOf(by, body.dtype), body.dtype));

/** The value of a reduction over one guarded point. */
const single: Readonly<Record<ReducerName, (body: Expr, guard: Expr) => Expr>> = {
  sum: elseIdentity('sum'),
  prod: elseIdentity('prod'),
  max: elseIdentity('max'),
  min: elseIdentity('min'),
  any: (body, guard) => and(guard, body),
  all: (body, guard) => or(not(guard), body),
  argmax: () => constant(0, 'i32'),
  argmin: () => constant(0, 'i32'),
};

function withoutOnes(equation: Equation): Equation {
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
  if (by === 'argmax' || by === 'argmin') return constant(0, 'i32');
  return guards.length === 0 ? body : single[by](body, conjunction(guards));
}

/** The value of n equal elements. */
const repeated: Readonly<Record<ReducerName, ((body: Expr, n: number) => Expr) | undefined>> = {
  sum: (body, n) => multiply(body, constant(n, body.dtype)),
  prod: undefined,
  max: (body) => body,
  min: (body) => body,
  any: (body) => body,
  all: (body) => body,
  argmax: undefined,
  argmin: undefined,
};

function withoutInvariant(equation: Equation): Equation {
  const { reduce } = equation;
  const rule = reduce && repeated[reduce.by];
  if (reduce === undefined || rule === undefined) return equation;
  const used = new Set([equation.body, ...reduce.guards].flatMap((expr) => [...variablesOf(expr)]));
  const unused = reduce.indices.filter(({ name }) => !used.has(name));
  const n = countPoints(unused);
  if (unused.length === 0 || n === 0) return equation;
  const body = rule(equation.body, n);
  const rest = reduce.indices.filter((index) => !unused.includes(index));
  if (rest.length > 0) return { ...equation, body, reduce: { ...reduce, indices: rest } };
  if (reduce.guards.length === 0) return pointwise(equation, body);
  return pointwise(equation, single[reduce.by](body, conjunction(reduce.guards)));
}
