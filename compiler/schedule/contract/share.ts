/** The shape of a tile: what one thread computes along each axis, how its loops turn, what its lanes are. */

import type { Lanes } from '../../nest/nest.ts';
import type { Axis } from '../axes.ts';
import type { Operand } from './recognise.ts';

/** The share of one thread along one axis: `points` units of `width` neighbours. */
export interface Share {
  readonly axis: Axis;
  readonly points: number;
  readonly width: Lanes;
}

export interface Tile {
  readonly lanes: 'rows' | 'columns';
  readonly left: Operand;
  readonly right: Operand;
  readonly leftShares: readonly Share[];
  /** The first has the lanes, if those are rows. */
  readonly rightShares: readonly Share[];
  /** What is read of the left operand at once: four columns, four rows, or one number. */
  readonly leftReads: 'columns' | 'rows' | 'single';
  /** How many positions on each column axis are one turn of the loops. */
  readonly turn: readonly number[];
  readonly workgroupSize: number;
}

export const pointsOf = (shares: readonly Share[]): number =>
  shares.reduce((n, share) => n * share.points, 1);

/** How many threads lie along an axis. */
export const threadsAlong = ({ axis, points, width }: Share): number =>
  Math.ceil(axis.extent / (points * width));
