/**
 * Sums that count only where something is divisible in; sums over those points alone, out: with a stride of 2 the
 * gradient by the input of a convolution is `sum[u where (p - u + 1) mod 2 == 0] …`, of which half the points of each axis
 * are idle. With `u = 2*u' + (p + 1) mod 2` none is, and `(p - u + 1) div 2` is `(p + 1) div 2 - u'`.
 */
import type { Affine } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { rangesOf, someVariable } from '../index/query.ts';
import { mapExpressions } from '../ir/equation.ts';
import type { Equation, Index, Reduce } from '../ir/graph.ts';
import { protectLoads } from '../ir/protect.ts';
import { isPositional } from '../ir/reducers.ts';
import { asAffine, constant, index, isConstant, less } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { substituteIndices } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const residues: Pass = {
  name: 'residues',
  doc: 'Sums over the points at which something is divisible, and no others (substitution by residue).',
  run: (graph) =>
    rebuild(graph, (equation, { node }) => {
      const made = withoutResidues(equation);
      return made === equation ? equation : protectLoads(made, node);
    }),
};

/** One axis after the other. */
function withoutResidues(equation: Equation): Equation {
  const { reduce } = equation;
  if (reduce === undefined || isPositional(reduce.by)) return equation;
  const found = divisibleIn(equation, reduce);
  return found === undefined ? equation : withoutResidues(byResidue(equation, reduce, found));
}

/** `sign * axis + rest` is divisible by `by`. */
interface Divisible {
  readonly guard: Expr;
  readonly axis: Index;
  readonly sign: 1 | -1;
  readonly rest: Affine;
  readonly by: number;
}

function divisibleIn({ indices }: Equation, reduce: Reduce): Divisible | undefined {
  const own = new Set(indices.map(({ name }) => name));
  for (const guard of reduce.guards) {
    const dividend = divisible(guard);
    if (dividend === undefined) continue;
    const { of, by } = dividend;
    for (const axis of reduce.indices) {
      const term = of.terms.find(({ atom }) => atom.kind === 'index' && atom.name === axis.name);
      const rest = { constant: of.constant, terms: of.terms.filter((other) => other !== term) };
      if (term === undefined || Math.abs(term.coefficient) !== 1 || axis.extent < by) continue;
      // The residue is one of the result's point: that of another index of the sum would be no better than a condition.
      if (someVariable(rest, (name) => !own.has(name))) continue;
      return { guard, axis, sign: term.coefficient > 0 ? 1 : -1, rest, by };
    }
  }
  return undefined;
}

/** The number that a condition says to be divisible: `a mod n == 0`, either way round, or `a mod n <= 0`. */
function divisible(guard: Expr): { readonly of: Affine; readonly by: number } | undefined {
  if (guard.kind !== 'call' || (guard.fn !== 'equal' && guard.fn !== 'less_equal')) return undefined;
  const [a, b] = guard.operands as readonly [Expr, Expr];
  const side = isConstant(b, 0) ? a : guard.fn === 'equal' && isConstant(a, 0) ? b : undefined;
  const remainder = side === undefined ? undefined : asAffine(side);
  const [term, ...more] = remainder?.terms ?? [];
  if (term === undefined || more.length > 0 || term.coefficient !== 1 || remainder!.constant !== 0)
    return undefined;
  return term.atom.kind === 'mod' ? { of: term.atom.of, by: term.atom.by } : undefined;
}

function byResidue(equation: Equation, reduce: Reduce, { guard, axis, sign, rest, by }: Divisible): Equation {
  const fewer: Index = { name: axis.name, extent: Math.ceil(axis.extent / by) };
  const indices = reduce.indices.map((other) => (other === axis ? fewer : other));
  const ranges = rangesOf([...equation.indices, ...indices]);
  const residue = affine.modulo(sign > 0 ? affine.scale(rest, -1) : rest, by, ranges);
  const whole = affine.add(affine.scale(affine.variable(axis.name), by), residue);
  const map = new Map([[axis.name, whole]]);
  const others = { ...reduce, guards: reduce.guards.filter((other) => other !== guard) };
  const solved = mapExpressions({ ...equation, reduce: others }, (e) =>
    simplify(substituteIndices(e, map, ranges), ranges),
  );
  const ragged =
    axis.extent % by === 0 ? [] : [simplify(less(index(whole), constant(axis.extent, 'i32')), ranges)];
  const guards = [...ragged, ...solved.reduce!.guards].filter((other) => !isConstant(other, 1));
  return { ...solved, reduce: { ...reduce, indices, guards } };
}
