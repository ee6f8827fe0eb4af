/**
 * Sums in a recurrence that add up what depends on it and what does not in; the latter as a sum of its own outside, where
 * all positions are computed at once, out: `sum[k] U[j, k] * s[t - 1, k] + V[j, k] * x[t, k]` becomes two sums.
 */
import * as affine from '../index/build.ts';
import { pointwise } from '../ir/equation.ts';
import type { Equation, ValueId } from '../ir/graph.ts';
import { add, index, load } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { loadsOf } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';
import { signedTermsOf } from './terms.ts';

export const hoistSums: Pass = {
  name: 'hoist-sums',
  doc: 'Takes the terms of a sum that a recurrence does not need out of it.',
  run: (graph) =>
    rebuild(graph, (equation, { add: addBefore, members }) => {
      const parts = members.size === 0 ? undefined : partsOf(equation, members);
      if (parts === undefined) return equation;
      const at = equation.indices.map(({ name }) => index(affine.variable(name)));
      const part = (name: string, body: Expr): Expr =>
        load(addBefore({ ...equation, name: `${equation.name}.${name}`, body }), 'f32', at);
      return pointwise(equation, add(part('outside', parts.outside), part('inside', parts.inside)));
    }),
};

/** The part of a sum that a recurrence does not need, and the rest; undefined where there are not both. */
function partsOf({ reduce, body, dtype }: Equation, members: ReadonlySet<ValueId>) {
  if (reduce?.by !== 'sum' || dtype !== 'f32') return undefined;
  const needs = (e: Expr): boolean => loadsOf(e).some(({ value }) => members.has(value));
  // What takes part may depend on the recurrence: then the whole sum does.
  if (reduce.guards.some(needs)) return undefined;
  const terms = signedTermsOf(body);
  const [inside, outside] = [terms.filter(needs), terms.filter((term) => !needs(term))];
  if (inside.length === 0 || outside.length === 0) return undefined;
  return { outside: outside.reduce(add), inside: inside.reduce(add) };
}
