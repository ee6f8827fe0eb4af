/**
 * Sums of products with a factor that is the same at all of their points in; the sum without it, and that factor before it, out:
 * `sum[c] d[b, c] * w[c] / s[b]` is `(sum[c] d[b, c] * w[c]) / s[b]`.
 *
 * Conditions and indices that only the factor knows leave with it, and what is left is read where it stands, so that sums
 * which differ in nothing else become one (`share`): the gradients of a GRU by its reset gate and by its state are one
 * product, and those of a batch norm by its scale and by its variance are one sum.
 */
import { countPoints } from '../../runtime/extents.ts';
import type { Affine, Range } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { rangesOf, variablesOf as variablesOfIndex } from '../index/query.ts';
import { boundIndices, mapExpressions, pointwise } from '../ir/equation.ts';
import { ofForm } from '../ir/forms.ts';
import type { Equation, Index, Node, Reduce, ValueId } from '../ir/graph.ts';
import { loadsOfEquation } from '../ir/nodes.ts';
import { partOrigin } from '../ir/origin.ts';
import { protectLoads } from '../ir/protect.ts';
import { asAffine, conjunction, constant, divide, index, load, multiply, select } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices, variablesOf } from '../scalar/walk.ts';
import { narrowed, nonnegative } from './bounds.ts';
import { type Pass, rebuild } from './rebuild.ts';

export const freeFactors: Pass = {
  name: 'free-factors',
  doc: 'Takes a factor that all points of a sum share out of it.',
  run: (graph) =>
    rebuild(graph, (equation, { add, node }) => {
      const parts = mayHave(equation) ? partsOf(equation) : undefined;
      if (parts === undefined) return equation;
      const { inner, at } = innerOf(equation, parts, node);
      const whole = inFront(parts.free, load(add(inner), 'f32', at));
      const { conditions } = parts;
      const body =
        conditions.length === 0 ? whole : select(conjunction(conditions), whole, constant(0, 'f32'));
      return protectLoads(pointwise(equation, body), node);
    }),
};

const mayHave = ofForm((equation) => partsOf(equation) !== undefined);

interface Factor {
  readonly of: Expr;
  readonly isDivisor: boolean;
}

interface Parts {
  /** The same at all points of the sum. */
  readonly free: readonly Factor[];
  readonly bound: readonly Factor[];
  /** What has to hold for any point to count. */
  readonly conditions: readonly Expr[];
}

function partsOf({ reduce, body, dtype }: Equation): Parts | undefined {
  if (reduce?.by !== 'sum' || dtype !== 'f32' || countPoints(reduce.indices) < 2) return undefined;
  const along = new Set(reduce.indices.map(({ name }) => name));
  const runs = (e: Expr): boolean => [...variablesOf(e)].some((name) => along.has(name));
  // Where no point may count, for more than conditions on the row, the factor may be no number.
  if (reduce.guards.some(runs)) return undefined;
  const factors = factorsOf(body);
  const free = factors.filter(({ of }) => !runs(of));
  const bound = factors.filter(({ of }) => runs(of));
  if (bound.length === 0 || free.every(({ of }) => of.kind === 'constant')) return undefined;
  return { free, bound, conditions: reduce.guards };
}

/** What a product multiplies and divides by. */
function factorsOf(product: Expr): readonly Factor[] {
  const factors: Factor[] = [];
  const visit = (of: Expr, isDivisor: boolean): void => {
    const [a, b] = of.kind === 'call' && of.dtype === 'f32' ? of.operands : [];
    const fn = of.kind === 'call' ? of.fn : undefined;
    if ((fn === 'multiply' || fn === 'divide') && a !== undefined && b !== undefined) {
      visit(a, isDivisor);
      visit(b, isDivisor !== (fn === 'divide'));
    } else if (fn === 'negate' && a !== undefined) {
      factors.push({ of: constant(-1), isDivisor });
      visit(a, isDivisor);
    } else factors.push({ of, isDivisor });
  };
  visit(product, false);
  return factors;
}

function inFront(factors: readonly Factor[], of?: Expr): Expr {
  const above = [
    ...factors.filter(({ isDivisor }) => !isDivisor).map((factor) => factor.of),
    ...(of ? [of] : []),
  ];
  const below = factors.filter(({ isDivisor }) => isDivisor).map((factor) => factor.of);
  const product = above.length === 0 ? constant(1) : above.reduce(multiply);
  return below.length === 0 ? product : below.reduce(divide, product);
}

interface Inner {
  readonly inner: Equation;
  /** Where the equation reads it. */
  readonly at: readonly Expr[];
}

/**
 * The sum of what is left. Without the conditions, where it reads nothing outside then and they would not spare most of
 * an axis; at the positions that its loads name, so that sums which differ in where they stand are one.
 */
function innerOf(equation: Equation, { bound, conditions }: Parts, node: (id: ValueId) => Node): Inner {
  const rest: Equation = {
    ...equation,
    name: `${equation.name}.inner`,
    origin: partOrigin(equation),
    body: inFront(bound),
  };
  const used = variablesOf(rest.body);
  const own = equation.indices.filter(({ name }) => used.has(name));
  const asItStands = { inner: rest, at: equation.indices.map(({ name }) => index(affine.variable(name))) };
  if (own.some((axis) => isMostlySpared(axis, equation, conditions))) return asItStands;
  const shifts = own.map((axis) => {
    const shift = shiftOf(rest, axis, node);
    const { min, max } = countedOf(axis, equation, conditions);
    // Where a load may be outside, there is no element of the sum to read.
    const isInside = shift !== undefined && min + shift.by >= 0 && max + shift.by < shift.extent;
    return isInside ? shift : { by: 0, extent: axis.extent };
  });
  const indices = own.map(({ name }, k): Index => ({ name, extent: shifts[k]!.extent }));
  const shifted = (sign: 1 | -1): readonly Affine[] =>
    own.map(({ name }, k) => affine.add(affine.variable(name), affine.constant(sign * shifts[k]!.by)));
  const plain: Equation = { ...rest, indices, reduce: { ...(equation.reduce as Reduce), guards: [] } };
  const ranges = rangesOf(boundIndices(plain));
  const back = shifted(-1);
  const map = new Map(own.map(({ name }, k) => [name, back[k]!] as const));
  const inner = mapExpressions(plain, (e) => substituteIndices(e, map, ranges));
  return protectLoads(inner, node) === inner ? { inner, at: shifted(1).map(index) } : asItStands;
}

/** Where on an axis any point may count. */
function countedOf({ name }: Index, equation: Equation, conditions: readonly Expr[]): Range {
  const all = rangesOf(boundIndices(equation));
  return conditions
    .flatMap(nonnegative)
    .reduce((range, of) => narrowed(range, name, of, all), all.get(name)!);
}

/** Do the conditions leave at most half of an axis? `narrow-sums` goes by the same. */
function isMostlySpared(axis: Index, equation: Equation, conditions: readonly Expr[]): boolean {
  const { min, max } = countedOf(axis, equation, conditions);
  return 2 * (max - min + 1) <= axis.extent;
}

interface Shift {
  readonly by: number;
  readonly extent: number;
}

/** Where all loads read axes of one length at one distance from an index, that distance. */
function shiftOf(
  equation: Equation,
  { name, extent }: Index,
  node: (id: ValueId) => Node,
): Shift | undefined {
  const found: Shift[] = [];
  for (const { value, indices } of loadsOfEquation(equation)) {
    for (const [axis, position] of indices.entries()) {
      const of = asAffine(position);
      if (of === undefined || !variablesOfIndex(of).has(name)) continue;
      const [term, ...more] = of.terms;
      if (more.length > 0 || term!.coefficient !== 1 || term!.atom.kind !== 'index') return undefined;
      found.push({ by: of.constant, extent: node(value).indices[axis]!.extent });
    }
  }
  const [first] = found;
  if (first === undefined || first.extent > extent) return undefined;
  return found.every((other) => other.by === first.by && other.extent === first.extent) ? first : undefined;
}
