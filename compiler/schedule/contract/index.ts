/**
 * The schedule of contractions: a sum of products of two operands in, blocks of results a thread out, so that
 * every number that is read is used for many results. One schedule serves matrix products in every layout,
 * convolutions and both of their gradients: they differ in their index maps only.
 */
import type { Builder } from '../builder.ts';
import { type Attempt, refused, type Schedule } from '../schedule.ts';
import type { Target } from '../target.ts';
import { recognise } from './recognise.ts';
import { threadTiles } from './threads.ts';
import { bestTile, type Share, type Tile } from './tile.ts';

export const contract: Schedule = {
  name: 'contract',
  doc: 'Sums of products of two operands: a block of results a thread, each number read is used many times.',
  attempt,
};

function attempt(builder: Builder, _: Target): Attempt {
  const contraction = recognise(builder);
  if (typeof contraction === 'string') return refused(contraction);
  const tile = bestTile(builder, contraction);
  return {
    kind: 'built',
    nest: threadTiles(builder, contraction, tile),
    because: describe(tile),
    rejected: [],
  };
}

const size = (shares: readonly Share[]): string =>
  shares.map(({ axis, points, width }) => `${points * width} of ${axis.name}`).join(', ');

function describe(tile: Tile): string {
  const lanes = tile.lanes === 'rows' ? 'four rows a vector' : 'four columns a vector, added up at the end';
  return `a thread computes ${size(tile.leftShares)} by ${size(tile.rightShares)}; ${lanes}`;
}
