/**
 * Sums of deviations from a mean in; 0, which each of them is, out: `sum[c] (x[n, c] - m[n])` where `m[n]` is the mean of
 * `x[n, c]` over c. The chain rule of a norm has one, on the way by which its variance depends on its mean.
 *
 * Computed, it would be what rounding leaves.
 */
import { countPoints } from '../../runtime/extents.ts';
import type { Affine } from '../index/affine.ts';
import { equal, rangesOf, substitute } from '../index/query.ts';
import { boundIndices, pointwise } from '../ir/equation.ts';
import type { Equation, Node, ValueId } from '../ir/graph.ts';
import { isEquation } from '../ir/nodes.ts';
import { asAffine, constant, isConstant } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { bareVariable } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const centredSums: Pass = {
  name: 'centred-sums',
  doc: 'Knows that deviations from a mean add up to 0.',
  run: (graph) =>
    rebuild(graph, (equation, { node }) =>
      addsUpToNothing(equation, node) ? pointwise(equation, constant(0, 'f32')) : equation,
    ),
};

function addsUpToNothing(equation: Equation, node: (id: ValueId) => Node): boolean {
  const { reduce, body } = equation;
  if (reduce?.by !== 'sum' || reduce.guards.length > 0) return false;
  if (body.kind !== 'call' || body.fn !== 'subtract' || body.dtype !== 'f32') return false;
  const [a, b] = body.operands as readonly [Expr, Expr];
  if (a.kind !== 'load' || b.kind !== 'load') return false;
  return isMeanOf(b, a, equation, node) || isMeanOf(a, b, equation, node);
}

/** Is one load the mean of the other over all that the equation sums over? */
function isMeanOf(mean: Load, of: Load, equation: Equation, node: (id: ValueId) => Node): boolean {
  const total = totalOf(node(mean.value));
  const sum = total && node(total.load.value);
  if (sum === undefined || !isEquation(sum) || sum.reduce?.by !== 'sum' || sum.reduce.guards.length > 0)
    return false;
  const { body } = sum;
  const along = equation.reduce!.indices;
  if (body.kind !== 'load' || body.value !== of.value || total!.count !== countPoints(along)) return false;
  // What each index of the sum is in the equation: its own ones as the mean is read, the others as the element is.
  const meaning = new Map<string, Affine>();
  for (const [k, { name }] of sum.indices.entries()) {
    const axis = total!.at[k];
    const position = axis === undefined ? undefined : asAffine(mean.indices[axis]!);
    if (position === undefined) return false;
    meaning.set(name, position);
  }
  const free = new Map(along.map(({ name, extent }) => [name, extent] as const));
  for (const { name, extent } of sum.reduce.indices) {
    const axis = body.indices.findIndex((at) => bareVariable(at) === name);
    const own = axis < 0 ? undefined : bareVariable(of.indices[axis]!);
    if (own === undefined || free.get(own) !== extent) return false;
    free.delete(own);
    meaning.set(name, asAffine(of.indices[axis]!)!);
  }
  if (free.size > 0) return false;
  const ranges = rangesOf(boundIndices(equation));
  return body.indices.every((at, axis) => {
    const [inner, outer] = [asAffine(at), asAffine(of.indices[axis]!)];
    return inner !== undefined && outer !== undefined && equal(substitute(inner, meaning, ranges), outer);
  });
}

/** A mean in two equations: the load that is divided by a number, and which of the mean's axes each of its positions is. */
function totalOf(
  node: Node,
): { readonly load: Load; readonly count: number; readonly at: readonly number[] } | undefined {
  if (!isEquation(node) || node.reduce !== undefined) return undefined;
  const { body, indices } = node;
  if (body.kind !== 'call' || body.fn !== 'divide') return undefined;
  const [load, count] = body.operands as readonly [Expr, Expr];
  if (load.kind !== 'load' || !isConstant(count)) return undefined;
  const at = load.indices.map((position) => indices.findIndex(({ name }) => name === bareVariable(position)));
  return at.includes(-1) ? undefined : { load, count: count.value, at };
}
