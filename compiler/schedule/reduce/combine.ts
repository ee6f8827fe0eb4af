/**
 * The arithmetic of reductions as terms: partial results in, their combination out.
 *
 * The identity of max and min is the lowest and the largest number of the type, since WGSL has no infinity:
 * a row in which no element takes part gives that.
 */
import { type ReducerName, reducers } from '../../ir/reducers.ts';
import type { DType } from '../../scalar/expr.ts';
import type { FunctionName } from '../../scalar/functions.ts';
import type { Literal, Term } from '../nest.ts';
import { call, lane, literal, select } from '../terms.ts';

const largest = { f32: 3.4028234663852886e38, i32: 2_147_483_647, u32: 4_294_967_295, bool: 1 } as const;
const lowest = { f32: -3.4028234663852886e38, i32: -2_147_483_648, u32: 0, bool: 0 } as const;

/** What an element that takes no part counts as. */
export function identityOf(by: ReducerName, dtype: DType): Literal {
  const { identity } = reducers[by];
  if (Number.isFinite(identity)) return literal(identity, dtype);
  return literal(identity > 0 ? largest[dtype] : lowest[dtype], dtype);
}

const functionOf = {
  sum: 'add',
  prod: 'multiply',
  max: 'maximum',
  min: 'minimum',
  any: 'or',
  all: 'and',
} as const satisfies Partial<Record<ReducerName, FunctionName>>;

export type ValueReducer = keyof typeof functionOf;

export const isPositional = (by: ReducerName): by is Exclude<ReducerName, ValueReducer> =>
  reducers[by].positional;

export const combine = (by: ValueReducer, a: Term, b: Term): Term => call(functionOf[by], a.dtype, a, b);

/** In pairs, so that rounding errors grow with the logarithm of their number. */
export function combineAll(by: ValueReducer, terms: readonly Term[]): Term {
  if (terms.length === 1) return terms[0]!;
  const half = Math.ceil(terms.length / 2);
  return combine(by, combineAll(by, terms.slice(0, half)), combineAll(by, terms.slice(half)));
}

/** One lane out of four. */
export const foldLanes = (by: ValueReducer, term: Term): Term =>
  combineAll(
    by,
    [0, 1, 2, 3].map((k) => lane(term, k)),
  );

/** The best element so far and where it was. */
export interface Best {
  readonly value: Term;
  readonly at: Term;
}

const comparisonOf = { argmax: 'greater', argmin: 'less' } as const;

/** Elements come in the order of their positions: an equal one later does not win. */
export function better(by: 'argmax' | 'argmin', best: Best, next: Best): Best {
  const wins = call(comparisonOf[by], 'bool', next.value, best.value);
  return { value: select(wins, next.value, best.value), at: select(wins, next.at, best.at) };
}

/** Of two parts in any order: of equal ones the first position wins. */
export function betterOfParts(by: 'argmax' | 'argmin', a: Best, b: Best): Best {
  const beyond = call(comparisonOf[by], 'bool', b.value, a.value);
  const earlier = call(
    'and',
    'bool',
    call('equal', 'bool', b.value, a.value),
    call('less', 'bool', b.at, a.at),
  );
  const wins = call('or', 'bool', beyond, earlier);
  return { value: select(wins, b.value, a.value), at: select(wins, b.at, a.at) };
}
