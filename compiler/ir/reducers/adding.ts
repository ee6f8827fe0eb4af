/** Reductions that add up, for algebra on formulas: a mean is a sum of which each element counts 1/n. */
import type { ReducerName } from '../reducers.ts';

export const average = 'mean';

export const addsUp = (by: ReducerName | typeof average): boolean => by === 'sum' || by === average;

/** What to reduce by, and what the result is multiplied by. */
export const asSum = (
  by: ReducerName | typeof average,
  points: number,
): { readonly by: ReducerName; readonly weight: number } =>
  by === average ? { by: 'sum', weight: 1 / points } : { by, weight: 1 };
