/**
 * Sums that are 0 on most of an axis in; the part that is not, as a sum of its own, and its place in the whole, out.
 *
 * The gradient of one product that gave q, k and v is three sums, each with a condition on the axis that all three
 * share: `d.qkv.1[l, o: 384] = sum[i where 256 <= o] …`. The part over 128 of them has no condition left, so that it is a
 * product like any other; the whole reads it where it stands: `if 256 <= o then part[l, o - 256] else 0`.
 */
import { countPoints } from '../../runtime/extents.ts';
import type { Range } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { boundIndices, mapExpressions, pointwise } from '../ir/equation.ts';
import type { Equation, Index } from '../ir/graph.ts';
import { partOrigin } from '../ir/origin.ts';
import { conjunction, constant, index, isConstant, lessEqual, load, select } from '../scalar/build.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { substituteIndices } from '../scalar/walk.ts';
import { narrowed, nonnegative } from './bounds.ts';
import { type Pass, rebuild } from './rebuild.ts';

/** A sum of fewer elements is not worth an equation of its own. */
const fewestElements = 8;

export const narrowSums: Pass = {
  name: 'narrow-sums',
  doc: 'Computes a sum that conditions allow on at most half of an axis on that part alone.',
  run: (graph) =>
    rebuild(graph, (equation, { add, members }) => {
      const part = members.size > 0 ? undefined : partOf(equation);
      if (part === undefined) return equation;
      const id = add(part.equation);
      const at = equation.indices.map(({ name }) =>
        index(
          name === part.axis.name
            ? affine.add(affine.variable(name), affine.constant(-part.range.min))
            : affine.variable(name),
        ),
      );
      const inside = conjunction([
        lessEqual(constant(part.range.min, 'i32'), index(affine.variable(part.axis.name))),
        lessEqual(index(affine.variable(part.axis.name)), constant(part.range.max, 'i32')),
      ]);
      const whole = select(inside, load(id, equation.dtype, at), constant(0, equation.dtype));
      return pointwise(equation, simplify(whole, rangesOf(equation.indices)));
    }),
};

interface Part {
  readonly axis: Index;
  readonly range: Range;
  readonly equation: Equation;
}

function partOf(equation: Equation): Part | undefined {
  const { indices, reduce, name } = equation;
  if (reduce?.by !== 'sum' || countPoints(reduce.indices) < fewestElements) return undefined;
  const all = rangesOf(boundIndices(equation));
  const conditions = reduce.guards.flatMap(nonnegative);
  for (const axis of indices) {
    const range = conditions.reduce((found, of) => narrowed(found, axis.name, of, all), all.get(axis.name)!);
    const extent = range.max - range.min + 1;
    if (extent < 1 || 2 * extent > axis.extent) continue;
    const own = indices.map((other) => (other === axis ? { ...axis, extent } : other));
    const ranges = rangesOf([...own, ...reduce.indices]);
    const moved = new Map([[axis.name, affine.add(affine.variable(axis.name), affine.constant(range.min))]]);
    const shifted = mapExpressions({ ...equation, indices: own }, (e) =>
      simplify(substituteIndices(e, moved, ranges), ranges),
    );
    const guards = shifted.reduce!.guards.filter((guard) => !isConstant(guard, 1));
    const part: Equation = {
      ...shifted,
      name: `${name}.part`,
      reduce: { ...reduce, guards },
      origin: partOrigin(equation),
    };
    return { axis, range, equation: part };
  }
  return undefined;
}
