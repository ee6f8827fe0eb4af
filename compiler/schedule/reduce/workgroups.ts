/**
 * A workgroup a row: kernels with reductions in, nests out in which the threads of a group share a row's
 * columns, and their parts are put together in workgroup memory, in a fixed order: the same bits each time.
 * Where barriers are cheap, a tree adds them with one a level; where not, every thread adds all after one barrier.
 */

import { countPoints, elementCount } from '../../../runtime/extents.ts';
import type { RowChoices } from '../../classes/class.ts';
import type { Step } from '../../fuse/kernel.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale, variable } from '../../index/build.ts';
import { isPositional } from '../../ir/reducers.ts';
import {
  localName,
  type Memory,
  type Nest,
  type Statement,
  type Term,
  workgroupName,
} from '../../nest/nest.ts';
import { call, indexTerm, less, literal, name } from '../../nest/terms.ts';
import type { ValueId } from '../../scalar/expr.ts';
import { unflatten } from '../axes.ts';
import { type Builder, bind, type Emit, held, type Wish } from '../builder.ts';
import { pointAt, store } from '../point.ts';
import { accumulator, isGuarded } from './accumulate.ts';
import { type Best, betterOfParts, combine, settled } from './combine.ts';
import {
  columnPlace,
  type RowLanes,
  type RowsPlan,
  rowLanes,
  rowPoint,
  storeElements,
  visitAt,
} from './rows.ts';
import type { Stage } from './stages.ts';

export interface WorkgroupPlan extends Omit<RowsPlan, 'atOnce' | 'kept'> {
  readonly vector: 'columns' | 'none';
  readonly combination: RowChoices['combination'];
}

export function workgroupPerRow(builder: Builder, plan: WorkgroupPlan): Nest {
  const body: Statement[] = [];
  const memories: Memory[] = [];
  const emit: Emit = (statement) => body.push(statement);
  const workgroups = countPoints(plan.rows);
  const number = builder.integer(plan.rows.map((axis) => axis.name).join('_') || 'row', workgroups);
  emit({ kind: 'let', name: number, value: indexTerm(variable(workgroupName), 'u32') });
  const lanes = rowLanes(builder, plan.rows, 1, variable(number), emit);
  const { known, place, point, keep } = rowPoint(builder, lanes, emit);
  for (const stage of plan.stages.walks) {
    for (const step of stage.before) keep(step.value, point.step(step.value));
    for (const [value, term] of walk(builder, plan, stage, lanes, known, memories, emit)) keep(value, term);
  }
  if (plan.stages.rowStores.length > 0) {
    // No thread may still read what the first one is about to overwrite.
    if (plan.stages.rowStores.some((value) => builder.kernel.inPlace.has(value)))
      emit({ kind: 'barrier', orders: 'buffers' });
    const last: Statement[] = [];
    const into: Emit = (statement) => last.push(statement);
    const final = pointAt(builder, place, into, known);
    const results = plan.stages.rowStores.map(
      (value) => [value, bind(builder, into, held(builder.steps.get(value)!), final.step(value))] as const,
    );
    for (const [value, term] of results) store(builder, place, value, term, into);
    const first = call('equal', 'bool', indexTerm(variable(localName), 'u32'), literal(0, 'u32'));
    emit({ kind: 'if', condition: first, body: last });
  }
  return builder.finish({ workgroups, workgroupSize: plan.workgroupSize, memories, body });
}

function walk(
  builder: Builder,
  plan: WorkgroupPlan,
  stage: Stage,
  lanes: RowLanes,
  known: ReadonlyMap<ValueId, Term>,
  memories: Memory[],
  emit: Emit,
): readonly (readonly [ValueId, Term])[] {
  const width = plan.vector === 'columns' ? 4 : 1;
  const accumulators = stage.reduces.map((step) => accumulator(builder, step, width, 'columns', emit));
  const extents = plan.columns.map((axis, k) =>
    k === plan.columns.length - 1 ? axis.extent / width : axis.extent,
  );
  const units = elementCount(extents);
  const unit = builder.integer(
    `${plan.columns.map((axis) => axis.name).join('_')}${width === 4 ? '4' : ''}`,
    units,
  );
  const turns: Statement[] = [];
  const into: Emit = (statement) => turns.push(statement);
  const positions = unflatten(variable(unit), extents, builder.ranges).map((at, k) =>
    k === extents.length - 1 ? scale(at, width) : at,
  );
  const visits = [visitAt(builder, columnPlace(builder, plan, lanes, positions), known, into)];
  accumulators.forEach((each) => {
    each.take(visits, into);
  });
  storeElements(builder, stage, visits, into);
  emit({
    kind: 'loop',
    name: unit,
    from: variable(localName),
    until: units,
    by: plan.workgroupSize,
    body: turns,
  });
  const parts = stage.reduces.map((step, k) => ({ step, ...accumulators[k]!.parts(emit) }));
  const kept = parts.map(({ step, value, at }) => {
    const memory = keepPart(builder, plan, memories, held(step, '_parts'), value, emit);
    return {
      step,
      memory,
      ...(at !== undefined && { at: keepPart(builder, plan, memories, held(step, '_at_parts'), at, emit) }),
    };
  });
  if (kept.length === 0) return [];
  emit({ kind: 'barrier', orders: 'memories' });
  if (plan.combination === 'tree') tree(builder, plan, kept, emit);
  return kept.map((part) => [
    part.step.value,
    plan.combination === 'tree' ? total(part) : addAll(builder, plan, part, emit),
  ]);
}

interface Kept {
  readonly step: Step;
  readonly memory: Memory;
  /** Of a positional reduction: where the positions are. */
  readonly at?: Memory;
}

function keepPart(
  builder: Builder,
  plan: WorkgroupPlan,
  memories: Memory[],
  wish: Wish,
  value: Term,
  emit: Emit,
): Memory {
  const memory: Memory = {
    name: builder.fresh(wish),
    scope: 'workgroup',
    dtype: value.dtype,
    size: plan.workgroupSize,
    lanes: 1,
  };
  memories.push(memory);
  emit({ kind: 'keep', memory: memory.name, position: variable(localName), value });
  return memory;
}

const recall = (memory: Memory, position: Affine): Term => ({
  kind: 'recall',
  dtype: memory.dtype,
  lanes: memory.lanes,
  memory: memory.name,
  position,
});

/** What stands in the first place when all parts are together there. */
function total({ step, memory, at }: Kept): Term {
  const first = recall(at ?? memory, constant(0));
  return at === undefined ? first : settled(first, isGuarded(step));
}

/** Two parts become one. */
function join(part: Kept, a: Affine, b: Affine): readonly (readonly [Memory, Term])[] {
  const by = part.step.by!;
  if (!isPositional(by)) return [[part.memory, combine(by, recall(part.memory, a), recall(part.memory, b))]];
  const at = (position: Affine): Best => ({
    value: recall(part.memory, position),
    at: recall(part.at!, position),
  });
  const best = betterOfParts(by, at(a), at(b));
  return [
    [part.memory, best.value],
    [part.at!, best.at],
  ];
}

/** Half of the threads add the parts of the other half, then half of those, until one part is left. */
function tree(builder: Builder, plan: WorkgroupPlan, kept: readonly Kept[], emit: Emit): void {
  const local = variable(localName);
  for (let half = plan.workgroupSize / 2; half >= 1; half /= 2) {
    const body: Statement[] = [];
    for (const part of kept) {
      const joined = join(part, local, add(local, constant(half))).map(
        ([memory, term]) => [memory, bind(builder, (s) => body.push(s), 'part', term)] as const,
      );
      for (const [memory, value] of joined)
        body.push({ kind: 'keep', memory: memory.name, position: local, value });
    }
    emit({ kind: 'if', condition: less(indexTerm(local, 'u32'), literal(half, 'u32')), body });
    emit({ kind: 'barrier', orders: 'memories' });
  }
}

/** Every thread goes through all parts, in order. */
function addAll(builder: Builder, plan: WorkgroupPlan, part: Kept, emit: Emit): Term {
  const by = part.step.by!;
  const declare = (wish: Wish, memory: Memory): string => {
    const declared = builder.fresh(wish);
    emit({ kind: 'var', name: declared, value: recall(memory, constant(0)) });
    return declared;
  };
  const total = declare(held(part.step), part.memory);
  const place = part.at === undefined ? undefined : declare(held(part.step, '_at'), part.at);
  const k = builder.integer('part', plan.workgroupSize);
  const value = name(total, part.memory.dtype);
  const next = recall(part.memory, variable(k));
  const body: Statement[] = [];
  if (isPositional(by)) {
    const at = name(place!, 'i32');
    const best = betterOfParts(by, { value, at }, { value: next, at: recall(part.at!, variable(k)) });
    const moved = bind(builder, (s) => body.push(s), 'position', best.at);
    body.push(
      { kind: 'assign', name: total, value: best.value },
      { kind: 'assign', name: place!, value: moved },
    );
  } else {
    body.push({ kind: 'assign', name: total, value: combine(by, value, next) });
  }
  emit({ kind: 'loop', name: k, from: constant(1), until: plan.workgroupSize, by: 1, body });
  const result = builder.fresh(held(part.step, '_all'));
  const from = place === undefined ? value : settled(name(place, 'i32'), isGuarded(part.step));
  emit({ kind: 'let', name: result, value: from });
  return name(result, from.dtype);
}
