/**
 * The table of reducers: everything nnc knows about each, once. The grammar, the checker, the adjoint, the reference,
 * the schedules, the printers, the docs and the tests read it.
 *
 * To add one, write a record in `reducers/primitive.ts`, or in `reducers/derived.ts` where it is a formula over others.
 */
import type { DType } from '../scalar/expr.ts';
import { derivedReducers } from './reducers/derived.ts';
import { positionReducers, valueReducers } from './reducers/primitive.ts';
import type { DerivedReducer, GradientRule, PositionReducer, ValueReducer } from './reducers/record.ts';

export type { Formulas } from './reducers/record.ts';

/** A reducer whose result combines the elements. */
export type ValueReducerName = keyof typeof valueReducers;
/** A reducer whose result is a position. */
export type PositionReducerName = keyof typeof positionReducers;
/** What a graph reduces by. */
export type ReducerName = ValueReducerName | PositionReducerName;
/** A formula over reducers. */
export type DerivedReducerName = keyof typeof derivedReducers;
/** All that a file may write. */
export type ReductionName = ReducerName | DerivedReducerName;

export const reducers: Readonly<
  Record<ValueReducerName, ValueReducer<PositionReducerName>> & Record<PositionReducerName, PositionReducer>
> = { ...valueReducers, ...positionReducers };

export const derived: Readonly<Record<DerivedReducerName, DerivedReducer<ReducerName>>> = derivedReducers;

/** In the order of the table. */
export const reducerNames = Object.keys(reducers) as readonly ReducerName[];
export const derivedNames = Object.keys(derived) as readonly DerivedReducerName[];
export const reductionNames: readonly ReductionName[] = [...reducerNames, ...derivedNames];

export const isReducerName = (name: string): name is ReducerName => Object.hasOwn(reducers, name);
export const isDerived = (name: string): name is DerivedReducerName => Object.hasOwn(derived, name);
export const isReductionName = (name: string): name is ReductionName =>
  isReducerName(name) || isDerived(name);

export const isPositional = (by: ReducerName): by is PositionReducerName => reducers[by].kind === 'position';

/** Whether it takes truth values and gives one. */
export const isLogical = (by: ReducerName): boolean => reducers[by].result('bool') === 'bool';

/** How the cotangent of a result reaches the elements; a position does not change with them. */
export function gradientOf(by: ReducerName): GradientRule<PositionReducerName> {
  const reducer = reducers[by];
  return reducer.kind === 'value' ? reducer.gradient : { to: 'none' };
}

const largestFloat = 3.4028234663852886e38;

/** The ends of each type. They stand for the infinities, which integers do not have and a device may not keep. */
const ends: Readonly<Record<DType, readonly [number, number]>> = {
  f32: [-largestFloat, largestFloat],
  i32: [-2_147_483_648, 2_147_483_647],
  u32: [0, 4_294_967_295],
  bool: [0, 1],
};

/** A number as near as its type comes to it: an infinity is the end. */
export function withinEnds(value: number, dtype: DType): number {
  const [low, high] = ends[dtype];
  return Math.min(high, Math.max(low, value));
}

/**
 * What a reduction over nothing gives in this type, and what an element that takes no part counts as. Over nothing
 * a position is 0.
 */
export const identityOf = (by: ReducerName, dtype: DType): number => withinEnds(reducers[by].identity, dtype);
