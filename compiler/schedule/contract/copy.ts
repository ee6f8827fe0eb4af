/** One operand's tile in workgroup memory: where it comes from in, the statements that fill it out. */
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import { bounds } from '../../index/query.ts';
import type { Memory, Statement, Term } from '../../nest/nest.ts';
import { call, indexTerm, less, literal, select, widen } from '../../nest/terms.ts';
import { type Axis, unflatten } from '../axes.ts';
import type { Builder, Emit } from '../builder.ts';
import { pointAt } from '../point.ts';
import { accessOf } from './access.ts';
import { named, placeAt, type Spot } from './positions.ts';
import type { Operand } from './recognise.ts';

export interface Source {
  readonly operand: Operand;
  readonly axis: Axis;
  readonly columns: Axis;
  /** The number of the block along the axis, and its rows. */
  readonly first: Affine;
  readonly rows: number;
  readonly batch: Spot;
}

export interface Threads {
  readonly tile: Affine;
  readonly thread: Affine;
  readonly threads: number;
  readonly depth: number;
}

/** Copies an operand's tile, every thread some vectors of it. */
export function copy(
  builder: Builder,
  from: Source,
  { tile, thread, threads, depth }: Threads,
  to: Memory,
  emit: Emit,
): void {
  const { operand, axis, rows } = from;
  const units = (depth * rows) / 4;
  // Neighbouring threads take neighbouring columns where the operand lies along the columns.
  const alongRows = operand.loads.some((load) => accessOf(builder, load, axis) === 'vector');
  const extents = alongRows ? [depth, rows / 4] : [rows / 4, depth];
  const unit = builder.integer('unit', units);
  const body: Statement[] = [];
  const into: Emit = (statement) => body.push(statement);
  const at = unflatten(variable(unit), extents, builder.ranges);
  const [row, column] = alongRows ? [at[1]!, at[0]!] : [at[0]!, at[1]!];
  const value = element(
    builder,
    from,
    add(scale(from.first, rows / 4), row),
    add(scale(tile, depth), column),
    into,
  );
  into({ kind: 'keep', memory: to.name, position: add(scale(column, rows / 4), row), value: widen(value) });
  emit({ kind: 'loop', name: unit, from: thread, until: units, by: threads, body });
}

/** The operand at four rows, in units of four from the start of the axis, and a column. */
function element(
  builder: Builder,
  { operand, axis, columns, batch }: Source,
  row: Affine,
  column: Affine,
  emit: Emit,
): Term {
  const outside = bounds(column, builder.ranges).max >= columns.extent;
  const held = outside ? heldAt(builder, columns, column, emit) : column;
  const spot: Spot = new Map([
    [axis, heldRows(builder, axis, row, emit)],
    [columns, [held]],
  ]);
  const value = pointAt(builder, named(builder, placeAt(builder, batch, spot), emit), emit, new Map()).of(
    operand.expr,
  );
  if (!outside) return value;
  const inside = less(indexTerm(column, 'u32'), literal(columns.extent, 'u32'));
  return select(inside, value, literal(0, 'f32'));
}

/** Four rows of an axis, the last one again where there are no more. */
function heldRows(builder: Builder, axis: Axis, row: Affine, emit: Emit): readonly Affine[] {
  if (axis.extent % 4 === 0) {
    const inside = bounds(row, builder.ranges).max < axis.extent / 4;
    const unit = inside ? row : heldAt(builder, { ...axis, extent: axis.extent / 4 }, row, emit);
    return [0, 1, 2, 3].map((k) => add(scale(unit, 4), constant(k)));
  }
  return [0, 1, 2, 3].map((k) => heldAt(builder, axis, add(scale(row, 4), constant(k)), emit));
}

/** A position on the axis, the last one where it would be beyond. */
export function heldAt(
  builder: Builder,
  axis: Pick<Axis, 'name' | 'extent'>,
  position: Affine,
  emit: Emit,
): Affine {
  const held = builder.integer(axis.name, axis.extent);
  const last = literal(axis.extent - 1, 'u32');
  emit({ kind: 'let', name: held, value: call('minimum', 'u32', indexTerm(position, 'u32'), last) });
  return variable(held);
}
