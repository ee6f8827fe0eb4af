/**
 * A seed in; a graph that looks for trouble, with values for its leaves and a target to compile it for, out.
 *
 * Few distinct extents (many equal, also 1 and primes), several readers of one value at different points, chains that
 * cross a reduction twice, shared biases, few rows and many, gradients of the parameters, second order on a part,
 * updates of parameters that others read too, and limits of 8, 10 and 12 buffers.
 */
import { graphBuilder } from '../../compiler/ir/build.ts';
import type { Graph, Index, Result, Update, ValueId } from '../../compiler/ir/graph.ts';
import * as build from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { hasKink } from './kinks.ts';
import { type RandomSource, randomSource } from './random.ts';
import type { Value } from './random-expression.ts';
import type { RandomGraph } from './random-graph.ts';
import { motifs } from './trouble-motifs.ts';
import {
  at,
  bare,
  body,
  combine,
  indicesOf,
  leaf,
  pointwise,
  read,
  reduction,
  type Scope,
} from './trouble-scope.ts';

export interface Trouble extends RandomGraph {
  /** One of each class of adapter, with the same limit of buffers. */
  readonly targets: readonly Target[];
}

/** `ones`: whether most of the axes have an extent of 1. */
export function trouble(seed: number, ones = false): Trouble {
  const { scope, made } = started(seed, false, ones);
  const { random, builder } = scope;
  const last = made.at(-1)!;
  const results: Result[] = made
    .filter((value) => value === last || random.chance(0.4))
    .map(({ id }) => ({ name: builder.node(id).name, role: 'output', value: id }));
  const graph = random.chance(0.75) ? withTraining(scope, made, results) : builder.finish(results, []);
  const storageBuffersPerStage = random.pick([8, 10, 12]);
  const targets = Object.values(defaultTargets).map((t): Target => ({ ...t, storageBuffersPerStage }));
  return { graph, feeds: scope.feeds, targets };
}

/**
 * A loss without kinks, as the only result: its gradient agrees with differences. The maximum of a softmax is one
 * where two elements are about equal, so that another graph is drawn then.
 */
export function smoothLoss(seed: number): RandomGraph {
  for (let again = 0; ; again++) {
    const drawn = lossWithoutChoices(seed + again * 0x9e37_79b1);
    if (!hasKink(drawn.graph, drawn.feeds)) return drawn;
  }
}

function lossWithoutChoices(seed: number): RandomGraph {
  const { scope, made } = started(seed, true);
  // Where every motif refused its operands there are leaves alone.
  const values = made.length > 0 ? made : scope.values.filter(({ dtype }) => dtype === 'f32');
  const loss = lossOf(scope, values.slice(-3), scope.random.chance(0.5));
  const result = { name: 'loss', role: 'loss', value: loss.id } as const;
  return { graph: scope.builder.finish([result], []), feeds: scope.feeds };
}

/** Leaves and equations. */
function started(
  seed: number,
  smooth: boolean,
  ones = false,
): { readonly scope: Scope; readonly made: readonly Value[] } {
  const random = randomSource(seed);
  const builder = graphBuilder(`trouble_${seed >>> 0}`);
  const extents = ones ? [1, 1, random.pick([1, 2, 3, 8, 65])] : extentsOf(random);
  const scope: Scope = { random, builder, feeds: new Map(), values: [], extents, smooth };
  for (let k = random.integer(2, 3); k > 0; k--) {
    const shape = Array.from({ length: random.integer(1, 2) }, () => random.pick(scope.extents));
    leaf(scope, random.pick(['input', 'param', 'param'] as const), shape);
  }
  for (let k = random.integer(1, 4); k > 0; k--) random.pick(motifs)(scope);
  return { scope, made: scope.values.filter(({ id }) => builder.node(id).kind === 'equation') };
}

/** One extent, and often no other. */
function extentsOf(random: RandomSource): readonly number[] {
  const small = [1, 2, 3, 3, 4, 5, 7, 8] as const;
  const n = random.pick(small);
  if (random.chance(0.35)) return [n];
  if (random.chance(0.3)) return [n, n, random.pick([16, 17, 64, 65])];
  return [n, random.pick(small), n];
}

/** A loss of some results, its gradients, and what is done with them. */
function withTraining(scope: Scope, made: readonly Value[], results: readonly Result[]): Graph {
  const { random, builder } = scope;
  const floats = made.filter(({ dtype }) => dtype === 'f32');
  if (floats.length === 0) return builder.finish(results, []);
  const some = floats.filter((value) => value === floats.at(-1) || random.chance(0.3)).slice(-3);
  const loss = lossOf(scope, some, random.chance(0.5));
  const params = scope.values.filter(
    ({ id, dtype }) => dtype === 'f32' && ['param', 'input'].includes(builder.node(id).kind),
  );
  const wanted = params.filter(({ id }) => builder.node(id).kind === 'param' || random.chance(0.5));
  const gradients = gradientsOf(scope, loss, wanted);
  const second = random.chance(0.2) && gradients.length > 0 ? lossOf(scope, gradients, true) : undefined;
  const again = second ? gradientsOf(scope, second, wanted.slice(0, 2)) : [];
  const beside: Value[] = [];
  const updates = wanted.flatMap((param, k) => updatesOf(scope, param, gradients[k]!, beside));
  const more = [...gradients, ...again].map(
    ({ id }): Result => ({ name: builder.node(id).name, role: 'gradient', value: id }),
  );
  const losses = [loss, ...beside].map(
    ({ id }): Result => ({ name: builder.node(id).name, role: 'value', value: id }),
  );
  return builder.finish([...results, ...losses, ...more.filter(() => random.chance(0.7))], updates);
}

/** The sum of the values' elements or their squares, each tensor weighted. */
function lossOf(scope: Scope, values: readonly Value[], squares: boolean): Value {
  const parts = values.map((value): Expr => {
    const indices = indicesOf(value.shape);
    const { expr, size } = bare(value, indices);
    const weighted = squares
      ? { expr: build.multiply(expr, expr), size: size ** 2 }
      : { expr: build.multiply(expr, waves(indices)), size };
    if (indices.length === 0) return weighted.expr;
    return bare(reduction(scope, 'sum', [], indices, weighted), []).expr;
  });
  const total = parts.reduce(build.add);
  return pointwise(scope, [], { expr: total, size: 4 * parts.length });
}

/** A weight for each position: `sin(1 + i + 2*j)`. */
function waves(indices: readonly Index[]): Expr {
  const sum = indices.reduce<Expr>(
    (e, index, k) => build.add(e, build.multiply(build.convert(at(index), 'f32'), build.constant(k + 1))),
    build.constant(1),
  );
  return build.call('sin', sum);
}

/** The gradient of the loss by each leaf. */
function gradientsOf({ builder, values }: Scope, loss: Value, leaves: readonly Value[]): readonly Value[] {
  return leaves.map((wrt): Value => {
    const { name, indices } = builder.node(wrt.id);
    const id = builder.add({
      kind: 'gradient',
      name: `d.${name}`,
      dtype: 'f32',
      indices,
      of: loss.id,
      wrt: wrt.id,
      origin: { path: [] },
    });
    const value: Value = { id, shape: wrt.shape, dtype: 'f32', size: 4 };
    values.push(value);
    return value;
  });
}

/**
 * A step down the gradient: plain, with momentum, clipped, with the parameter read at other points too; or none.
 * `beside` takes what else reads the old value.
 */
function updatesOf(scope: Scope, param: Value, gradient: Value, beside: Value[]): readonly Update[] {
  const { random, builder } = scope;
  if (builder.node(param.id).kind !== 'param' || random.chance(0.25)) return [];
  const indices = indicesOf(param.shape);
  const [w, d] = [bare(param, indices), bare(gradient, indices)];
  const step = (by: Expr): Value =>
    pointwise(scope, indices, {
      expr: build.subtract(w.expr, build.multiply(by, build.constant(0.125))),
      size: 4,
    });
  const update = (value: Value, target: ValueId = param.id): Update => ({ target, value: value.id });
  const ways: readonly (() => readonly Update[])[] = [
    () => [update(step(d.expr))],
    () => {
      const state = leaf(scope, 'state', param.shape);
      const decayed = build.multiply(bare(state, indices).expr, build.constant(0.5));
      const m = pointwise(scope, indices, { expr: build.add(decayed, d.expr), size: 4 });
      return [update(step(bare(m, indices).expr)), update(m, state.id)];
    },
    () => {
      if (indices.length === 0) return [];
      const norm = reduction(scope, 'sum', [], indices, { expr: build.multiply(d.expr, d.expr), size: 4 });
      const scale = build.divide(build.constant(1), build.add(build.constant(1), bare(norm, []).expr));
      return [update(step(build.multiply(d.expr, scale)))];
    },
    // The old value is read at any point, and by whatever comes after.
    () => {
      const elsewhere = read(scope, param, indices);
      return [update(step(build.add(d.expr, elsewhere.expr)))];
    },
    () => {
      const made = step(d.expr);
      const more = indicesOf([...param.shape, random.pick(scope.extents)]);
      const of = random.chance(0.6) ? param : made;
      const other = random.chance(0.5)
        ? pointwise(scope, indices, body(scope, indices, of))
        : reduction(scope, 'sum', more.slice(0, -1), more.slice(-1), body(scope, more, of));
      beside.push(other);
      return [update(made)];
    },
    // Each row is divided by what is left of it.
    () => {
      if (indices.length === 0) return [];
      const [own, over] = [indices.slice(0, -1), indices.slice(-1)];
      const squares = { expr: build.multiply(w.expr, w.expr), size: 4 };
      const norm = reduction(scope, 'sum', own, over, squares);
      beside.push(norm);
      const quotient = build.divide(w.expr, build.add(build.constant(1), bare(norm, own).expr));
      const from = random.chance(0.5) ? quotient : w.expr;
      return [update(pointwise(scope, indices, combine(scope, { expr: from, size: 2 }, d)))];
    },
    // The old value is kept.
    () => {
      const previous = leaf(scope, 'state', param.shape);
      const change = build.subtract(
        w.expr,
        build.multiply(bare(previous, indices).expr, build.constant(0.5)),
      );
      const made = pointwise(scope, indices, { expr: change, size: 4 });
      return [update(made), { target: previous.id, value: param.id }];
    },
  ];
  return random.pick(ways)();
}
