/** Arrays of numbers as tests compute with them: a shape and a function of the position in, values out, with no compiler. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';

export type Position = readonly number[];

export const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** All positions of a shape, row-major. */
export function positionsOf(shape: readonly number[]): readonly Position[] {
  return shape.reduce<readonly Position[]>(
    (positions, extent) =>
      positions.flatMap((position) => Array.from({ length: extent }, (_, k) => [...position, k])),
    [[]],
  );
}

export const array = (shape: readonly number[], at: (position: Position) => number): Tensor64 => ({
  shape,
  data: Float64Array.from(positionsOf(shape), at),
});

/** An element; a position outside is a mistake of the test. */
export function element({ shape, data }: Tensor64, position: Position): number {
  const outside = position.length !== shape.length || position.some((at, k) => !(at >= 0 && at < shape[k]!));
  if (outside) throw new RangeError(`[${position.join(', ')}] is not in [${shape.join(', ')}]`);
  return data[position.reduce((flat, at, k) => flat * shape[k]! + at, 0)]!;
}

/** The list with another item at a place. */
export const replaced = <T>(list: readonly T[], at: number, item: T): readonly T[] =>
  list.map((old, k) => (k === at ? item : old));

/** The list without the item at a place. */
export const without = <T>(list: readonly T[], at: number): readonly T[] => list.filter((_, k) => k !== at);

/** The list with one more item at a place. */
export const inserted = <T>(list: readonly T[], at: number, item: T): readonly T[] => [
  ...list.slice(0, at),
  item,
  ...list.slice(at),
];
