/** Which block one thread computes from packed panels: a contraction and what the class has measured in, sizes out. */
import { countPoints } from '../../../runtime/extents.ts';
import type { Panels, PanelTile } from '../../classes/class.ts';
import type { Builder } from '../builder.ts';
import { partsOf } from './column-parts.ts';
import { liesAsRead } from './pack.ts';
import type { Contraction } from './recognise.ts';
import { oriented } from './workgroups.ts';

export interface PanelBlock {
  /** A tile of results in registers: rows of the left operand, and vectors of four rows of the right one. */
  readonly rows: number;
  readonly vectors: number;
  /** Tiles along each side of a block. */
  readonly leftStrips: number;
  readonly rightStrips: number;
  /** Columns that are packed at once, at most. */
  readonly columns: number;
}

export interface PanelChoice {
  readonly contraction: Contraction;
  readonly block: PanelBlock;
}

/** Undefined where packing does not pay: so little is to be added up, or so seldom used. */
export function panelBlock(builder: Builder, given: Contraction, panels: Panels): PanelChoice | undefined {
  if (countPoints(given.columns) < panels.fewestColumns) return undefined;
  const first = oriented(builder, given);
  const other: Contraction = { ...first, left: first.right, right: first.left };
  const choices = [first, other].flatMap((contraction) =>
    panels.tiles.map((tile) => ({
      contraction,
      tile,
      cost: costOf(contraction, tile) * (contraction === other ? panels.apart : 1),
    })),
  );
  const { contraction, tile } = choices.reduce((best, choice) => (choice.cost < best.cost ? choice : best));
  const { left, right } = contraction;
  const isGathered = right.expr.kind !== 'load' || right.rows.length > 1;
  if (isGathered && countPoints(left.rows) < panels.fewestUses) return undefined;
  return { contraction, block: blockOf(builder, contraction, tile, panels) };
}

/** What the results cost that are computed, with those of rows that there are not. */
function costOf({ left, right }: Contraction, { rows, vectors, rate }: PanelTile): number {
  const [m, n] = [countPoints(left.rows), countPoints(right.rows)];
  return (Math.ceil(m / rows) * rows * Math.ceil(n / (4 * vectors)) * 4 * vectors) / rate;
}

/** The block that takes least time, with what is packed again and again and with cores that have nothing left to do. */
function blockOf(
  builder: Builder,
  contraction: Contraction,
  { rows, vectors }: PanelTile,
  panels: Panels,
): PanelBlock {
  const wide = 4 * vectors;
  const all = {
    left: Math.ceil(countPoints(contraction.left.rows) / rows),
    right: Math.ceil(countPoints(contraction.right.rows) / wide),
  };
  const batch = countPoints(contraction.batch);
  const parts = partsOf(contraction.columns, panels.columns);
  const lies = parts.every((part) => liesAsRead(builder, contraction.left, part));
  const timeOf = ({ leftStrips, rightStrips }: Pick<PanelBlock, 'leftStrips' | 'rightStrips'>): number => {
    const blocks = batch * Math.ceil(all.left / leftStrips) * Math.ceil(all.right / rightStrips);
    const products = batch * all.left * rows * all.right * wide;
    const packed = blocks * ((lies ? 0 : leftStrips * rows) + rightStrips * wide);
    const idle = (Math.ceil(blocks / panels.cores) * panels.cores) / blocks;
    return (products + panels.packing * packed) * idle;
  };
  const size = panels.blocks
    .map(([left, right]) => ({
      leftStrips: evenly(all.left, Math.max(1, Math.floor(left / rows))),
      rightStrips: evenly(all.right, Math.max(1, Math.floor(right / wide))),
    }))
    .reduce((best, one) => (timeOf(one) < timeOf(best) ? one : best));
  return { rows, vectors, ...size, columns: panels.columns };
}

/** Strips of a block, at most `most`, so that the last block has about as many as the others. */
const evenly = (all: number, most: number): number => Math.ceil(all / Math.ceil(all / most));
