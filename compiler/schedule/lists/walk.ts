/**
 * The schedule of sums over lists: a thread walks the positions on the list of its row, and no other, in their order.
 * Where neighbours in memory are neighbouring rows with one list, a thread takes four of them, one in each lane.
 */
import { countPoints } from '../../../runtime/extents.ts';
import { classOf } from '../../classes/index.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import { localName, type Statement, type Term, workgroupName } from '../../nest/nest.ts';
import { call, indexTerm, lane, less, literal, name } from '../../nest/terms.ts';
import type { ValueId } from '../../scalar/expr.ts';
import { variablesOf } from '../../scalar/walk.ts';
import type { Target } from '../../target.ts';
import { axesOf, unflatten } from '../axes.ts';
import { type Builder, bind, type Emit } from '../builder.ts';
import { gridOf } from '../grid.ts';
import { placeOf, pointAt, store } from '../point.ts';
import { accumulator } from '../reduce/accumulate.ts';
import { columnPlace, type RowLanes, rowLanes, rowPoint, visitAt } from '../reduce/rows.ts';
import { stagesOf } from '../reduce/stages.ts';
import { type Attempt, notOfThisKind, refused, type Schedule } from '../schedule.ts';
import type { Unrolling } from '../text-cost.ts';
import { type Walk, walkIn } from './recognise.ts';

export const walkLists: Schedule = {
  name: 'walk',
  doc: 'Sums over positions that are listed: a thread a row, or four rows, along its list.',
  unrolls: ['little', 'none'],
  attempt,
};

/** More rows of one list than these are work for several threads. */
const mostTogether = 256;

function attempt(builder: Builder, target: Target, unrolling: Unrolling): Attempt {
  const { kernel } = builder;
  const reductions = kernel.steps.filter(({ level }) => level === 'reduce');
  const walks = reductions.flatMap((step) => walkIn(builder, step) ?? []);
  if (walks.length === 0) return notOfThisKind;
  const { walks: stages, after, rowStores } = stagesOf(kernel);
  if (walks.length < reductions.length || stages.length > 1) return refused('not every sum is over a list');
  if (stages[0]!.stores.length > 0) return refused('an element of a row is stored');
  const rows = axesOf(kernel.rows, builder.forms);
  const inner = rows.at(-1);
  const listed = new Set(walks.flatMap(({ first }) => [...variablesOf(first)]));
  const isWide =
    unrolling !== 'none' &&
    inner !== undefined &&
    inner.extent % 4 === 0 &&
    !inner.members.some((member) => listed.has(member.name));
  const width = isWide ? 4 : 1;
  const units = countPoints(rows) / width;
  // Rows that come after those which name the list have the same list.
  const named = rows.findLastIndex((axis) => axis.members.some((member) => listed.has(member.name)));
  const sharing = countPoints(rows.slice(named + 1)) / width;
  const perList = classOf(target).lists.rowsTogether && sharing <= mostTogether ? sharing : 1;
  const lists = units / perList;
  const grid = gridOf(lists, target);
  const first = add(scale(variable(workgroupName), grid.workgroupSize * grid.perThread), variable(localName));
  const isWhole = lists % (grid.workgroupSize * grid.perThread) === 0;
  const wish = rows.map((axis) => axis.name).join('_') + (width === 4 ? '4' : '') || 'row';

  const row = (unit: Affine, starts: readonly Term[], emit: Emit): void => {
    const lanes = rowLanes(builder, rows, width, unit, emit);
    const { known, place, point, keep } = rowPoint(builder, lanes, emit);
    for (const step of stages[0]!.before) keep(step.value, point.step(step.value));
    walks.forEach((walk, k) => {
      keep(walk.step.value, sumOf(builder, walk, starts[k]!, lanes, known, emit));
    });
    for (const step of after) keep(step.value, point.step(step.value));
    for (const value of rowStores) store(builder, place, value, point.step(value), emit);
  };
  /** The rows of one list: where it begins is read once. */
  const rowsOfList = (list: Affine, emit: Emit): void => {
    const lanes = rowLanes(builder, rows, width, scale(list, perList), emit);
    const at = pointAt(builder, placeOf(lanes.map((indices) => new Map(indices))), emit, new Map());
    const starts = walks.map((walk) =>
      bind(builder, emit, 'start', call('to_u32', 'u32', lane(at.of(walk.first), 0))),
    );
    if (perList === 1) {
      row(list, starts, emit);
      return;
    }
    const unit = builder.integer('unit', perList);
    const inside: Statement[] = [];
    row(add(scale(list, perList), variable(unit)), starts, (statement) => inside.push(statement));
    emit({ kind: 'loop', name: unit, from: constant(0), until: perList, by: 1, body: inside });
  };
  const listAt = (position: Affine): readonly Statement[] => {
    const bound = builder.integer(wish, lists);
    const inside: Statement[] = [];
    rowsOfList(variable(bound), (statement) => inside.push(statement));
    const condition = less(indexTerm(variable(bound), 'u32'), literal(lists, 'u32'));
    return [
      { kind: 'let', name: bound, value: indexTerm(position, 'u32') },
      ...(isWhole ? inside : [{ kind: 'if', condition, body: inside } as const]),
    ];
  };
  const turn = builder.integer('turn', grid.perThread);
  const turns = listAt(grid.perThread === 1 ? first : add(first, scale(variable(turn), grid.workgroupSize)));
  const body: readonly Statement[] =
    grid.perThread === 1
      ? turns
      : [{ kind: 'loop', name: turn, from: constant(0), until: grid.perThread, by: 1, body: turns }];
  return {
    kind: 'built',
    nest: builder.finish({ workgroups: grid.workgroups, workgroupSize: grid.workgroupSize, body }),
    because: `${countPoints(rows)} rows, each over the positions on its list; a thread takes ${width * perList === 1 ? 'one' : `${width * perList} with one list`}, ${grid.perThread} times`,
    rejected: [],
  };
}

function sumOf(
  builder: Builder,
  { others, next }: Walk,
  start: Term,
  lanes: RowLanes,
  known: ReadonlyMap<ValueId, Term>,
  emit: Emit,
): Term {
  const { columns: indices } = builder.kernel;
  const count = countPoints(indices);
  const sum = accumulator(builder, others, lanes.length === 4 ? 4 : 1, 'rows', emit);
  const place = builder.fresh('place');
  emit({ kind: 'var', name: place, value: start });
  const here = name(place, 'u32');
  const turn: Statement[] = [];
  const into: Emit = (statement) => turn.push(statement);
  const at = builder.integer('position', count);
  into({ kind: 'let', name: at, value: call('minimum', 'u32', here, literal(count - 1, 'u32')) });
  const columns = axesOf(indices, builder.forms);
  const positions = unflatten(
    variable(at),
    columns.map(({ extent }) => extent),
    builder.ranges,
  );
  const there = columnPlace(
    builder,
    { columns, vector: lanes.length === 4 ? 'rows' : 'none' },
    lanes,
    positions,
  );
  const visit = visitAt(builder, there, known, into);
  sum.take([visit], into);
  into({ kind: 'assign', name: place, value: call('to_u32', 'u32', lane(visit.point.of(next), 0)) });
  emit({ kind: 'while', condition: less(here, literal(count, 'u32')), body: turn });
  return sum.parts(emit).value;
}
