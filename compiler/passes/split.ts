/**
 * Long reductions to few elements in; two stages out: partial results, many at once, and their reduction.
 *
 * `%y = sum[b: 128, i: 4096] e` has work for one invocation only. As `%y.partial[b: 128] = sum[i: 4096] e` and
 * `%y = sum[b: 128] %y.partial[b]` it has work for 128. The order of the additions is fixed, so the same bits
 * come out of every run.
 */
import { countPoints } from '../../runtime/extents.ts';
import * as affine from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { boundIndices } from '../ir/equation.ts';
import type { Equation, Index, Reduce } from '../ir/graph.ts';
import { renamedApart } from '../ir/names.ts';
import { partOrigin } from '../ir/origin.ts';
import { recurrencesOf } from '../ir/recurrences.ts';
import { isPositional } from '../ir/reducers.ts';
import { constant, index, less, load } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices } from '../scalar/walk.ts';
import { type Pass, rebuild } from './rebuild.ts';

export interface SplitOptions {
  /** Reductions of more elements than this are split … */
  readonly longest: number;
  /** … where they have fewer results than this. */
  readonly fewest: number;
}

export const defaultSplit: SplitOptions = { longest: 16384, fewest: 64 };

/** The pass for these options; what is right depends on how many invocations a target runs at once. */
export const splitReductions = (options: SplitOptions): Pass => ({
  name: 'split-reductions',
  doc: 'Computes long reductions to few elements in two stages.',
  run: (graph) => {
    const positions = new Map(
      recurrencesOf(graph.nodes).flatMap(({ members, extent }) => members.map((id) => [id, extent] as const)),
    );
    return rebuild(graph, (equation, { add }, id) => {
      const stages = split(equation, options, positions.get(id) ?? 1);
      if (stages === undefined) return equation;
      return stages.final(add(stages.partial));
    });
  },
});

interface Stages {
  readonly partial: Equation;
  readonly final: (partial: number) => Equation;
}

/** Of a recurrence only the results of one position can be computed at once. */
function split(equation: Equation, { longest, fewest }: SplitOptions, positions: number): Stages | undefined {
  const { reduce, indices } = equation;
  if (reduce === undefined || isPositional(reduce.by)) return undefined;
  const points = countPoints(reduce.indices);
  if (points <= longest || countPoints(indices) / positions >= fewest) return undefined;
  const { outer, inner, guards, rename } = cut(reduce, boundIndices(equation), Math.sqrt(points));
  const partial: Equation = {
    ...equation,
    name: `${equation.name}.partial`,
    origin: partOrigin(equation),
    indices: [...indices, ...outer],
    reduce: { by: reduce.by, indices: inner, guards: [...reduce.guards.map(rename), ...guards] },
    body: rename(equation.body),
  };
  const at = [...indices, ...outer].map(({ name }) => index(affine.variable(name)));
  const final = (id: number): Equation => ({
    ...equation,
    reduce: { by: reduce.by, indices: outer, guards: [] },
    body: load(id, equation.dtype, at),
  });
  return { partial, final };
}

interface Cut {
  /** What the second stage reduces. */
  readonly outer: readonly Index[];
  readonly inner: readonly Index[];
  readonly guards: readonly Expr[];
  readonly rename: (expr: Expr) => Expr;
}

/** Parts the indices so that the second stage has about `wanted` elements. */
function cut(reduce: Reduce, bound: readonly Index[], wanted: number): Cut {
  const distance = ({ extent }: Index): number => Math.abs(Math.log2(extent / wanted));
  const closest = reduce.indices.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  if (reduce.indices.length > 1 && distance(closest) <= 2) {
    const inner = reduce.indices.filter((other) => other !== closest);
    return { outer: [closest], inner, guards: [], rename: (expr) => expr };
  }
  const long = reduce.indices.reduce((a, b) => (b.extent > a.extent ? b : a));
  // A divisor near the wanted number needs no guard for a ragged end.
  const parts = partsOf(long.extent, Math.min(wanted, Math.sqrt(long.extent)));
  const size = Math.ceil(long.extent / parts);
  const part = renamedApart([{ name: `${long.name}_part`, extent: parts }], bound)[0]!;
  const within = { name: long.name, extent: size };
  const whole = affine.add(affine.scale(affine.variable(part.name), size), affine.variable(within.name));
  const inner = reduce.indices.map((other) => (other === long ? within : other));
  const ranges = rangesOf([...bound.filter((other) => other !== long), part, within]);
  const map = new Map([[long.name, whole]]);
  return {
    outer: [part],
    inner,
    guards: parts * size === long.extent ? [] : [less(index(whole), constant(long.extent, 'i32'))],
    rename: (expr) => substituteIndices(expr, map, ranges),
  };
}

function partsOf(extent: number, wanted: number): number {
  const near = Math.round(wanted);
  for (let k = 0; k < near / 2; k++) {
    if (extent % (near + k) === 0) return near + k;
    if (extent % (near - k) === 0) return near - k;
  }
  return near;
}
