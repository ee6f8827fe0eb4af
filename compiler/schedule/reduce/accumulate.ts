/**
 * A reduction inside a walk: a step and the points it visits in, variables, updates and a result out.
 *
 * Where the lanes of a point are columns, each lane gathers its own part and they are put together after the
 * walk; where they are rows, each lane is a result of its own.
 */

import type { Step } from '../../fuse/kernel.ts';
import type { Affine } from '../../index/affine.ts';
import { add, constant, scale } from '../../index/build.ts';
import { isPositional } from '../../ir/reducers.ts';
import type { Lanes, Term } from '../../nest/nest.ts';
import { call, indexTerm, lane, literal, name, select, widen } from '../../nest/terms.ts';
import { type Builder, bind, type Emit, held, type Wish } from '../builder.ts';
import type { Place, Point } from '../point.ts';
import {
  type Best,
  better,
  betterOfParts,
  combine,
  combineAll,
  foldLanes,
  identityOf,
  nowhere,
  settled,
} from './combine.ts';

/** What a point gives to a reduction. */
export interface Visit {
  readonly place: Place;
  readonly point: Point;
}

export interface Accumulator {
  readonly take: (visits: readonly Visit[], emit: Emit) => void;
  /**
   * What was taken, as names that do not change any more; of a positional reduction also the position, to be
   * `settled` when all parts are together.
   */
  readonly parts: (emit: Emit) => { readonly value: Term; readonly at?: Term };
}

/**
 * `lanesAre`: what the lanes of the points stand for. `lanes`: how many the points have; with `ragged` some of them have
 * one instead of four, those of a turn all or none.
 */
export function accumulator(
  builder: Builder,
  step: Step,
  lanes: Lanes,
  lanesAre: 'columns' | 'rows',
  emit: Emit,
  ragged = false,
): Accumulator {
  const by = step.by!;
  const { dtype } = step.body;
  const identity = identityOf(by, dtype);
  if (isPositional(by)) {
    const wide = lanesAre === 'rows' ? lanes : 1;
    const start = (term: Term): Term => (wide === 4 ? widen(term) : term);
    const best = variable(builder, emit, held(step, '_best'), start(identity));
    const at = variable(builder, emit, held(step), start(nowhere(isGuarded(step))));
    const choose = isGuarded(step) ? betterOfParts : better;
    return {
      take: (visits, into) => {
        for (const visit of visits) {
          for (const next of candidates(builder, step, visit, lanesAre)) {
            const value = bind(builder, into, 'candidate', next.value);
            const won = choose(by, { value: best, at }, { value, at: next.at });
            // Both ask what was the best so far, and where: neither may change before the other is known.
            const position = bind(builder, into, 'position', start(won.at));
            into({ kind: 'assign', name: best.name, value: start(won.value) });
            into({ kind: 'assign', name: at.name, value: position });
          }
        }
      },
      parts: (into) => ({
        value: bindCopy(builder, into, held(step, '_value'), best),
        at: bindCopy(builder, into, held(step, '_at'), at),
      }),
    };
  }
  const partial = variable(builder, emit, held(step), lanes === 4 ? widen(identity) : identity);
  const rest = ragged ? variable(builder, emit, held(step, '_rest'), identity) : undefined;
  return {
    take: (visits, into) => {
      const terms = visits.map((visit) => guarded(step, visit));
      const single = rest !== undefined && visits[0]!.place.lanes.length === 1;
      const to = single ? rest : partial;
      const together = combineAll(by, to.lanes === 4 ? terms.map(widen) : terms);
      into({ kind: 'assign', name: to.name, value: combine(by, to, together) });
    },
    parts: (into) => {
      const whole = lanes === 4 && lanesAre === 'columns' ? foldLanes(by, partial) : partial;
      const value = rest === undefined ? whole : combine(by, whole, rest);
      return { value: bindCopy(builder, into, held(step, '_total'), value) };
    },
  };
}

/** The value of a reduction over points that are all at hand, without a variable. */
export function reduceAtOnce(
  builder: Builder,
  step: Step,
  visits: readonly Visit[],
  lanesAre: 'columns' | 'rows',
): Term {
  const by = step.by!;
  if (isPositional(by)) {
    const start: Best = { value: identityOf(by, step.body.dtype), at: nowhere(isGuarded(step)) };
    const choose = isGuarded(step) ? betterOfParts : better;
    const all = visits.flatMap((visit) => candidates(builder, step, visit, lanesAre));
    return settled(all.reduce((best, next) => choose(by, best, next), start).at, isGuarded(step));
  }
  const terms = visits.map((visit) => guarded(step, visit));
  const wide = terms.some((term, k) => term.lanes === 4 || visits[k]!.place.lanes.length === 4);
  const together = combineAll(by, wide ? terms.map(widen) : terms);
  return wide && lanesAre === 'columns' ? foldLanes(by, together) : together;
}

function variable(builder: Builder, emit: Emit, wish: Wish, value: Term): ReturnType<typeof name> {
  const declared = builder.fresh(wish);
  emit({ kind: 'var', name: declared, value });
  return name(declared, value.dtype, value.lanes);
}

/** A copy under a name that is never assigned again: only such names may be used across statements. */
function bindCopy(builder: Builder, emit: Emit, wish: Wish, value: Term): Term {
  const bound = builder.fresh(wish);
  emit({ kind: 'let', name: bound, value });
  return name(bound, value.dtype, value.lanes);
}

export const isGuarded = (step: Step): boolean => step.guards.length > 0;

const takesPart = (step: Step, { point }: Visit): Term =>
  step.guards.reduce<Term>((all, guard) => call('and', 'bool', all, point.of(guard)), literal(1, 'bool'));

/** The body where the guards hold, the identity elsewhere. */
function guarded(step: Step, visit: Visit): Term {
  const identity = identityOf(step.by!, step.body.dtype);
  const taken = takesPart(step, visit);
  // A body that never takes part is not in the text.
  if (taken.kind === 'literal' && taken.value === 0) return identity;
  return select(taken, visit.point.of(step.body), identity);
}

/** Values with their positions: one for each column; where lanes are rows, all lanes at once. */
function candidates(
  builder: Builder,
  step: Step,
  visit: Visit,
  lanesAre: 'columns' | 'rows',
): readonly Best[] {
  const value = guarded(step, visit);
  const taken = takesPart(step, visit);
  const positions = visit.place.lanes.map((lane) => indexTerm(positionOf(builder, lane), 'i32'));
  const place = (condition: Term, at: Term): Term => select(condition, at, nowhere(isGuarded(step)));
  if (lanesAre === 'rows') return [{ value, at: place(taken, positions[0]!) }];
  return positions.map((at, k) => ({ value: lane(value, k), at: place(lane(taken, k), at) }));
}

/** Row-major over the columns. */
const positionOf = (builder: Builder, indices: ReadonlyMap<string, Affine>): Affine =>
  builder.kernel.columns.reduce(
    (position, column) => add(scale(position, column.extent), indices.get(column.name)!),
    constant(0),
  );
