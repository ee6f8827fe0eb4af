/**
 * Where a kernel of a loop reads what it writes itself: index arithmetic along an axis in, the same but never outside of
 * the axis and never the position at hand, out.
 *
 * Other threads write that position meanwhile. A read that is used is of another one; one that a condition around it
 * takes no notice of is made all the same, and stays away from what is written.
 */
import type { Affine } from '../index/affine.ts';
import { add, constant, modulo, subtract, variable } from '../index/build.ts';
import { bounds } from '../index/query.ts';
import { call, indexTerm, select } from '../nest/terms.ts';
import type { ValueId } from '../scalar/expr.ts';
import type { Builder, Emit } from './builder.ts';

/** `at`: the index along this axis of the value. */
export function elsewhere(builder: Builder, emit: Emit, value: ValueId, axis: number, at: Affine): Affine {
  const { kernel, ranges, given, steps, values } = builder;
  const { shape, slots } = values.get(value)!;
  const extent = shape[axis]!;
  // Along an axis with slots, those of earlier positions are others than that of the one at hand.
  if (axis === slots?.axis) return at;
  const inside = onAxis(at, extent, ranges);
  const position = kernel.position?.name;
  if (position === undefined || steps.get(value)!.indices[axis] !== position) return inside;
  const now = given.get(position)!;
  const { min, max } = bounds(subtract(inside, now), ranges);
  if (min > 0 || max < 0) return inside;
  const next = onAxis(add(now, constant(1)), extent, ranges);
  const [own, other] = [indexTerm(inside, 'u32'), indexTerm(next, 'u32')];
  const bound = builder.integer('at', extent);
  const isNow = call('equal', 'bool', own, indexTerm(now, 'u32'));
  emit({ kind: 'let', name: bound, value: select(isNow, other, own) });
  return variable(bound);
}

function onAxis(at: Affine, extent: number, ranges: Builder['ranges']): Affine {
  const { min, max } = bounds(at, ranges);
  return min >= 0 && max < extent ? at : modulo(at, extent, ranges);
}
