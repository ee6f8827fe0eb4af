/**
 * A seed in; a small well-typed graph of equations with values for its leaves, out.
 *
 * Every index pattern that the language can say comes up: broadcast, transpose, diagonal, shift, stride,
 * dilation, flip, cyclic, division and remainder, reads outside with an `else`, gathers. The magnitude of every
 * value is kept small by construction, so that f32 and f64 can be compared; functions get operands of their
 * own domain.
 */

import { variable } from '../../compiler/index/build.ts';
import { graphBuilder } from '../../compiler/ir/build.ts';
import type { Equation, Graph, Index, Reduce, Result } from '../../compiler/ir/graph.ts';
import type { ReducerName } from '../../compiler/ir/reducers.ts';
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { add, constant, index, lessEqual, multiply } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { countPoints, elementCount } from '../../runtime/extents.ts';
import { type RandomSource, randomSource } from './random.ts';
import {
  type Context,
  randomCondition,
  randomExpression,
  type Sized,
  type Value,
} from './random-expression.ts';

export interface RandomGraphOptions {
  /** How many equations; 5 unless told. */
  readonly equations?: number;
  /** No functions with kinks or jumps, no random numbers: for comparison with central differences. */
  readonly smooth?: boolean;
  /** Reads at data-dependent indices; true unless told. */
  readonly gathers?: boolean;
}

export interface RandomGraph {
  readonly graph: Graph;
  readonly feeds: ReadonlyMap<string, Tensor64>;
}

const names = ['a', 'b', 'c', 'i', 'j', 'k'] as const;
/** No value gets larger than this. */
const largest = 4;
/** No equation evaluates its body more often than this. */
const mostPoints = 4096;

export function randomGraph(seed: number, options: RandomGraphOptions = {}): RandomGraph {
  const random = randomSource(seed);
  const builder = graphBuilder(`random_${seed >>> 0}`);
  const feeds = new Map<string, Tensor64>();
  const values: Value[] = [];

  const leaf = (
    kind: 'input' | 'param',
    shape: readonly number[],
    dtype: 'f32' | 'i32',
    bound = 0,
  ): Value => {
    const name = `${dtype === 'i32' ? 't' : kind === 'param' ? 'w' : 'x'}${feeds.size}`;
    const indices = shape.map((extent, k) => ({ name: names[k]!, extent }));
    const id = builder.add({ kind, name, dtype, indices, origin: { path: [] } });
    const size = elementCount(shape);
    const draw = (): number => {
      if (dtype === 'i32') return random.integer(0, bound - 1);
      return Math.fround(Math.max(-2, Math.min(2, random.normal() / 2)));
    };
    feeds.set(name, { shape, data: Float64Array.from({ length: size }, draw) });
    return { id, shape, dtype, size: dtype === 'i32' ? bound : 2, ...(dtype === 'i32' && { bound }) };
  };
  const shape = (): readonly number[] =>
    Array.from({ length: random.integer(0, 3) }, () => random.integer(1, 5));

  for (let k = random.integer(1, 3); k > 0; k--)
    values.push(leaf(random.pick(['input', 'param']), shape(), 'f32'));
  const key = options.smooth ? undefined : randomKey(builder, feeds, random);
  const integers = (extent: number, bound: number): Value => {
    const vector = leaf('input', [extent], 'i32', bound);
    values.push(vector);
    return vector;
  };
  const results: Result[] = [];
  for (let k = 0; k < (options.equations ?? 5); k++) {
    const context: Omit<Context, 'indices'> = {
      random,
      values,
      smooth: options.smooth ?? false,
      ...(key !== undefined && { key }),
      ...(options.gathers !== false && { integers }),
    };
    const { equation, size } = randomEquation(context, `y${k}`);
    const id = builder.add(equation);
    const extents = equation.indices.map(({ extent }) => extent);
    values.push({ id, shape: extents, dtype: equation.dtype, size, ...boundOf(equation) });
    results.push({ name: `y${k}`, role: 'output', value: id });
  }
  // The last equation always counts; of the others some, so that there is something to eliminate.
  const kept = results.filter((_, k) => k === results.length - 1 || random.chance(0.4));
  return { graph: builder.finish(kept, []), feeds };
}

function randomKey(
  builder: ReturnType<typeof graphBuilder>,
  feeds: Map<string, Tensor64>,
  random: RandomSource,
): number | undefined {
  if (!random.chance(0.3)) return undefined;
  feeds.set('key', { shape: [], data: Float64Array.of(random.integer(0, 0xffffffff)) });
  return builder.add({ kind: 'scalar', name: 'key', dtype: 'u32', indices: [], origin: { path: [] } });
}

/** What a positional reduction can give: usable as an index. */
const boundOf = ({ dtype, reduce }: Equation): { readonly bound?: number } =>
  dtype === 'i32' && reduce !== undefined ? { bound: countPoints(reduce.indices) } : {};

function randomIndices(random: RandomSource, rank: number, taken: number): readonly Index[] {
  return Array.from({ length: rank }, (_, k) => ({ name: names[taken + k]!, extent: random.integer(1, 5) }));
}

const smoothReducers: readonly ReducerName[] = ['sum', 'sum', 'sum', 'max', 'min', 'prod'];
const allReducers: readonly ReducerName[] = [...smoothReducers, 'argmax', 'argmin', 'any', 'all'];

function randomEquation(
  context: Omit<Context, 'indices'>,
  name: string,
): { equation: Equation; size: number } {
  const { random } = context;
  const indices = randomIndices(random, random.integer(0, 3), 0);
  const reduced = random.chance(0.55) ? randomIndices(random, random.integer(1, 2), indices.length) : [];
  const all = [...indices, ...reduced];
  if (countPoints(all) > mostPoints) return randomEquation(context, name);
  const inside: Context = { ...context, indices: all };
  const base = {
    kind: 'equation',
    name,
    indices,
    origin: { path: [{ kind: 'model', name: 'random' }] },
  } as const;
  if (reduced.length === 0) {
    const isTruth = !context.smooth && random.chance(0.08);
    const { body, size } = isTruth ? { body: randomCondition(inside, 2), size: 1 } : bounded(inside, 1);
    return { equation: { ...base, dtype: body.dtype, body }, size };
  }
  const by = random.pick(context.smooth ? smoothReducers : allReducers);
  const reduce: Reduce = { by, indices: reduced, guards: randomGuards(inside, reduced) };
  const positional = by === 'argmax' || by === 'argmin';
  if (by === 'any' || by === 'all') {
    return { equation: { ...base, dtype: 'bool', reduce, body: randomCondition(inside, 2) }, size: 1 };
  }
  const { body, size } =
    by === 'prod'
      ? factor(inside, countPoints(reduced))
      : bounded(inside, by === 'sum' ? countPoints(reduced) : 1);
  const total = by === 'sum' ? size * countPoints(reduced) : size;
  return {
    equation: { ...base, dtype: positional ? 'i32' : 'f32', reduce, body },
    size: positional ? 1 : total,
  };
}

/** An f32 body, scaled so that `times` of it stay below `limit`. */
function bounded(context: Context, times: number, limit = largest): { body: Expr; size: number } {
  const { expr, size }: Sized = randomExpression(context, 3);
  if (size * times <= limit) return { body: expr, size };
  const factor = 2 ** Math.floor(Math.log2(limit / (size * times)));
  return { body: multiply(expr, constant(factor)), size: size * factor };
}

/**
 * A factor of a product of so many. Many of them stay near 1: a product of many small ones is 0 in f32 and is not in
 * f64, and a comparison tells the two apart.
 */
function factor(context: Context, times: number): { body: Expr; size: number } {
  if (times <= 4) return bounded(context, 1, 1);
  const { body } = bounded(context, times, 1);
  return { body: add(constant(1), body), size: Math.E };
}

/** Conditions between indices. The first element always takes part: a maximum over nothing is infinite. */
function randomGuards(context: Context, reduced: readonly Index[]): readonly Expr[] {
  const { random, indices } = context;
  if (!random.chance(0.35)) return [];
  const inner = random.pick(reduced);
  const outer = random.pick(indices);
  const bound =
    outer === inner ? constant(random.integer(0, inner.extent), 'i32') : index(variable(outer.name));
  return [lessEqual(index(variable(inner.name)), bound)];
}
