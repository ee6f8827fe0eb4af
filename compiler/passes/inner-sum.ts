/**
 * A sum over the positions of a number, and over more at each, in; the latter as a sum of its own for each position, and the sum over
 * positions that reads it, out: `sum[b, k where c[b] == v] g[b, k] * F[n[b, k], d]` asks `c[b]` and no k, so what stands at b
 * is added up once, `sum[k] g[b, k] * F[n[b, k], d]`, whatever number b has.
 */
import * as affine from '../index/build.ts';
import type { Equation, Index } from '../ir/graph.ts';
import { partOrigin } from '../ir/origin.ts';
import { index, load } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { variablesOf } from '../scalar/walk.ts';

export interface WithInner {
  readonly inner: Equation;
  /** The sum over positions, of the inner sum that stands at `id`. */
  readonly outer: (id: number) => Equation;
}

/** Undefined where nothing is summed at a position, and where what is summed there depends on the number. */
export function withInnerSum(
  equation: Equation,
  positions: readonly Index[],
  value: Index,
): WithInner | undefined {
  const reduce = equation.reduce!;
  const more = reduce.indices.filter((one) => !positions.includes(one));
  if (more.length === 0) return undefined;
  const uses = (e: Expr, some: readonly Index[]): boolean => {
    const used = variablesOf(e);
    return some.some(({ name }) => used.has(name));
  };
  const inside = reduce.guards.filter((guard) => uses(guard, more));
  const all = [equation.body, ...inside];
  if (all.some((e) => uses(e, [value]))) return undefined;
  const own = [...positions, ...equation.indices].filter((one) => all.some((e) => uses(e, [one])));
  const inner: Equation = {
    ...equation,
    name: `${equation.name}.inner`,
    indices: own,
    reduce: { ...reduce, indices: more, guards: inside },
    origin: partOrigin(equation),
  };
  const at = own.map(({ name }) => index(affine.variable(name)));
  return {
    inner,
    outer: (id) => ({
      ...equation,
      reduce: {
        ...reduce,
        indices: positions,
        guards: reduce.guards.filter((guard) => !inside.includes(guard)),
      },
      body: load(id, equation.dtype, at),
    }),
  };
}
