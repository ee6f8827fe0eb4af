/**
 * The schedule of pointwise kernels: no columns in, every row on its own out, four elements at a time where
 * the innermost axis allows it, all positions of a short axis where that saves work, and several such units a thread
 * where threads are dear.
 */
import { countPoints } from '../../runtime/extents.ts';
import type { Affine } from '../index/affine.ts';
import { add, constant, scale, variable } from '../index/build.ts';
import { type Lanes, localName, type Nest, type Statement, workgroupName } from '../nest/nest.ts';
import { indexTerm, less, literal } from '../nest/terms.ts';
import type { Target } from '../target.ts';
import { type Axis, axesOf, indicesOf, unflatten } from './axes.ts';
import { type Builder, bind, bindIndex, type Emit, held } from './builder.ts';
import { gridOf } from './grid.ts';
import { type Place, placeOf, pointAt, store } from './point.ts';
import { type Attempt, refused, type Schedule } from './schedule.ts';
import { axesAtOnce } from './short-axes.ts';
import type { Unrolling } from './text-cost.ts';

export const map: Schedule = {
  name: 'map',
  doc: 'Pointwise: every element on its own, vectors of four along the innermost axis.',
  unrolls: ['little', 'none'],
  attempt,
};

interface MapPlan {
  /** Whose positions are those of threads; four along the innermost one where the width is four. */
  readonly axes: readonly Axis[];
  readonly width: Lanes;
  /** A thread has all positions on these. */
  readonly atOnce: readonly Axis[];
}

function attempt(builder: Builder, target: Target, unrolling: Unrolling): Attempt {
  const { kernel } = builder;
  if (kernel.columns.length > 0) {
    return refused(`a row is a walk over ${kernel.columns.map((c) => c.name).join(', ')}`);
  }
  const axes = axesOf(kernel.rows, builder.forms);
  const divides = (axes.at(-1)?.extent ?? 1) % 4 === 0;
  const width = divides && unrolling !== 'none' ? 4 : 1;
  const planWith = (atOnce: readonly Axis[]): MapPlan => ({
    axes: axes.filter((axis) => !atOnce.includes(axis)),
    width,
    atOnce,
  });
  const atOnce = axesAtOnce(builder, axes, (into, these) => nestOf(into, target, planWith(these)));
  const plan = planWith(atOnce);
  const each = width === 4 ? 'four elements at a time' : 'one element at a time';
  const all = atOnce.map(({ name, extent }) => `all ${extent} positions of ${name} at once, `).join('');
  return {
    kind: 'built',
    nest: nestOf(builder, target, plan),
    because: `no reduction; ${each}, ${all}${gridOf(unitsOf(plan), target).perThread} a thread`,
    rejected: divides
      ? []
      : [{ option: 'vectors of four', because: `the innermost axis has ${axes.at(-1)?.extent ?? 1}` }],
  };
}

const unitsOf = ({ axes, width }: MapPlan): number => countPoints(axes) / width;

function nestOf(builder: Builder, target: Target, plan: MapPlan): Nest {
  const { axes, width } = plan;
  const units = unitsOf(plan);
  const grid = gridOf(units, target);
  const body: Statement[] = [];
  const emit: Emit = (statement) => body.push(statement);
  const first = add(scale(variable(workgroupName), grid.workgroupSize * grid.perThread), variable(localName));
  const whole = units % (grid.workgroupSize * grid.perThread) === 0;
  const name = axes.map((axis) => axis.name).join('_') || 'element';

  const unit = (position: Affine, into: Emit): void => {
    const bound = variable(builder.integer(width === 4 ? `${name}4` : name, units));
    into({ kind: 'let', name: nameIn(bound), value: indexTerm(position, 'u32') });
    if (whole) {
      elements(builder, plan, bound, into);
      return;
    }
    const inside: Statement[] = [];
    elements(builder, plan, bound, (s) => inside.push(s));
    into({ kind: 'if', condition: less(indexTerm(bound, 'u32'), literal(units, 'u32')), body: inside });
  };

  // The ranges of the grid's own names hold before the nest is finished.
  if (grid.perThread === 1) {
    unit(first, emit);
  } else {
    const turn = builder.integer('turn', grid.perThread);
    const turns: Statement[] = [];
    unit(add(first, scale(variable(turn), grid.workgroupSize)), (s) => turns.push(s));
    emit({ kind: 'loop', name: turn, from: constant(0), until: grid.perThread, by: 1, body: turns });
  }
  return builder.finish({ workgroups: grid.workgroups, workgroupSize: grid.workgroupSize, body });
}

const nameIn = (of: Affine): string => {
  const atom = of.terms[0]!.atom;
  return atom.kind === 'index' ? atom.name : '';
};

/** Everything at one unit: first all values, then all stores, so that what is overwritten was read before. */
function elements(builder: Builder, plan: MapPlan, unit: Affine, emit: Emit): void {
  const results = placesOf(builder, plan, unit, emit).flatMap((place) => {
    const point = pointAt(builder, place, emit, new Map());
    return builder.kernel.stores.map((value) => {
      const term = bind(builder, emit, held(builder.steps.get(value)!), point.step(value));
      return { place, value, term };
    });
  });
  for (const { place, value, term } of results) store(builder, place, value, term, emit);
}

/** The places of one unit: one for each position on the axes that a thread has at once. */
function placesOf(builder: Builder, plan: MapPlan, unit: Affine, emit: Emit): readonly Place[] {
  const { axes, width, atOnce } = plan;
  const { ranges } = builder;
  const inner = axes.at(-1);
  const extents = axes.map((axis) => (axis === inner ? axis.extent / width : axis.extent));
  const at = unflatten(unit, extents, ranges).map((position, k) =>
    bindIndex(
      builder,
      emit,
      axes[k]!.name + (axes[k] === inner && width === 4 ? '4' : ''),
      position,
      extents[k]!,
    ),
  );
  const lanes = Array.from({ length: width }, (_, lane) =>
    axes.flatMap((axis, k) =>
      indicesOf(axis, axis === inner ? add(scale(at[k]!, width), constant(lane)) : at[k]!, ranges),
    ),
  );
  return Array.from({ length: countPoints(atOnce) }, (_, position) => {
    const positions = unflatten(
      constant(position),
      atOnce.map((axis) => axis.extent),
      ranges,
    );
    const fixed = atOnce.flatMap((axis, k) => indicesOf(axis, positions[k]!, ranges));
    return placeOf(lanes.map((indices) => new Map([...indices, ...fixed])));
  });
}
