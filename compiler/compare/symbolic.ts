/**
 * Derivatives as a table of rules gives them, without sharing: an expression in, its derivative and the size of
 * either when it is written out, out.
 *
 * The expressions are kept as DAGs, so that their size can be counted long after nobody could write them down.
 */

import { choose, plus, times, zero } from '../autodiff/combine.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { isComputed } from '../ir/nodes.ts';
import { constant } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { functions } from '../scalar/functions.ts';
import { childrenOf, mapChildren, rewrite } from '../scalar/walk.ts';

/** A number of a graph of numbers, written in terms of the leaves alone; without clauses of own derivatives. */
export function writtenOut({ nodes }: Graph, id: ValueId): Expr {
  const done = new Map<ValueId, Expr>();
  const visit = (value: ValueId, e: Expr): Expr => {
    const node = nodes[value]!;
    if (!isComputed(node)) return e;
    const known = done.get(value);
    if (known !== undefined) return known;
    const made = rewrite(withoutClauses(node.body), (part) =>
      part.kind === 'load' ? visit(part.value, part) : part,
    );
    done.set(value, made);
    return made;
  };
  return visit(id, { kind: 'load', dtype: nodes[id]!.dtype, value: id, indices: [] });
}

/** The value alone of everything that has a `derivative` clause. */
export const withoutClauses = (expr: Expr): Expr => {
  const done = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const made = e.kind === 'derivative' ? visit(e.value) : mapChildren(e, visit);
    done.set(e, made);
    return made;
  };
  return visit(expr);
};

/** d `expr` / d leaf, by the sum, product and chain rules. */
export function symbolicDerivative(expr: Expr, leaf: ValueId): Expr {
  const done = new Map<Expr, Expr>();
  const visit = (e: Expr): Expr => {
    const made = done.get(e) ?? rule(e);
    done.set(e, made);
    return made;
  };
  const rule = (e: Expr): Expr => {
    if (e.dtype !== 'f32') return zero;
    if (e.kind === 'load') return e.value === leaf ? constant(1) : zero;
    if (e.kind === 'select') return choose(e.condition, visit(e.then), visit(e.otherwise));
    if (e.kind !== 'call') return zero;
    const { partials } = functions[e.fn];
    if (partials === 'zero') return zero;
    return partials(e, ...e.operands)
      .map((partial, k) => (partial === undefined ? zero : times(visit(e.operands[k]!), partial)))
      .reduce(plus, zero);
  };
  return visit(expr);
}

/** Constants, leaves and operations of the expression, written out: what is shared counts as often as it stands there. */
export function writtenSize(expr: Expr): number {
  return countTree(expr, () => 1);
}

/** Operations of the expression, written out. */
export const writtenOperations = (expr: Expr): number =>
  countTree(expr, (e) => (e.kind === 'call' || e.kind === 'select' ? 1 : 0));

function countTree(expr: Expr, weight: (e: Expr) => number): number {
  const sizes = new Map<Expr, number>();
  const size = (e: Expr): number => {
    const known = sizes.get(e);
    if (known !== undefined) return known;
    const total = childrenOf(e).reduce((sum, part) => sum + size(part), weight(e));
    sizes.set(e, total);
    return total;
  };
  return size(expr);
}

/** Operations that computing the expression takes, each shared part once. */
export function operations(expr: Expr): number {
  const seen = new Set<Expr>();
  const visit = (e: Expr): number => {
    if (seen.has(e)) return 0;
    seen.add(e);
    const own = e.kind === 'call' || e.kind === 'select' ? 1 : 0;
    const parts = e.kind === 'derivative' ? [e.value] : childrenOf(e);
    return parts.reduce((sum, part) => sum + visit(part), own);
  };
  return visit(expr);
}
