/** The strips of an operand in a block: loops over those that are on its axis, and units of four rows of a strip. */
import { countPoints } from '../../../runtime/extents.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import { bounds } from '../../index/query.ts';
import type { Statement } from '../../nest/nest.ts';
import { call, indexTerm, less, literal } from '../../nest/terms.ts';
import type { Axis } from '../axes.ts';
import type { Builder, Emit } from '../builder.ts';

/** One axis for several. */
export const flattened = (axes: readonly Axis[], wish: string): Axis => ({
  name: axes.length === 1 ? axes[0]!.name : wish,
  extent: countPoints(axes),
  members: axes.flatMap((axis) => axis.members),
});

export interface Strips {
  readonly axis: Axis;
  readonly strips: number;
  readonly total: number;
  readonly first: Affine;
}

/** A loop of some turns; none where there is only one. */
export function counted(
  builder: Builder,
  wish: string,
  turns: number,
  emit: Emit,
  visit: (at: Affine, emit: Emit) => void,
): void {
  if (turns === 1) {
    visit(constant(0), emit);
    return;
  }
  const bound = builder.integer(wish, turns);
  const body: Statement[] = [];
  visit(variable(bound), (statement) => body.push(statement));
  emit({ kind: 'loop', name: bound, from: constant(0), until: turns, by: 1, body });
}

/** `visit` gets the number of the strip in the block, and along the axis. */
export function eachStrip(
  builder: Builder,
  { axis, strips, total, first }: Strips,
  emit: Emit,
  visit: (strip: Affine, onAxis: Affine, emit: Emit) => void,
): void {
  counted(builder, `${axis.name}_strip`, strips, emit, (strip, into) => {
    inside(builder, `${axis.name}_strips`, add(first, strip), total, into, (at, to) => visit(strip, at, to));
  });
}

/** What is to be done where a position is below `count`: under a test, unless it always is. */
export function inside(
  builder: Builder,
  wish: string,
  position: Affine,
  count: number,
  emit: Emit,
  visit: (at: Affine, emit: Emit) => void,
): void {
  if (bounds(position, builder.ranges).max < count) {
    visit(position, emit);
    return;
  }
  const body: Statement[] = [];
  const name = builder.integer(wish, count);
  emit({ kind: 'let', name, value: indexTerm(position, 'u32') });
  visit(variable(name), (statement) => body.push(statement));
  const condition = less(indexTerm(variable(name), 'u32'), literal(count, 'u32'));
  emit({ kind: 'if', condition, body });
}

/**
 * Four neighbours of an axis: `unit` counts vectors of four along it. At its end there are fewer; where a vector is to
 * be `full`, the last row is repeated, and so it is beyond the end, which else is left out.
 */
export function eachQuad(
  builder: Builder,
  axis: Axis,
  unit: Affine,
  full: boolean,
  emit: Emit,
  visit: (rows: readonly Affine[], emit: Emit) => void,
): void {
  const { min, max } = bounds(unit, builder.ranges);
  const whole = Math.floor(axis.extent / 4);
  if (min < whole) {
    inside(builder, `${axis.name}4`, unit, whole, emit, (at, into) =>
      visit(
        [0, 1, 2, 3].map((k) => add(scale(at, 4), constant(k))),
        into,
      ),
    );
  }
  const rest = axis.extent % 4;
  if (max < whole || (rest === 0 && !full)) return;
  const last = Array.from({ length: full ? 4 : rest }, (_, k) =>
    constant(Math.min(4 * whole + k, axis.extent - 1)),
  );
  if (min >= whole && (full || max === whole)) {
    visit(last, emit);
    return;
  }
  const body: Statement[] = [];
  visit(last, (statement) => body.push(statement));
  const at = indexTerm(unit, 'u32');
  const condition = full
    ? less(literal(whole - 1, 'u32'), at)
    : call('equal', 'bool', at, literal(whole, 'u32'));
  emit({ kind: 'if', condition, body });
}
