/**
 * The schedule of contractions: a sum of products of two operands in, blocks of results a thread out, so that
 * every number that is read is used for many results. One schedule serves matrix products in every layout,
 * convolutions and both of their gradients: they differ in their index maps only.
 */

import type { Block } from '../../classes/class.ts';
import { classOf } from '../../classes/index.ts';
import type { Target } from '../../target.ts';
import type { Builder } from '../builder.ts';
import { mostThreads } from '../grid.ts';
import { type Attempt, refused, type Schedule } from '../schedule.ts';
import type { Unrolling } from '../text-cost.ts';
import { type PanelBlock, panelBlock } from './panel-block.ts';
import { panelTiles } from './panels.ts';
import { recognise } from './recognise.ts';
import type { Share, Tile } from './share.ts';
import { threadTiles } from './threads.ts';
import { bestTile } from './tile.ts';
import { blockOf, oriented, workgroupTiles } from './workgroups.ts';

export const contract: Schedule = {
  name: 'contract',
  doc: 'Sums of products of two operands: a block of results a thread, each number read is used many times.',
  unrolls: ['usual', 'little', 'none'],
  attempt,
};

function attempt(builder: Builder, target: Target, unrolling: Unrolling): Attempt {
  if (unrolling === 'none')
    return refused('its operands are dear: for several results at once the text is slow to compile');
  const recognised = recognise(builder);
  if (typeof recognised === 'string') return refused(recognised);
  const contraction = oriented(builder, recognised);
  const { workgroupTiles: tiles, panels, threadTiles: costs } = classOf(target).contraction;
  const packed = panels && panelBlock(builder, recognised, panels);
  if (packed !== undefined) {
    return {
      kind: 'built',
      nest: panelTiles(builder, packed.contraction, packed.block),
      because: describePanels(packed.block),
      rejected: [],
    };
  }
  const block =
    tiles.kind === 'tried' && unrolling === 'usual' ? blockOf(contraction, tiles, target) : undefined;
  if (block !== undefined) {
    return {
      kind: 'built',
      nest: workgroupTiles(builder, contraction, block),
      because: describeBlock(block),
      rejected: [{ option: 'no workgroup memory', because: 'threads of a group read the same rows' }],
    };
  }
  const best = bestTile(builder, contraction, costs, unrolling);
  if (best === undefined) return refused('no axis is as long as the four lanes of a vector');
  const tile = { ...best, workgroupSize: Math.min(best.workgroupSize, mostThreads(target)) };
  return {
    kind: 'built',
    nest: threadTiles(builder, contraction, tile),
    because: describe(tile),
    rejected: [
      {
        option: 'tiles in workgroup memory',
        because:
          tiles.kind === 'never'
            ? tiles.because
            : unrolling === 'usual'
              ? 'one operand has too few rows'
              : 'their text would be too long',
      },
    ],
  };
}

const describeBlock = ({ left, right, depth, perLeft, perRight }: Block): string =>
  `a workgroup computes ${left} x ${right} results, ${depth} columns at a time; a thread ${perLeft} x ${perRight}`;

function describePanels({ rows, vectors, leftStrips, rightStrips, columns }: PanelBlock): string {
  const block = `${rows * leftStrips} x ${4 * vectors * rightStrips}`;
  return `a thread packs ${block} rows of both operands, ${columns} columns at most, and keeps ${rows} x ${4 * vectors} results in registers`;
}

const size = (shares: readonly Share[]): string =>
  shares.map(({ axis, points, width }) => `${points * width} of ${axis.name}`).join(', ');

function describe(tile: Tile): string {
  const lanes = tile.lanes === 'rows' ? 'four rows a vector' : 'four columns a vector, added up at the end';
  return `a thread computes ${size(tile.leftShares)} by ${size(tile.rightShares)}; ${lanes}`;
}
