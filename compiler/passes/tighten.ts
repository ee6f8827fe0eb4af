/**
 * Reductions with guards in; reductions over fewer points out.
 *
 * - One-point rule: `sum[c where c == t + 1] e` has one point, c = t + 1, and needs no loop. Any affine equality
 *   is inverted by the index solver, so `sum[i where i div 2 == p]` runs over two points.
 * - Bounds: `sum[i: 100 where i < 3] e` runs over three.
 * - A sum of `select(k == a, e, 0) * f` is a sum of `e * f` where k == a: a product with a one-hot vector.
 */
import { countPoints } from '../../runtime/extents.ts';
import { condition, conjuncts } from '../autodiff/conditions.ts';
import type { Affine } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { isConstant as isConstantIndex, rangesOf, variablesOf } from '../index/query.ts';
import { solve } from '../index/solve.ts';
import { boundIndices, mapExpressions } from '../ir/equation.ts';
import { byForm } from '../ir/forms.ts';
import type { Equation, Index, Reduce } from '../ir/graph.ts';
import { renamedApart } from '../ir/names.ts';
import { protectLoads } from '../ir/protect.ts';
import { isPositional } from '../ir/reducers.ts';
import { asAffine, call, constant, isConstant } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices } from '../scalar/walk.ts';
import { narrowed, nonnegative } from './bounds.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const tighten: Pass = {
  name: 'tighten',
  doc: 'Drops the points of reductions that guards exclude: one-point rule, constant bounds, one-hot products.',
  run: (graph) => rebuild(graph, (equation, { node }) => tightened(equation, node)),
};

const tightened = byForm((equation, node) => {
  const tighter = shrinkBounds(onePoint(selectsToGuards(equation)));
  return tighter === equation ? equation : protectLoads(tighter, node);
});

type Reduction = Equation & { readonly reduce: Reduce };
const isReduction = (equation: Equation): equation is Reduction => equation.reduce !== undefined;

/** An equality of two index expressions, as their difference; that = 0. */
function equality(guard: Expr): Affine | undefined {
  if (guard.kind !== 'call' || guard.fn !== 'equal') return undefined;
  const [a, b] = guard.operands.map(asAffine);
  return a === undefined || b === undefined ? undefined : affine.subtract(a, b);
}

const isBoundBy = (indices: readonly Index[], of: Affine): boolean => {
  const names = variablesOf(of);
  return indices.some(({ name }) => names.has(name));
};

function onePoint(equation: Equation): Equation {
  if (!isReduction(equation) || isPositional(equation.reduce.by)) return equation;
  const { indices, reduce } = equation;
  const equalities = reduce.guards.map((guard) => {
    const zero = equality(guard);
    return zero !== undefined && isBoundBy(reduce.indices, zero) ? zero : undefined;
  });
  const maps = equalities.flatMap((map) =>
    map === undefined ? [] : [{ map, position: affine.constant(0) }],
  );
  if (maps.length === 0) return equation;
  const solution = solve(maps, reduce.indices, rangesOf(indices));
  if (countPoints(solution.remaining) >= countPoints(reduce.indices)) return equation;
  const others = { ...reduce, guards: reduce.guards.filter((_, k) => equalities[k] === undefined) };
  const solved = mapExpressions({ ...equation, reduce: others }, (expr) =>
    substituteIndices(expr, solution.values, solution.ranges),
  ) as Reduction;
  const guards = [...solved.reduce.guards, ...solution.guards.map(condition)];
  return { ...solved, reduce: { ...reduce, indices: withOne(solution.remaining, indices), guards } };
}

/** A reduction has at least one index: where none remains, one point. `trivial-reductions` drops it. */
function withOne(remaining: readonly Index[], own: readonly Index[]): readonly Index[] {
  if (remaining.length > 0) return remaining;
  return renamedApart([{ name: 'one', extent: 1 }], own);
}

/** Constant bounds that the guards put on each reduction index. */
function shrinkBounds(equation: Equation): Equation {
  if (!isReduction(equation) || isPositional(equation.reduce.by)) return equation;
  const { reduce } = equation;
  const ranges = new Map(rangesOf(boundIndices(equation)));
  const inequalities = reduce.guards.flatMap(nonnegative);
  for (const { name } of reduce.indices) {
    for (const of of inequalities) ranges.set(name, narrowed(ranges.get(name)!, name, of, ranges));
  }
  const narrower = reduce.indices.filter(({ name, extent }) => {
    const { min, max } = ranges.get(name)!;
    return max - min + 1 < extent && max >= min;
  });
  if (narrower.length === 0) return equation;
  const shifts = new Map(
    narrower.map(({ name }) => [
      name,
      affine.add(affine.variable(name), affine.constant(ranges.get(name)!.min)),
    ]),
  );
  const indices = reduce.indices.map((index) => {
    const { min, max } = ranges.get(index.name)!;
    return narrower.includes(index) ? { name: index.name, extent: max - min + 1 } : index;
  });
  const shifted = mapExpressions(equation, (expr) => substituteIndices(expr, shifts, new Map())) as Reduction;
  return { ...shifted, reduce: { ...shifted.reduce, indices } };
}

/** `sum[r] select(c, e, 0) * f` as `sum[r where c] e * f`, where c fixes a reduction index. */
function selectsToGuards(equation: Equation): Equation {
  if (!isReduction(equation) || equation.reduce.by !== 'sum') return equation;
  const { reduce } = equation;
  const fixes = (guard: Expr): boolean => {
    const zero = equality(guard);
    return zero !== undefined && !isConstantIndex(zero) && isBoundBy(reduce.indices, zero);
  };
  const found: Expr[] = [];
  const visit = (e: Expr): Expr => {
    if (e.kind === 'select' && isConstant(e.otherwise, 0) && conjuncts(e.condition).some(fixes)) {
      found.push(...conjuncts(e.condition));
      return visit(e.then);
    }
    if (e.kind !== 'call' || e.dtype !== 'f32') return e;
    const [a, b] = e.operands;
    if (e.fn === 'to_f32' && a!.dtype === 'bool' && conjuncts(a!).some(fixes)) {
      found.push(...conjuncts(a!));
      return constant(1);
    }
    if (e.fn === 'multiply') return product(e, visit(a!), visit(b!));
    if (e.fn === 'negate') return sameOperand(e, visit(a!));
    return e.fn === 'divide' ? product(e, visit(a!), b!) : e;
  };
  const body = visit(equation.body);
  return found.length === 0
    ? equation
    : { ...equation, body, reduce: { ...reduce, guards: [...reduce.guards, ...found] } };
}

type CallExpr = Extract<Expr, { kind: 'call' }>;
const sameOperand = (e: CallExpr, a: Expr): Expr => (a === e.operands[0] ? e : call(e.fn, a));
const product = (e: CallExpr, a: Expr, b: Expr): Expr =>
  a === e.operands[0] && b === e.operands[1] ? e : call(e.fn, a, b);
