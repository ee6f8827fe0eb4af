/**
 * An equation in; the same with every load provably in range, out.
 *
 * The primal reads `%x[i]` for all its i, and its adjoint only where the guards say so; both are in range. But
 * the solved index (`2*q + r - 1` for i) may hide this from interval analysis. Such a load gets a condition of
 * its own, true wherever the load counts. Guards that speak of indices alone come first: the others, and the
 * body, are evaluated only where they hold.
 */
import type { Ranges } from '../index/affine.ts';
import { rangesOf } from '../index/query.ts';
import { asAffine, conjunction, constant, less, lessEqual, select } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { assume, boundsUnder, type Facts, factsOf } from '../scalar/facts.ts';
import { childrenOf, forEach, loadsOf, mapChildren } from '../scalar/walk.ts';
import type { Equation, Node, ValueId } from './graph.ts';

/**
 * The equation with conditions around the loads that its guards and conditions do not prove in range. `given`: the ranges
 * of names that it does not bind.
 */
export function protectLoads(
  equation: Equation,
  nodeAt: (id: ValueId) => Node,
  given: Ranges = new Map(),
): Equation {
  const { indices, reduce } = equation;
  let facts = factsOf(new Map([...given, ...rangesOf([...indices, ...(reduce?.indices ?? [])])]));
  if (reduce === undefined) {
    const body = protect(equation.body, facts, nodeAt);
    return body === equation.body ? equation : { ...equation, body };
  }
  const reads = (guard: Expr): boolean => loadsOf(guard).length > 0;
  const ordered = reduce.guards.some(reads)
    ? [...reduce.guards.filter((guard) => !reads(guard)), ...reduce.guards.filter(reads)]
    : reduce.guards;
  const guards = ordered.map((guard) => {
    const safe = protect(guard, facts, nodeAt);
    facts = assume(facts, safe);
    return safe;
  });
  const body = protect(equation.body, facts, nodeAt);
  if (body === equation.body && guards.every((guard, k) => guard === reduce.guards[k])) return equation;
  return { ...equation, body, reduce: { ...reduce, guards } };
}

function protect(expr: Expr, initial: Facts, nodeAt: (id: ValueId) => Node): Expr {
  // Most loads need no condition: only what holds one that does is walked with the conditions around it.
  const doubtful = new Set<Expr>();
  forEach(expr, (e) => {
    const own = e.kind === 'load' && openConditions(e, initial, nodeAt(e.value)).length > 0;
    if (own || childrenOf(e).some((child) => doubtful.has(child))) doubtful.add(e);
  });
  const done = new Map<Facts, Map<Expr, Expr>>();
  const walk = (e: Expr, facts: Facts): Expr => {
    if (facts.impossible || !doubtful.has(e)) return e;
    const here = done.get(facts) ?? new Map<Expr, Expr>();
    done.set(facts, here);
    const after = here.get(e) ?? visit(e, facts);
    here.set(e, after);
    return after;
  };
  const visit = (e: Expr, facts: Facts): Expr => {
    if (e.kind === 'select') {
      const condition = walk(e.condition, facts);
      const then = walk(e.then, assume(facts, e.condition));
      const otherwise = walk(e.otherwise, assume(facts, e.condition, false));
      const same = condition === e.condition && then === e.then && otherwise === e.otherwise;
      return same ? e : { ...e, condition, then, otherwise };
    }
    if (e.kind === 'call' && (e.fn === 'and' || e.fn === 'or')) {
      const first = walk(e.operands[0]!, facts);
      const second = walk(e.operands[1]!, assume(facts, e.operands[0]!, e.fn === 'and'));
      return first === e.operands[0] && second === e.operands[1] ? e : { ...e, operands: [first, second] };
    }
    const inside = mapChildren(e, (part) => walk(part, facts));
    return inside.kind === 'load' ? protectLoad(inside, facts, nodeAt(inside.value)) : inside;
  };
  return walk(expr, initial);
}

function protectLoad(load: Load, facts: Facts, source: Node): Expr {
  const conditions = openConditions(load, facts, source);
  return conditions.length === 0 ? load : select(conjunction(conditions), load, constant(0, load.dtype));
}

/** What has to hold, beyond the facts, for a load to be in range. A position that is data is checked elsewhere. */
function openConditions(load: Load, facts: Facts, source: Node): readonly Expr[] {
  return load.indices.flatMap((at, axis) => {
    const position = asAffine(at);
    if (position === undefined) return [];
    const { min, max } = boundsUnder(position, facts);
    const { extent } = source.indices[axis]!;
    return [
      ...(min < 0 ? [lessEqual(constant(0, 'i32'), at)] : []),
      ...(max >= extent ? [less(at, constant(extent, 'i32'))] : []),
    ];
  });
}
