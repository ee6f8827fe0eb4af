/**
 * Where the points of a thread's tile lie: shares of axes and the thread's own number on each in, positions
 * out, all of them on the axis. At a ragged end the last points are the last element again: what they compute
 * is not stored.
 */
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import { bounds, print } from '../../index/query.ts';
import { call, indexTerm, literal } from '../../nest/terms.ts';
import { type Axis, indicesOf } from '../axes.ts';
import { type Builder, bindIndex, type Emit } from '../builder.ts';
import { type Place, placeOf } from '../point.ts';
import type { Share } from './share.ts';

/** A point on some axes: on each the position in every lane. */
export type Spot = ReadonlyMap<Axis, readonly Affine[]>;

/** Every point of a tile, the last share fastest. `base` is the thread's number along each axis. */
export function spotsOf(
  builder: Builder,
  shares: readonly Share[],
  base: ReadonlyMap<Axis, Affine>,
  emit: Emit,
): readonly Spot[] {
  return shares.reduce<readonly Spot[]>(
    (spots, share) => {
      const along = positionsOf(builder, share, base.get(share.axis)!, emit);
      return spots.flatMap((spot) => along.map((lanes) => new Map([...spot, [share.axis, lanes] as const])));
    },
    [new Map()],
  );
}

function positionsOf(
  builder: Builder,
  { axis, points, width }: Share,
  base: Affine,
  emit: Emit,
): readonly (readonly Affine[])[] {
  const whole = axis.extent % width === 0;
  // Four lanes move together where the axis is a multiple of four long; else each is held on its own.
  const unit = whole ? width : 1;
  const count = axis.extent / unit;
  const perPoint = width / unit;
  const held = (position: Affine): Affine => {
    if (bounds(position, builder.ranges).max < count) return position;
    const name = builder.integer(axis.name, count);
    const value = call('minimum', 'u32', indexTerm(position, 'u32'), literal(count - 1, 'u32'));
    emit({ kind: 'let', name, value });
    return variable(name);
  };
  return Array.from({ length: points }, (_, point) => {
    const first = add(scale(base, points * perPoint), constant(point * perPoint));
    if (whole) {
      const at = scale(held(first), unit);
      return Array.from({ length: width }, (_, lane) => add(at, constant(lane)));
    }
    return Array.from({ length: width }, (_, lane) => held(add(first, constant(lane))));
  });
}

/** The place of several spots together; at most one of them has lanes. */
export function placeAt(builder: Builder, ...spots: readonly Spot[]): Place {
  const at = new Map(spots.flatMap((spot) => [...spot]));
  const lanes = Math.max(1, ...[...at.values()].map((each) => each.length));
  return placeOf(
    Array.from(
      { length: lanes },
      (_, lane) =>
        new Map(
          [...at].flatMap(([axis, each]) =>
            indicesOf(axis, each[each.length > 1 ? lane : 0]!, builder.ranges),
          ),
        ),
    ),
  );
}

/** One lane of a spot. */
export const laneOf = (spot: Spot, lane: number): Spot =>
  new Map([...spot].map(([axis, each]) => [axis, [each[each.length > 1 ? lane : 0]!]]));

/** Four spots as the four lanes of one. */
export const together = (spots: readonly Spot[]): Spot =>
  new Map([...spots[0]!.keys()].map((axis) => [axis, spots.map((spot) => spot.get(axis)![0]!)]));

/** The same place, with a name for every index that needs a division. */
export function named(builder: Builder, place: Place, emit: Emit): Place {
  const names = new Map<string, Affine>();
  const name = (index: string, at: Affine): Affine => {
    if (at.terms.every(({ atom }) => atom.kind === 'index')) return at;
    // Lanes differ by a constant only, and share the name.
    const varying: Affine = { constant: 0, terms: at.terms };
    const key = print(varying);
    const known =
      names.get(key) ?? bindIndex(builder, emit, index, varying, bounds(varying, builder.ranges).max + 1);
    names.set(key, known);
    return add(known, constant(at.constant));
  };
  return {
    ...place,
    lanes: place.lanes.map(
      (lane) => new Map([...lane].map(([index, at]) => [index, name(index, at)] as const)),
    ),
  };
}
