/** The values in scope in; a random well-typed expression that reads them within range, with a bound on it, out. */
import type { Affine } from '../../compiler/index/affine.ts';
import * as affine from '../../compiler/index/build.ts';
import { bounds, rangesOf } from '../../compiler/index/query.ts';
import type { DType, Index, ValueId } from '../../compiler/ir/graph.ts';
import * as build from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { type FunctionName, functionNames, functions, resultType } from '../../compiler/scalar/functions.ts';
import type { RandomSource } from './random.ts';

/** A value that expressions can read. */
export interface Value {
  readonly id: ValueId;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** No element is larger, in magnitude. */
  readonly size: number;
  /** For integers: all elements are in [0, bound). */
  readonly bound?: number;
}

export interface Context {
  readonly random: RandomSource;
  readonly values: readonly Value[];
  readonly indices: readonly Index[];
  readonly smooth: boolean;
  /** The random key, where there is one. */
  readonly key?: ValueId;
  /** A new vector of integers in [0, bound), for a gather. */
  readonly integers?: (extent: number, bound: number) => Value;
}

export interface Sized {
  readonly expr: Expr;
  readonly size: number;
}

const kinked: readonly FunctionName[] = [
  ...(['abs', 'sign', 'minimum', 'maximum', 'floor', 'ceil', 'round', 'modulo'] as const),
  ...(['stop_gradient', 'to_f32'] as const),
];

/** Functions of one or two f32 to f32. */
const floatFunctions = functionNames.filter((fn) => {
  const { arity } = functions[fn].type;
  return (
    arity <= 2 &&
    resultType(
      fn,
      Array.from({ length: arity }, () => 'f32'),
    ) === 'f32'
  );
});
const smoothFunctions = floatFunctions.filter((fn) => !kinked.includes(fn));
const common: readonly FunctionName[] = ['add', 'multiply', 'subtract', 'multiply'];
const comparisons: readonly FunctionName[] = ['less', 'less_equal', 'greater', 'greater_equal'];

/** An f32 expression of at most this depth. */
export function randomExpression(context: Context, depth: number): Sized {
  const { random, smooth } = context;
  if (depth === 0 || random.chance(0.15)) return randomLeaf(context);
  const choice = random.number();
  if (choice < 0.45) return apply(random, random.pick(common), () => randomExpression(context, depth - 1));
  if (choice < 0.75) {
    return apply(random, random.pick(smooth ? smoothFunctions : floatFunctions), () =>
      randomExpression(context, depth - 1),
    );
  }
  if (choice < 0.88) {
    const [a, b] = [randomExpression(context, depth - 1), randomExpression(context, depth - 1)];
    const condition = randomCondition(context, smooth ? 0 : 1);
    return { expr: build.select(condition, a.expr, b.expr), size: Math.max(a.size, b.size) };
  }
  return randomLeaf(context);
}

/** A function of operands that are brought into its domain. */
function apply(random: RandomSource, fn: FunctionName, operand: () => Sized): Sized {
  const { domain, cost, type, evaluate } = functions[fn];
  const operands = Array.from({ length: type.arity }, (_, k) => {
    const [low, high] = domain[k]!;
    const { expr, size } = operand();
    const free = cost === 'cheap' && low === -4 && high === 4;
    if (free) return { expr, low: -size, high: size };
    // low + (high - low) * (1 + sin x) / 2
    const half = (high - low) / 2;
    const wave = build.multiply(build.constant(half), build.call('sin', expr));
    return { expr: build.add(build.constant(low + half), wave), low, high };
  });
  const grid = [0, 0.25, 0.5, 0.75, 1];
  const samples = (k: number, chosen: readonly number[]): readonly number[] => {
    const range = operands[k];
    if (range === undefined) return [Math.abs(evaluate(...chosen))];
    return grid.flatMap((t) => samples(k + 1, [...chosen, range.low + t * (range.high - range.low)]));
  };
  const size = Math.max(...samples(0, []).filter(Number.isFinite), 0.125);
  const expr = build.call(fn, ...operands.map(({ expr: e }) => e));
  if (size <= 64) return { expr, size };
  const factor = 2 ** -Math.ceil(Math.log2(size) - random.integer(0, 2));
  return { expr: build.multiply(expr, build.constant(factor)), size: size * factor };
}

/** A boolean expression; at depth 0 of indices alone. */
export function randomCondition(context: Context, depth: number): Expr {
  const { random, indices, values } = context;
  if (depth > 1 && random.chance(0.3)) {
    const [a, b] = [randomCondition(context, depth - 1), randomCondition(context, depth - 1)];
    return random.pick([build.and(a, b), build.or(a, b), build.not(a)]);
  }
  const truths = values.filter(({ dtype }) => dtype === 'bool');
  if (depth > 0 && truths.length > 0 && random.chance(0.4))
    return randomLoad(context, random.pick(truths)).expr;
  if (depth > 0 && random.chance(0.6)) {
    const [a, b] = [randomExpression(context, depth - 1), randomExpression(context, depth - 1)];
    return build.call(random.pick(comparisons), a.expr, b.expr);
  }
  if (indices.length === 0) return build.truth(random.chance(0.5));
  const [a, b] = [random.pick(indices), random.pick(indices)];
  const right = a === b ? affine.constant(random.integer(0, a.extent)) : affine.variable(b.name);
  const fn = random.pick<FunctionName>([...comparisons, 'equal', 'not_equal']);
  return build.call(fn, build.index(affine.variable(a.name)), build.index(right));
}

function randomLeaf(context: Context): Sized {
  const { random, values, indices, key } = context;
  const choice = random.number();
  if (choice < 0.1) {
    const value = random.integer(-8, 8) / 4;
    return { expr: build.constant(value), size: Math.max(Math.abs(value), 0.25) };
  }
  if (choice < 0.17 && indices.length > 0) {
    const { name, extent } = random.pick(indices);
    return { expr: build.convert(build.index(affine.variable(name)), 'f32'), size: extent };
  }
  if (choice < 0.25 && key !== undefined) {
    const counter = build.index(randomAffine(context));
    const generator = build.load(key, 'u32', []);
    const stream = build.constant(random.integer(0, 9), 'u32');
    return { expr: build.call('random_uniform', generator, stream, counter), size: 1 };
  }
  return randomLoad(context, random.pick(values.filter(({ dtype }) => dtype === 'f32')));
}

/** `a + 4*b + …`, in any range. */
function randomAffine({ random, indices }: Context): Affine {
  return indices.reduce(
    (sum, { name }) => affine.add(sum, affine.scale(affine.variable(name), random.integer(0, 4))),
    affine.constant(random.integer(0, 3)),
  );
}

/** The value at random indices: in range by construction, or under a select that sees to it. */
export function randomLoad(context: Context, value: Value): Sized {
  const conditions: Expr[] = [];
  const ranges = rangesOf(context.indices);
  const indices = value.shape.map((extent) => {
    const at = randomIndex(context, extent);
    const of = build.asAffine(at);
    if (of === undefined) return at;
    const { min, max } = bounds(of, ranges);
    if (min < 0) conditions.push(build.lessEqual(build.constant(0, 'i32'), at));
    if (max >= extent) conditions.push(build.less(at, build.constant(extent, 'i32')));
    return at;
  });
  const expr = build.load(value.id, value.dtype, indices);
  if (conditions.length === 0) return { expr, size: value.size };
  const outside = value.dtype === 'bool' ? build.truth(false) : build.constant(0, value.dtype);
  return { expr: build.select(build.conjunction(conditions), expr, outside), size: value.size };
}

/** An index into an axis of this extent. */
function randomIndex(context: Context, extent: number): Expr {
  const { random, indices, values, integers } = context;
  if (indices.length === 0) return build.constant(random.integer(0, extent - 1), 'i32');
  const ranges = rangesOf(indices);
  const fitting = indices.filter((other) => other.extent === extent);
  if (fitting.length > 0 && random.chance(0.5))
    return build.index(affine.variable(random.pick(fitting).name));
  const one = random.pick(indices);
  const other = random.pick(indices);
  const i = affine.variable(one.name);
  const patterns: readonly (() => Expr)[] = [
    () => build.index(affine.modulo(i, extent, ranges)),
    () => build.index(affine.modulo(affine.add(i, affine.constant(random.integer(1, 4))), extent, ranges)),
    () => build.index(affine.divide(i, Math.max(1, Math.ceil(one.extent / extent)), ranges)),
    () => build.index(affine.subtract(affine.constant(extent - 1), i)),
    () => build.index(affine.add(i, affine.constant(random.integer(-2, 2)))),
    () => build.index(window(random, i, affine.variable(other.name))),
    () => build.index(affine.modulo(window(random, i, affine.variable(other.name)), extent, ranges)),
    () => build.index(affine.divide(window(random, i, affine.variable(other.name)), 2, ranges)),
    () => build.constant(random.integer(0, extent - 1), 'i32'),
    () => {
      const sources = values.filter(
        ({ bound, shape }) => bound !== undefined && bound <= extent && shape.length === 1,
      );
      const known = sources.filter(({ shape }) => shape[0]! >= one.extent);
      const source =
        known.length > 0 && random.chance(0.5) ? random.pick(known) : integers?.(one.extent, extent);
      if (source === undefined) return build.index(affine.modulo(i, extent, ranges));
      return build.load(source.id, 'i32', [build.index(i)]);
    },
  ];
  return random.pick(patterns)();
}

/** `stride*a + dilation*b - pad` */
const window = (random: RandomSource, a: Affine, b: Affine): Affine =>
  affine.add(
    affine.add(affine.scale(a, random.integer(1, 3)), affine.scale(b, random.integer(1, 2))),
    affine.constant(-random.integer(0, 2)),
  );
