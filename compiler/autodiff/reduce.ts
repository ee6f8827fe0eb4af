/**
 * The adjoint of a reduction: an equation and the cotangent of its result in; the cotangent of its body at each
 * point (i, r) out, with the equations that it needs. Which rule holds stands in the reducer's record.
 */
import type { Affine } from '../index/affine.ts';
import * as affine from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import type { Equation, Index, Origin, Reduce, ValueId } from '../ir/graph.ts';
import { renamedApart } from '../ir/names.ts';
import { gradientOf, type PositionReducerName } from '../ir/reducers.ts';
import { equals, index, load, notEquals, select } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices } from '../scalar/walk.ts';
import { times, zero } from './combine.ts';

/** The cotangent of the body of `equation`, over its own and its reduction's indices. */
export function cotangentOfBody(
  equation: Equation,
  cotangent: Expr,
  emit: (node: Equation) => ValueId,
): Expr {
  const { reduce } = equation;
  if (reduce === undefined) return cotangent;
  const rule = gradientOf(reduce.by);
  switch (rule.to) {
    case 'each':
      return cotangent;
    case 'chosen':
      return atChosen(rule.by, equation, reduce, cotangent, emit);
    case 'others':
      return timesOthers(equation, reduce, cotangent, emit);
    case 'none':
      return zero;
    default:
      return rule satisfies never;
  }
}

/** The names of the indices, as expressions. */
export const at = (indices: readonly Index[]): readonly Expr[] =>
  indices.map(({ name }) => index(affine.variable(name)));

/** The row-major position of the point that the indices name. */
function positionOf(indices: readonly Index[]): Affine {
  return indices.reduce(
    (position, { name, extent }) => affine.add(affine.scale(position, extent), affine.variable(name)),
    affine.constant(0),
  );
}

function atChosen(
  by: PositionReducerName,
  equation: Equation,
  reduce: Reduce,
  cotangent: Expr,
  emit: (node: Equation) => ValueId,
): Expr {
  const extreme = emit({
    ...equation,
    name: `${equation.name}.arg`,
    dtype: 'i32',
    reduce: { ...reduce, by },
    origin: helperOrigin(equation.origin),
  });
  const chosen = equals(index(positionOf(reduce.indices)), load(extreme, 'i32', at(equation.indices)));
  return select(chosen, cotangent, zero);
}

/** All others together, and not result / element, which fails where an element is 0. */
function timesOthers(
  equation: Equation,
  reduce: Reduce,
  cotangent: Expr,
  emit: (node: Equation) => ValueId,
): Expr {
  const indices = [...equation.indices, ...reduce.indices];
  const others = renamedApart(reduce.indices, indices);
  const renaming = new Map(
    reduce.indices.map(({ name }, k) => [name, affine.variable(others[k]!.name)] as const),
  );
  const ranges = rangesOf([...equation.indices, ...others]);
  const rename = (e: Expr): Expr => substituteIndices(e, renaming, ranges);
  const product = emit({
    ...equation,
    name: `${equation.name}.others`,
    indices,
    reduce: {
      by: reduce.by,
      indices: others,
      guards: [
        ...reduce.guards.map(rename),
        notEquals(index(positionOf(others)), index(positionOf(reduce.indices))),
      ],
    },
    body: rename(equation.body),
    origin: helperOrigin(equation.origin),
  });
  return times(cotangent, load(product, 'f32', at(indices)));
}

/** What an adjoint needs but is none itself comes from where its primal comes from. */
const helperOrigin = ({ place, path }: Origin): Origin => (place === undefined ? { path } : { place, path });
