/** Values of repeated trainings in, their mean and deviation out. */
import { numberText, type Values } from '../terminal/progress.ts';

export interface Spread {
  readonly mean: number;
  /** The square root of the variance, divided by one less than there are; 0 of one alone. */
  readonly deviation: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 };
}

/** Of each value that all of them have. */
export const spreadsOf = (list: readonly Values[]): ReadonlyMap<string, Spread> =>
  new Map(
    [...(list[0]?.keys() ?? [])]
      .filter((name) => list.every((values) => values.has(name)))
      .map((name) => [name, spreadOf(list.map((values) => values.get(name)!))] as const),
  );

export const spreadText = ({ mean, deviation }: Spread): string =>
  `${numberText(mean)} ± ${numberText(deviation)}`;
