/**
 * A thread a row: kernels with reductions in, nests without workgroup memory or barriers out.
 *
 * Three ways to take the columns of a row. Few of them: all at once, without a loop, so that what a column
 * computes is kept between the walks. Contiguous ones: four at a time, several such vectors a turn, and what is left
 * at the end one by one. Where neighbours in memory are neighbouring rows: a thread takes four rows, one in each lane,
 * or some such vectors together, so that whole cache lines are read.
 */
import { countPoints, elementCount } from '../../../runtime/extents.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import {
  type Lanes,
  localName,
  type Memory,
  type Nest,
  type Statement,
  type Term,
  workgroupName,
} from '../../nest/nest.ts';
import { indexTerm, lane, less, literal, widen } from '../../nest/terms.ts';
import type { ValueId } from '../../scalar/expr.ts';
import { loadsOf } from '../../scalar/walk.ts';
import { type Axis, indicesOf, unflatten } from '../axes.ts';
import { type Builder, bind, bindIndex, type Emit, held } from '../builder.ts';
import { inside } from '../contract/strips.ts';
import { expressionsOf } from '../facts.ts';
import { type Place, type Point, placeOf, pointAt, store } from '../point.ts';
import { accumulator, isGuarded, reduceAtOnce, type Visit } from './accumulate.ts';
import { settled } from './combine.ts';
import type { Stage, Stages } from './stages.ts';

export interface RowsPlan {
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly stages: Stages;
  /** What four lanes are, if anything. */
  readonly vector: 'columns' | 'rows' | 'none';
  /** Vectors of four rows that a thread takes together; 1 where lanes are not rows. */
  readonly vectors: number;
  /** All columns at once, without a loop. */
  readonly atOnce: boolean;
  /** Vectors, or elements, of one turn of the innermost loop. */
  readonly unroll: number;
  readonly workgroupSize: number;
  /** Of each walk, values of its elements that are kept for those after it. */
  readonly kept: readonly (readonly ValueId[])[];
}

/** Where a value of every element of a row is kept, in units of as many lanes as a visit has. */
type Kept = ReadonlyMap<ValueId, Memory>;

/** The indices of the rows, in each lane. */
export type RowLanes = readonly (readonly (readonly [string, Affine])[])[];

export function threadPerRow(builder: Builder, plan: RowsPlan): Nest {
  const { rows, workgroupSize } = plan;
  const width = plan.vector === 'rows' ? 4 : 1;
  const step = width * plan.vectors;
  const inner = rows.at(-1)?.extent ?? 1;
  const isWhole = inner % step === 0;
  const threads = (countPoints(rows) / inner) * Math.ceil(inner / step);
  const workgroups = Math.ceil(threads / workgroupSize);
  const body: Statement[] = [];
  const position = add(scale(variable(workgroupName), workgroupSize), variable(localName));
  const bound = builder.integer(
    rows.map((axis) => axis.name).join('_') + (step > 1 ? `${step}` : '') || 'row',
    threads,
  );
  body.push({ kind: 'let', name: bound, value: indexTerm(position, 'u32') });
  const own: Statement[] = [];
  const into: Emit = (statement) => own.push(statement);
  const kept = memoriesOf(builder, plan);
  if (isWhole) {
    const groups = rowVectors(builder, rows, width, plan.vectors, variable(bound), into);
    rowsOf(builder, plan, kept, groups, into);
  } else raggedRows(builder, plan, kept, variable(bound), into);
  if (threads % workgroupSize === 0) body.push(...own);
  else {
    const condition = less(indexTerm(variable(bound), 'u32'), literal(threads, 'u32'));
    body.push({ kind: 'if', condition, body: own });
  }
  return builder.finish({ workgroups, workgroupSize, body, memories: [...kept.values()] });
}

/** Whole vectors of rows, and behind the last one on its axis those that are left, one by one. */
function raggedRows(builder: Builder, plan: RowsPlan, kept: Kept, number: Affine, emit: Emit): void {
  const step = 4 * plan.vectors;
  const [inner, outer] = [plan.rows.at(-1)!, plan.rows.slice(0, -1)];
  const whole = Math.floor(inner.extent / step);
  const extents = [...outer.map(({ extent }) => extent), whole + 1];
  const at = unflatten(number, extents, builder.ranges).map((of, k) =>
    bindIndex(builder, emit, plan.rows[k]!.name + (k === outer.length ? `${step}` : ''), of, extents[k]!),
  );
  const unit = at.at(-1)!;
  const row = (position: Affine): RowLanes[number] => [
    ...outer.flatMap((axis, k) => indicesOf(axis, at[k]!, builder.ranges)),
    ...indicesOf(inner, position, builder.ranges),
  ];
  inside(builder, `${inner.name}_whole`, unit, whole, emit, (on, into) => {
    const vector = (k: number): RowLanes =>
      [0, 1, 2, 3].map((lane) => row(add(scale(on, step), constant(4 * k + lane))));
    rowsOf(
      builder,
      plan,
      kept,
      Array.from({ length: plan.vectors }, (_, k) => vector(k)),
      into,
    );
  });
  const rest = inner.extent - whole * step;
  const one = builder.integer(inner.name, rest);
  const body: Statement[] = [];
  const alone: RowsPlan = { ...plan, vector: 'none', vectors: 1, kept: plan.kept.map(() => []) };
  const place = [row(add(variable(one), constant(whole * step)))];
  rowsOf(builder, alone, new Map(), [place], (statement) => body.push(statement));
  emit({
    kind: 'if',
    condition: less(literal(whole - 1, 'u32'), indexTerm(unit, 'u32')),
    body: [{ kind: 'loop', name: one, from: constant(0), until: rest, by: 1, body }],
  });
}

function memoriesOf(builder: Builder, { kept, columns, vector }: RowsPlan): Kept {
  const lanes: Lanes = vector === 'none' ? 1 : 4;
  const { units } = unitsOf(columns.at(-1)!, vector);
  const size = countPoints(columns.slice(0, -1)) * units;
  return new Map(
    kept.flat().map((value) => {
      const step = builder.steps.get(value)!;
      const name = builder.fresh(held(step, '_row'));
      return [value, { name, scope: 'thread', dtype: step.body.dtype, size, lanes }];
    }),
  );
}

/** What is visited along an axis of columns: whole vectors, where that is what lanes are, and single elements after them. */
function unitsOf({ extent }: Axis, vector: RowsPlan['vector']) {
  const width = vector === 'columns' ? 4 : 1;
  const whole = Math.floor(extent / width);
  const rest = extent - whole * width;
  return { width, whole, rest, units: whole + rest };
}

/** The rows of one thread, or workgroup, from its number. */
export const rowLanes = (
  builder: Builder,
  rows: readonly Axis[],
  width: Lanes,
  number: Affine,
  emit: Emit,
): RowLanes => rowVectors(builder, rows, width, 1, number, emit)[0]!;

/** The same for some vectors side by side. */
function rowVectors(
  builder: Builder,
  rows: readonly Axis[],
  width: Lanes,
  vectors: number,
  number: Affine,
  emit: Emit,
): readonly RowLanes[] {
  const inner = rows.length - 1;
  const step = width * vectors;
  const extents = rows.map((axis, k) => (k === inner ? axis.extent / step : axis.extent));
  const at = unflatten(number, extents, builder.ranges).map((of, k) =>
    bindIndex(builder, emit, rows[k]!.name + (k === inner && step > 1 ? `${step}` : ''), of, extents[k]!),
  );
  const lane = (offset: number): RowLanes[number] =>
    rows.flatMap((axis, k) =>
      indicesOf(axis, k === inner ? add(scale(at[k]!, step), constant(offset)) : at[k]!, builder.ranges),
    );
  return Array.from({ length: vectors }, (_, vector) =>
    Array.from({ length: width }, (_, k) => lane(vector * width + k)),
  );
}

/** Where the row of a thread, or of a workgroup, is computed: what is kept there is computed once. */
interface RowPoint {
  readonly lanes: RowLanes;
  readonly known: ReadonlyMap<ValueId, Term>;
  readonly place: Place;
  readonly point: Point;
  readonly keep: (value: ValueId, term: Term) => void;
}

export function rowPoint(builder: Builder, lanes: RowLanes, emit: Emit): RowPoint {
  const known = new Map<ValueId, Term>();
  const place = placeOf(lanes.map((indices) => new Map(indices)));
  const point = pointAt(builder, place, emit, known);
  const keep = (value: ValueId, term: Term): void => {
    known.set(value, bind(builder, emit, held(builder.steps.get(value)!), term));
    point.learn(value, known.get(value)!);
  };
  return { lanes, known, place, point, keep };
}

/** Walks the columns of some rows, or vectors of four of them, together. */
function rowsOf(builder: Builder, plan: RowsPlan, kept: Kept, groups: readonly RowLanes[], emit: Emit): void {
  const points = groups.map((lanes) => rowPoint(builder, lanes, emit));
  for (const [number, stage] of plan.stages.walks.entries()) {
    for (const { keep, point } of points)
      for (const step of stage.before) keep(step.value, point.step(step.value));
    const results = plan.atOnce
      ? points.map(({ lanes, known }) => walkAtOnce(builder, plan, stage, lanes, known, emit))
      : walk(builder, plan, number, kept, points, emit);
    points.forEach(({ keep }, k) => {
      for (const [value, term] of results[k]!) keep(value, term);
    });
  }
  for (const { keep, place, point } of points) {
    for (const step of plan.stages.after) keep(step.value, point.step(step.value));
    for (const value of plan.stages.rowStores) store(builder, place, value, point.step(value), emit);
  }
}

type Results = readonly (readonly [ValueId, Term])[];

function walk(
  builder: Builder,
  plan: RowsPlan,
  number: number,
  kept: Kept,
  points: readonly RowPoint[],
  emit: Emit,
): readonly Results[] {
  const stage = plan.stages.walks[number]!;
  const width: Lanes = plan.vector === 'none' ? 1 : 4;
  const lanesAre = plan.vector === 'rows' ? 'rows' : 'columns';
  const ragged = unitsOf(plan.columns.at(-1)!, plan.vector).rest > 0;
  const accumulators = points.map(() =>
    stage.reduces.map((step) =>
      accumulator(builder, step, width, lanesAre, emit, ragged && plan.vector === 'columns'),
    ),
  );
  const before = plan.kept.slice(0, number).flat();
  const turnOf = ({ lanes, known }: RowPoint, k: number, spots: readonly Spot[], into: Emit): void => {
    const visits = spots.map(({ at, unit, single }) => {
      const recalled = before.map((value): readonly [ValueId, Term] => {
        const { name, dtype, lanes: wide } = kept.get(value)!;
        const term: Term = { kind: 'recall', dtype, lanes: wide, memory: name, position: unit };
        return [value, single ? lane(term, 0) : term];
      });
      const place = columnPlace(builder, single ? { ...plan, vector: 'none' } : plan, lanes, at);
      const visit = visitAt(builder, place, new Map([...known, ...recalled]), into);
      for (const value of plan.kept[number]!) {
        const { name, lanes: wide } = kept.get(value)!;
        const term = bind(builder, into, held(builder.steps.get(value)!), visit.point.step(value));
        visit.point.learn(value, term);
        into({ kind: 'keep', memory: name, position: unit, value: wide === 4 ? widen(term) : term });
      }
      return visit;
    });
    for (const each of accumulators[k]!) each.take(visits, into);
    storeElements(builder, stage, visits, into);
  };
  const turn = (spots: readonly Spot[], into: Emit): void => {
    points.forEach((point, k) => {
      turnOf(point, k, spots, into);
    });
  };
  loops(builder, plan, 0, { at: [], unit: constant(0), single: false }, turn, emit);
  return accumulators.map((own) =>
    stage.reduces.map((step, k) => {
      const { value, at } = own[k]!.parts(emit);
      return [step.value, at === undefined ? value : settled(at, isGuarded(step))] as const;
    }),
  );
}

/** A place in a row: positions on the column axes, and its number in units of as many columns as a visit has. */
interface Spot {
  readonly at: readonly Affine[];
  readonly unit: Affine;
  /** One element, after the last whole vector. */
  readonly single: boolean;
}

/** Nested loops over the columns; `turn` gets the place of each of its visits. */
function loops(
  builder: Builder,
  plan: RowsPlan,
  depth: number,
  outer: Spot,
  turn: (spots: readonly Spot[], emit: Emit) => void,
  emit: Emit,
): void {
  const axis = plan.columns[depth]!;
  const body: Statement[] = [];
  const into: Emit = (statement) => body.push(statement);
  if (depth < plan.columns.length - 1) {
    const bound = builder.integer(axis.name, axis.extent);
    const next = add(scale(outer.unit, axis.extent), variable(bound));
    const inner = { at: [...outer.at, variable(bound)], unit: next, single: false };
    loops(builder, plan, depth + 1, inner, turn, into);
    emit({ kind: 'loop', name: bound, from: constant(0), until: axis.extent, by: 1, body });
    return;
  }
  const { width, whole, rest: singles, units } = unitsOf(axis, plan.vector);
  const at = (unit: Affine): Spot => ({
    at: [...outer.at, scale(unit, width)],
    unit: add(scale(outer.unit, units), unit),
    single: false,
  });
  const main = Math.floor(whole / plan.unroll);
  if (main > 1) {
    // Counted in units, from unroll to unroll.
    const bound = builder.integer(axis.name + (width === 4 ? '4' : ''), (main - 1) * plan.unroll + 1);
    turn(
      Array.from({ length: plan.unroll }, (_, k) => at(add(variable(bound), constant(k)))),
      into,
    );
    emit({ kind: 'loop', name: bound, from: constant(0), until: main * plan.unroll, by: plan.unroll, body });
  }
  const rest = whole - (main > 1 ? main * plan.unroll : 0);
  if (rest > 0) {
    const first = whole - rest;
    turn(
      Array.from({ length: rest }, (_, k) => at(constant(first + k))),
      emit,
    );
  }
  if (singles > 0) {
    const spots = Array.from({ length: singles }, (_, k): Spot => {
      const unit = add(scale(outer.unit, units), constant(whole + k));
      return { at: [...outer.at, constant(whole * width + k)], unit, single: true };
    });
    turn(spots, emit);
  }
}

function walkAtOnce(
  builder: Builder,
  plan: RowsPlan,
  stage: Stage,
  lanes: RowLanes,
  known: ReadonlyMap<ValueId, Term>,
  emit: Emit,
): Results {
  const width = plan.vector === 'columns' ? 4 : 1;
  const extents = plan.columns.map((axis) => axis.extent);
  const count = elementCount(extents) / width;
  const visits = Array.from({ length: count }, (_, k) => {
    const at = unflatten(constant(k * width), extents, builder.ranges);
    return visitAt(builder, columnPlace(builder, plan, lanes, at), known, emit);
  });
  // What is read from memory is read before it is overwritten.
  const readFirst = isReadFromMemory(builder, stage);
  const results = stage.reduces.map((step) => {
    const term = reduceAtOnce(builder, step, visits, plan.vector === 'rows' ? 'rows' : 'columns');
    return [step.value, readFirst ? bind(builder, emit, held(step), term) : term] as const;
  });
  storeElements(builder, stage, visits, emit);
  return results;
}

export function visitAt(
  builder: Builder,
  place: Place,
  known: ReadonlyMap<ValueId, Term>,
  emit: Emit,
): Visit {
  return { place, point: pointAt(builder, place, emit, known) };
}

/** All values first, also of other points where these read them from memory: what is overwritten has been read then. */
export function storeElements(builder: Builder, stage: Stage, visits: readonly Visit[], emit: Emit): void {
  const groups = isReadFromMemory(builder, stage) ? [visits] : visits.map((visit) => [visit]);
  for (const group of groups) {
    const results = group.flatMap(({ place, point }) =>
      stage.stores.map((value) => {
        const term = bind(builder, emit, held(builder.steps.get(value)!), point.step(value));
        return { place, value, term };
      }),
    );
    for (const { place, value, term } of results) store(builder, place, value, term, emit);
  }
}

/** Is something that is stored or overwritten here read from memory, too? A loop reads what it stores at an earlier position. */
function isReadFromMemory({ kernel, steps, chip }: Builder, { stores }: Stage): boolean {
  const changed = new Set(stores.flatMap((value) => [value, kernel.inPlace.get(value) ?? value]));
  return [...steps.values()].some((step) =>
    expressionsOf(step)
      .flatMap(loadsOf)
      .some((load) => changed.has(load.value) && chip(load) === undefined),
  );
}

/** A place within a row: the positions on the column axes, of the first lane. */
export function columnPlace(
  builder: Builder,
  plan: Pick<RowsPlan, 'columns' | 'vector'>,
  lanes: RowLanes,
  positions: readonly Affine[],
): Place {
  const inner = plan.columns.length - 1;
  const columnsAt = (lane: number): readonly (readonly [string, Affine])[] =>
    plan.columns.flatMap((axis, k) =>
      indicesOf(axis, k === inner ? add(positions[k]!, constant(lane)) : positions[k]!, builder.ranges),
    );
  if (plan.vector === 'columns') {
    return placeOf([0, 1, 2, 3].map((lane) => new Map([...lanes[0]!, ...columnsAt(lane)])));
  }
  return placeOf(lanes.map((indices) => new Map([...indices, ...columnsAt(0)])));
}
