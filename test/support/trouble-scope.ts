/**
 * What a graph that looks for trouble is built with: equations over index spaces of few distinct extents, and reads
 * of what is there at all sorts of points. Magnitudes stay small by construction, as in `random-graph.ts`.
 */

import { variable } from '../../compiler/index/build.ts';
import type { GraphBuilder } from '../../compiler/ir/build.ts';
import type { Equation, Index, Leaf, Reduce } from '../../compiler/ir/graph.ts';
import type { ReducerName } from '../../compiler/ir/reducers.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import * as build from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { countPoints, elementCount } from '../../runtime/extents.ts';
import type { RandomSource } from './random.ts';
import { randomLoad, type Sized, type Value } from './random-expression.ts';

export interface Scope {
  readonly random: RandomSource;
  readonly builder: GraphBuilder;
  readonly feeds: Map<string, Tensor64>;
  /** What can be read: leaves, and equations as they are made. */
  readonly values: Value[];
  /** The extents of this graph: two or three, and often equal. */
  readonly extents: readonly number[];
  /** Without functions that have kinks or jumps. */
  readonly smooth: boolean;
}

/** No value gets larger than this. */
const largest = 4;
/** No equation evaluates its body more often than this. */
export const mostPoints = 20_000;

const letters = ['i', 'j', 'k', 'l', 'm', 'n'] as const;

/** Index variables of these extents. */
export const indicesOf = (extents: readonly number[]): readonly Index[] =>
  extents.map((extent, k) => ({ name: letters[k]!, extent }));

/** A leaf of random numbers: f32 in [-2, 2], or integers in [0, bound). */
export function leaf(scope: Scope, kind: Leaf['kind'], shape: readonly number[], bound?: number): Value {
  const { random, feeds, builder, values } = scope;
  const name = `${bound === undefined ? { input: 'x', param: 'w', state: 's', frozen: 'f', scalar: 'c' }[kind] : 't'}${feeds.size}`;
  const dtype = bound === undefined ? 'f32' : 'i32';
  const id = builder.add({ kind, name, dtype, indices: indicesOf(shape), origin: { path: [] } });
  const draw = (): number =>
    bound === undefined
      ? Math.fround(Math.max(-2, Math.min(2, random.normal())))
      : random.integer(0, bound - 1);
  feeds.set(name, { shape, data: Float64Array.from({ length: elementCount(shape) }, draw) });
  const value: Value = { id, shape, dtype, size: bound ?? 2, ...(bound !== undefined && { bound }) };
  values.push(value);
  return value;
}

/** The value at the point: bare indices that fit, in order, or any that fit, shifted, constant, gathered … */
export function read(scope: Scope, value: Value, indices: readonly Index[]): Sized {
  const { random, values } = scope;
  const smooth = scope.smooth;
  if (random.chance(0.6)) {
    const free = [...indices];
    const at = value.shape.map((extent) => {
      const k = free.findIndex((i) => i.extent === extent);
      return k < 0 ? undefined : free.splice(k, 1)[0]!;
    });
    if (at.every((i) => i !== undefined)) return bare(value, at);
  }
  const integers = (extent: number, bound: number): Value => leaf(scope, 'input', [extent], bound);
  const context = { random, values, indices, smooth, integers };
  return randomLoad(context, value);
}

export const at = (index: Index): Expr => build.index(variable(index.name));

/** The value at these indices. */
export const bare = (value: Value, indices: readonly Index[]): Sized => ({
  expr: build.load(value.id, value.dtype, indices.map(at)),
  size: value.size,
});

/** Scaled so that `times` of it stay small. */
function bounded({ expr, size }: Sized, times: number, limit = largest): Sized {
  if (size * times <= limit) return { expr, size };
  const factor = 2 ** Math.floor(Math.log2(limit / (size * times)));
  return { expr: build.multiply(expr, build.constant(factor)), size: size * factor };
}

const origin = { path: [{ kind: 'model', name: 'trouble' }] } as const;

/** A pointwise equation. */
export function pointwise(scope: Scope, indices: readonly Index[], body: Sized): Value {
  const { expr, size } = bounded(body, 1);
  return finish(
    scope,
    { kind: 'equation', name: nameOf(scope), dtype: 'f32', indices, body: expr, origin },
    size,
  );
}

/** A reduction; `guards` leave at least one element. */
export function reduction(
  scope: Scope,
  by: ReducerName,
  indices: readonly Index[],
  over: readonly Index[],
  body: Sized,
  guards: readonly Expr[] = [],
): Value {
  const positional = by === 'argmax' || by === 'argmin';
  const times = by === 'sum' ? countPoints(over) : 1;
  const { expr, size } = bounded(body, times, by === 'prod' ? 1 : largest);
  const reduce: Reduce = { by, indices: over, guards };
  const dtype = positional ? 'i32' : 'f32';
  const node: Equation = {
    kind: 'equation',
    name: nameOf(scope),
    dtype,
    indices,
    reduce,
    body: expr,
    origin,
  };
  return finish(scope, node, size * times, positional ? countPoints(over) : undefined);
}

const nameOf = ({ builder }: Scope): string => `y${builder.nodes().length}`;

function finish(scope: Scope, node: Equation, size: number, bound?: number): Value {
  const shape = node.indices.map(({ extent }) => extent);
  const id = scope.builder.add(node);
  const value: Value = { id, shape, dtype: node.dtype, size, ...(bound !== undefined && { bound }) };
  scope.values.push(value);
  return value;
}

/** A value to read: rather a recent one, so that one is read by several. */
export function source(scope: Scope, fits: (value: Value) => boolean = () => true): Value | undefined {
  const { random, values } = scope;
  const known = values.filter((value) => value.dtype === 'f32' && fits(value));
  if (known.length === 0) return undefined;
  return random.chance(0.6) ? random.pick(known.slice(-3)) : random.pick(known);
}

/** One number of one or two others. */
export function combine(scope: Scope, a: Sized, b: Sized): Sized {
  const { random, smooth } = scope;
  const of = (fn: Parameters<typeof build.call>[0], x: Sized, size: number): Sized => ({
    expr: build.call(fn, x.expr),
    size,
  });
  const sum = { expr: build.add(a.expr, b.expr), size: a.size + b.size };
  const product = { expr: build.multiply(a.expr, b.expr), size: a.size * b.size };
  const ways: readonly (() => Sized)[] = [
    () => sum,
    () => product,
    () => ({ ...sum, expr: build.subtract(a.expr, b.expr) }),
    () => of('tanh', sum, 1),
    () => of('sin', product, 1),
    () => ({
      expr: build.divide(a.expr, build.add(build.constant(1), build.multiply(b.expr, b.expr))),
      size: a.size,
    }),
    () => ({ expr: build.exp(build.negate(build.multiply(a.expr, a.expr))), size: 1 }),
    ...(smooth
      ? []
      : [
          () => ({
            expr: build.maximum(a.expr, b.expr),
            size: Math.max(a.size, b.size),
          }),
          () => ({
            expr: build.select(build.less(a.expr, b.expr), b.expr, build.constant(0)),
            size: b.size,
          }),
        ]),
  ];
  return random.pick(ways)();
}

/** A body of one to three reads. */
export function body(scope: Scope, indices: readonly Index[], first?: Value): Sized {
  const { random } = scope;
  const some = (): Sized => read(scope, source(scope)!, indices);
  const start = first === undefined ? some() : read(scope, first, indices);
  const twice = combine(scope, start, random.chance(0.3) && first ? read(scope, first, indices) : some());
  return random.chance(0.3) ? combine(scope, twice, some()) : twice;
}
