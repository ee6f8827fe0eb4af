/**
 * Pieces of networks in which one value is read by several at different points: each adds a few equations to a scope.
 *
 * Softmax, layer norm, prefix sums, ranks, all pairs, attention, residual cells, windows: where an index space comes
 * back, transposed or with a reduction in between, equations that may share a kernel stand beside some that may not.
 */

import { constant, subtract as minus, add as plus, variable } from '../../compiler/index/build.ts';
import type { Index } from '../../compiler/ir/graph.ts';
import type { ReducerName } from '../../compiler/ir/reducers.ts';
import * as build from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { countPoints } from '../../runtime/extents.ts';
import type { Sized, Value } from './random-expression.ts';
import {
  at,
  bare,
  body,
  combine,
  indicesOf,
  leaf,
  mostPoints,
  pointwise,
  read,
  reduction,
  type Scope,
  source,
} from './trouble-scope.ts';

export type Motif = (scope: Scope) => void;

/** A space of so many indices, with extents of the graph; smaller where it would be too large. */
function space(scope: Scope, rank: number): readonly Index[] {
  const { random, extents } = scope;
  const indices = indicesOf(Array.from({ length: rank }, () => random.pick(extents)));
  return countPoints(indices) <= mostPoints ? indices : space(scope, rank - 1);
}

/** A value of two axes, made where there is none. */
function matrix(scope: Scope, rows = scope.random.pick(scope.extents)): Value {
  const { random, extents } = scope;
  const known = source(scope, ({ shape }) => shape.length === 2 && shape[0] === rows);
  if (known !== undefined && random.chance(0.85)) return known;
  return leaf(scope, random.pick(['input', 'param'] as const), [rows, random.pick(extents)]);
}

function vector(scope: Scope, extent: number): Value {
  const known = source(scope, ({ shape }) => shape.length === 1 && shape[0] === extent);
  return known ?? leaf(scope, scope.random.pick(['input', 'param'] as const), [extent]);
}

const reducersOf = ({ smooth }: Scope): readonly ReducerName[] =>
  smooth ? ['sum', 'sum', 'sum', 'prod'] : ['sum', 'sum', 'sum', 'max', 'min', 'prod', 'argmax'];

/** Conditions that leave the first element of the reduction. */
function guardsOf({ random }: Scope, own: readonly Index[], over: readonly Index[]): readonly Expr[] {
  if (!random.chance(0.4)) return [];
  const inner = random.pick(over);
  const bound = random.chance(0.8) && own.length > 0 ? at(random.pick(own)) : undefined;
  return [build.lessEqual(at(inner), bound ?? build.constant(random.integer(0, inner.extent), 'i32'))];
}

const anyPointwise: Motif = (scope) => {
  const indices = space(scope, scope.random.integer(0, 3));
  pointwise(scope, indices, body(scope, indices));
};

/** One value, and several that read it, each at points of its own. */
const severalReaders: Motif = (scope) => {
  const { random } = scope;
  const own = space(scope, random.integer(1, 2));
  const made = random.chance(0.5)
    ? pointwise(scope, own, body(scope, own))
    : (source(scope, ({ shape }) => shape.length > 0) ?? vector(scope, scope.extents[0]!));
  for (let k = random.integer(2, 4); k > 0; k--) {
    const indices = indicesOf(
      made.shape.map((extent) => (random.chance(0.8) ? extent : random.pick(scope.extents))),
    );
    if (random.chance(0.6)) pointwise(scope, indices, body(scope, indices, made));
    else reduceSome(scope, indices, made);
  }
};

/** A reduction over some of the indices, in any order, with others taken along. */
function reduceSome(scope: Scope, indices: readonly Index[], of?: Value): Value | undefined {
  const { random } = scope;
  const over = indices.filter(() => random.chance(0.5));
  const reduced = over.length > 0 ? over : indices.slice(-1);
  if (reduced.length === 0) return undefined;
  const own = indices.filter((i) => !reduced.includes(i));
  return reduction(
    scope,
    random.pick(reducersOf(scope)),
    random.chance(0.2) ? own.toReversed() : own,
    reduced,
    body(scope, indices, of),
    guardsOf(scope, own, reduced),
  );
}

const anyReduction: Motif = (scope) => {
  reduceSome(scope, space(scope, scope.random.integer(1, 3)));
};

/** Over a matrix, along either axis: maximum, exponentials, their sum, quotients. */
const softmax: Motif = (scope) => {
  const { random } = scope;
  const x = matrix(scope);
  const [i, j] = indicesOf(x.shape) as readonly [Index, Index];
  const [row, column] = random.chance(0.5) ? [i, j] : [j, i];
  const m = reduction(scope, 'max', [row], [column], bare(x, [i, j]));
  const shifted = build.subtract(bare(x, [i, j]).expr, bare(m, [row]).expr);
  const e = pointwise(scope, [i, j], { expr: build.exp(shifted), size: 1 });
  const s = reduction(scope, 'sum', [row], [column], bare(e, [i, j]));
  const quotient = build.divide(bare(e, [i, j]).expr, bare(s, [row]).expr);
  const turned = random.chance(0.25) ? [j, i] : [i, j];
  pointwise(scope, turned, { expr: quotient, size: 1 });
};

/** Mean, variance, quotient; the scale and the shift are shared with whatever else has that extent. */
const layerNorm: Motif = (scope) => {
  const { random } = scope;
  const x = matrix(scope);
  const [i, j] = indicesOf(x.shape) as readonly [Index, Index];
  const mean = reduction(scope, 'sum', [i], [j], {
    expr: build.multiply(bare(x, [i, j]).expr, build.constant(1 / j.extent)),
    size: x.size / j.extent,
  });
  const centred = build.subtract(bare(x, [i, j]).expr, bare(mean, [i]).expr);
  const c = random.chance(0.5) ? pointwise(scope, [i, j], { expr: centred, size: x.size * 2 }) : undefined;
  const from = c ? bare(c, [i, j]) : { expr: centred, size: x.size * 2 };
  const variance = reduction(scope, 'sum', [i], [j], {
    expr: build.multiply(from.expr, from.expr),
    size: from.size ** 2,
  });
  const deviation = build.sqrt(build.add(bare(variance, [i]).expr, build.constant(0.5)));
  const quotient: Sized = { expr: build.divide(from.expr, deviation), size: from.size * 2 };
  const scaled = combine(scope, quotient, bare(vector(scope, j.extent), [j]));
  pointwise(scope, [i, j], random.chance(0.5) ? scaled : quotient);
};

/** `running[i] = sum[j where j <= i] s[j]`, and what is made of it beside `s`. */
const prefix: Motif = (scope) => {
  const { random, extents } = scope;
  const n = random.pick(extents);
  const [i, j] = indicesOf([n, n]) as readonly [Index, Index];
  const base = random.chance(0.5) ? pointwise(scope, [i], body(scope, [i])) : vector(scope, n);
  const strict = random.chance(0.2);
  const guard = strict ? build.less(at(j), at(i)) : build.lessEqual(at(j), at(i));
  const by = strict ? 'sum' : random.pick(['sum', 'sum', 'prod'] as const);
  const running = reduction(scope, by, [i], [j], bare(base, [j]), [guard]);
  pointwise(scope, [i], combine(scope, bare(running, [i]), read(scope, random.pick([base, running]), [i])));
};

/** All pairs of the elements of vectors, and a reduction of them. */
const pairs: Motif = (scope) => {
  const { random, extents } = scope;
  const n = random.pick(extents);
  const m = random.chance(0.7) ? n : random.pick(extents);
  const [i, j] = indicesOf([n, m]) as readonly [Index, Index];
  const [a, b] = [vector(scope, n), vector(scope, m)];
  const pair = combine(scope, bare(a, [i]), bare(b, [j]));
  if (random.chance(0.5)) {
    const all = pointwise(scope, [i, j], pair);
    const [own, over] = random.chance(0.5) ? [i, j] : [j, i];
    reduction(scope, random.pick(reducersOf(scope)), [own], [over], bare(all, [i, j]));
  } else {
    reduction(scope, random.pick(reducersOf(scope)), [i], [j], pair);
  }
};

/** How many are smaller, and the elements moved there. */
const rank: Motif = (scope) => {
  const n = scope.random.pick(scope.extents);
  const [i, j] = indicesOf([n, n]) as readonly [Index, Index];
  const x = vector(scope, n);
  const smaller = build.less(bare(x, [j]).expr, bare(x, [i]).expr);
  const ones = { expr: build.select(smaller, build.constant(1), build.constant(0)), size: 1 };
  const place = reduction(scope, 'sum', [i], [j], ones);
  const here = build.less(
    build.call('abs', build.subtract(bare(place, [j]).expr, build.convert(at(i), 'f32'))),
    build.constant(0.5),
  );
  reduction(scope, 'sum', [i], [j], {
    expr: build.select(here, bare(x, [j]).expr, build.constant(0)),
    size: x.size,
  });
};

/** A product of matrices with a shared bias, through a function; the same weights may come again. */
const dense: Motif = (scope) => {
  const { random, extents } = scope;
  const x = matrix(scope);
  const [rows, inner] = x.shape as readonly [number, number];
  const known = source(scope, ({ shape }) => shape.length === 2 && shape[1] === inner);
  const w = known ?? leaf(scope, 'param', [random.pick(extents), inner]);
  const [i, o, k] = indicesOf([rows, w.shape[0]!, inner]) as readonly [Index, Index, Index];
  if (countPoints([i, o, k]) > mostPoints) return;
  const product = build.multiply(bare(x, [i, k]).expr, bare(w, [o, k]).expr);
  const s = reduction(scope, 'sum', [i, o], [k], { expr: product, size: x.size * w.size });
  const sum = combine(scope, bare(s, [i, o]), bare(vector(scope, w.shape[0]!), [o]));
  const residual = x.shape.join() === [i.extent, o.extent].join() && random.chance(0.5);
  pointwise(scope, [i, o], residual ? combine(scope, sum, bare(x, [i, o])) : sum);
};

/** Scores of all pairs of rows, a softmax over them, a mean of rows. */
const attention: Motif = (scope) => {
  const x = matrix(scope);
  const [t, d] = x.shape as readonly [number, number];
  const [i, j, k] = indicesOf([t, t, d]) as readonly [Index, Index, Index];
  if (countPoints([i, j, k]) > mostPoints) return;
  const y = matrix(scope, t);
  const keys = y.shape[1] === d ? y : x;
  const product = build.multiply(bare(x, [i, k]).expr, bare(keys, [j, k]).expr);
  const scores = reduction(scope, 'sum', [i, j], [k], { expr: product, size: x.size * keys.size });
  const causal = scope.random.chance(0.5) ? [build.lessEqual(at(j), at(i))] : [];
  const e = pointwise(scope, [i, j], {
    expr: build.exp(build.subtract(bare(scores, [i, j]).expr, build.constant(2))),
    size: Math.exp(scores.size),
  });
  const total = reduction(scope, 'sum', [i], [j], bare(e, [i, j]), causal);
  const weight = build.divide(bare(e, [i, j]).expr, build.add(bare(total, [i]).expr, build.constant(1)));
  reduction(
    scope,
    'sum',
    [i, k],
    [j],
    { expr: build.multiply(weight, bare(keys, [j, k]).expr), size: keys.size },
    causal,
  );
};

/** A sum over neighbours: local response normalisation, differences, windows. */
const neighbours: Motif = (scope) => {
  const { random, extents } = scope;
  const n = random.pick(extents);
  const [i, j] = indicesOf([n, n]) as readonly [Index, Index];
  const x = random.chance(0.5) ? pointwise(scope, [i], body(scope, [i])) : vector(scope, n);
  const near = build.lessEqual(
    build.call('abs', build.convert(build.index(minus(variable(i.name), variable(j.name))), 'f32')),
    build.constant(1),
  );
  const square = build.multiply(bare(x, [j]).expr, bare(x, [j]).expr);
  const s = reduction(scope, 'sum', [i], [j], { expr: square, size: x.size ** 2 }, [near]);
  pointwise(scope, [i], {
    expr: build.divide(bare(x, [i]).expr, build.add(build.constant(1), bare(s, [i]).expr)),
    size: x.size,
  });
};

/** What reads itself at another position of one of its indices, forward or backward; some by way of a product. */
const recurrence: Motif = (scope) => {
  const { random, builder } = scope;
  const from = source(scope, ({ shape }) => shape.some((extent) => extent > 1)) ?? matrix(scope);
  const indices = indicesOf(from.shape);
  const long = indices.filter(({ extent }) => extent > 1);
  if (long.length === 0) return;
  const t = random.pick(long);
  const distance = random.integer(1, Math.min(2, t.extent - 1));
  const [guard, position] = random.chance(0.5)
    ? [build.lessEqual(build.constant(distance, 'i32'), at(t)), minus(variable(t.name), constant(distance))]
    : [
        build.lessEqual(at(t), build.constant(t.extent - 1 - distance, 'i32')),
        plus(variable(t.name), constant(distance)),
      ];
  const input = read(scope, from, indices).expr;
  const start = build.constant(random.pick([0, 0.5]));
  const across = random.chance(0.5) ? long.find((index) => index !== t) : undefined;
  /** The value that will stand at `id`, at the other position; along `across` at an index of its own. */
  const before = (id: number, along?: Index): Expr =>
    build.select(
      guard,
      build.load(
        id,
        'f32',
        indices.map((i) => (i === t ? build.index(position) : at(i === across && along ? along : i))),
      ),
      start,
    );
  const next = (x: Expr): Sized => ({
    expr: build.call('tanh', build.add(input, build.multiply(build.constant(0.5), x))),
    size: 1,
  });
  if (across === undefined) {
    pointwise(scope, indices, next(before(builder.nodes().length)));
    return;
  }
  const along = { ...indicesOf([...from.shape, across.extent]).at(-1)! };
  const weights = leaf(scope, 'param', [across.extent, across.extent]);
  const state = builder.nodes().length + 1;
  const product = build.multiply(bare(weights, [across, along]).expr, before(state, along));
  const sum = reduction(scope, 'sum', indices, [along], { expr: product, size: weights.size });
  pointwise(scope, indices, next(bare(sum, indices).expr));
};

export const motifs: readonly Motif[] = [
  anyPointwise,
  anyPointwise,
  anyReduction,
  anyReduction,
  severalReaders,
  severalReaders,
  severalReaders,
  softmax,
  layerNorm,
  prefix,
  prefix,
  pairs,
  rank,
  dense,
  dense,
  attention,
  neighbours,
  recurrence,
  recurrence,
];
