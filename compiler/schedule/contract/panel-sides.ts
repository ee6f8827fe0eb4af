/** What one thread keeps of a block in memory of its own: packed strips of both operands, and the results. */
import type { Affine } from '../../index/affine.ts';
import { add, scale } from '../../index/build.ts';
import type { Memory, Term } from '../../nest/nest.ts';
import type { Axis } from '../axes.ts';
import type { Operand } from './recognise.ts';
import type { Strips } from './strips.ts';

/** Of one operand: some of the strips of its axis. */
export interface Side extends Strips {
  readonly operand: Operand;
  readonly axis: Axis;
  /** Where its strips are packed; the left operand may lie as it is read. */
  readonly memory?: Memory;
  /** Rows of a strip; of the right operand, in vectors of four. */
  readonly rows: number;
}

/** The results, vectors of four rows of the right operand, tile by tile. */
export interface Results {
  readonly left: Side;
  readonly right: Side;
  readonly memory: Memory;
}

/** Where a vector of results lies, by the strips, and the row and vector within them. */
export const cellOf = (
  { left, right }: Pick<Results, 'left' | 'right'>,
  panel: Affine,
  strip: Affine,
  row: Affine,
  vector: Affine,
): Affine => {
  const tile = add(scale(panel, left.strips), strip);
  return add(scale(add(scale(tile, left.rows), row), right.rows), vector);
};

export const recall = ({ name, lanes }: Memory, position: Affine): Term => ({
  kind: 'recall',
  dtype: 'f32',
  lanes,
  memory: name,
  position,
});
