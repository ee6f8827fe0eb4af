/**
 * The arithmetic of reductions as terms: partial results in, their combination out.
 *
 * Where guards decide which elements take part, the position of none of them is one beyond all others: a first
 * element that is the lowest number of its type still wins against it.
 */
import {
  identityOf as identityIn,
  type PositionReducerName,
  type ReducerName,
  reducers,
  type ValueReducerName,
} from '../../ir/reducers.ts';
import type { Literal, Term } from '../../nest/nest.ts';
import { call, lane, literal, select } from '../../nest/terms.ts';
import type { DType } from '../../scalar/expr.ts';

/** What an element that takes no part counts as. */
export const identityOf = (by: ReducerName, dtype: DType): Literal => literal(identityIn(by, dtype), dtype);

export const combine = (by: ValueReducerName, a: Term, b: Term): Term =>
  call(reducers[by].combine, a.dtype, a, b);

/** In pairs, so that rounding errors grow with the logarithm of their number. */
export function combineAll(by: ValueReducerName, terms: readonly Term[]): Term {
  if (terms.length === 1) return terms[0]!;
  const half = Math.ceil(terms.length / 2);
  return combine(by, combineAll(by, terms.slice(0, half)), combineAll(by, terms.slice(half)));
}

/** One lane out of four. */
export const foldLanes = (by: ValueReducerName, term: Term): Term =>
  combineAll(
    by,
    [0, 1, 2, 3].map((k) => lane(term, k)),
  );

/** The best element so far and where it was. */
export interface Best {
  readonly value: Term;
  readonly at: Term;
}

/** Where the best element was before there was one. */
export const nowhere = (guarded: boolean): Literal => literal(guarded ? 2_147_483_647 : 0, 'i32');

/** The position that a reduction gives: 0 where no element took part. */
export const settled = (at: Term, guarded: boolean): Term =>
  guarded ? select(call('equal', 'bool', at, nowhere(guarded)), literal(0, 'i32'), at) : at;

/** Elements come in the order of their positions: an equal one later does not win. */
export function better(by: PositionReducerName, best: Best, next: Best): Best {
  const wins = call(reducers[by].beats, 'bool', next.value, best.value);
  return { value: select(wins, next.value, best.value), at: select(wins, next.at, best.at) };
}

/** Of two parts in any order: of equal ones the first position wins. */
export function betterOfParts(by: PositionReducerName, a: Best, b: Best): Best {
  const beyond = call(reducers[by].beats, 'bool', b.value, a.value);
  const earlier = call(
    'and',
    'bool',
    call('equal', 'bool', b.value, a.value),
    call('less', 'bool', b.at, a.at),
  );
  const wins = call('or', 'bool', beyond, earlier);
  return { value: select(wins, b.value, a.value), at: select(wins, b.at, a.at) };
}
