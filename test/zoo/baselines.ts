/** What anybody reaches without learning, counted in the data. */
import { parseDataSpec } from '../../runtime/data/spec.ts';
import { readDataFile } from '../../src/tensor-files.ts';

const column = (spec: string): readonly number[] =>
  Array.from(readDataFile(parseDataSpec(spec)).tensor.data as ArrayLike<number>, Number);

/** The share of the class that most rows have. */
export const majority = (spec: string) => (): number => {
  const values = column(spec);
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(...counts.values()) / values.length;
};
