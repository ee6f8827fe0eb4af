/** How many samples are held out, and which: a part of them, or one fold of several. The seed decides, and nothing else. */
import { splitOrder } from '../../runtime/random.ts';
import { UsageError } from '../terminal/failure.ts';
import type { Dataset } from './dataset.ts';

export type Holding =
  | { readonly kind: 'part'; readonly part: number }
  /** `fold` counts from 1. */
  | { readonly kind: 'fold'; readonly fold: number; readonly of: number };

export const holdingText = (holding: Holding | undefined): string => {
  switch (holding?.kind) {
    case undefined:
      return '';
    case 'part':
      return String(holding.part);
    case 'fold':
      return `fold ${holding.fold} of ${holding.of}`;
  }
  return holding satisfies never;
};

/** Positions in the order of the split: from, and before. */
function heldRange(count: number, holding: Holding): readonly [number, number] {
  switch (holding.kind) {
    case 'part':
      return [0, Math.max(1, Math.round(holding.part * count))];
    case 'fold':
      return [holding.fold - 1, holding.fold].map((k) => Math.floor((k * count) / holding.of)) as [
        number,
        number,
      ];
  }
  return holding satisfies never;
}

/** How many of so many samples are held out. */
export function heldCount(count: number, holding: Holding | undefined): number {
  if (holding === undefined) return 0;
  const [from, end] = heldRange(count, holding);
  if (end > from && end - from < count) return end - from;
  throw new UsageError(
    holding.kind === 'fold'
      ? `--folds ${holding.of}: there are ${count} samples, and a fold needs one`
      : `validate ${holding.part}: of ${count} ${count === 1 ? 'sample' : 'samples'} none would be left to train with`,
  );
}

export interface Split {
  readonly training: Dataset;
  readonly held: Dataset;
}

/** Both in the order of the data. */
export function splitDataset(dataset: Dataset, holding: Holding, seed: number): Split {
  const { count } = dataset;
  const [from, end] = heldRange(count, holding);
  const isHeld = new Uint8Array(count);
  for (const row of splitOrder(count, seed).subarray(from, end)) isHeld[row] = 1;
  const rows = Uint32Array.from({ length: count }, (_, k) => k);
  return {
    training: withRows(
      dataset,
      rows.filter((row) => isHeld[row] === 0),
    ),
    held: withRows(
      dataset,
      rows.filter((row) => isHeld[row] === 1),
    ),
  };
}

/** The samples of these rows. */
function withRows({ inputs, sampled, count }: Dataset, rows: Uint32Array): Dataset {
  return {
    inputs: new Map(
      [...inputs].map(([name, tensor]) => {
        if (!sampled.includes(name)) return [name, tensor];
        const { dtype, shape, data } = tensor;
        const size = data.length / count;
        const chosen = data.slice(0, rows.length * size);
        rows.forEach((row, k) => void chosen.set(data.subarray(row * size, (row + 1) * size), k * size));
        return [name, { dtype, shape: [rows.length, ...shape.slice(1)], data: chosen }];
      }),
    ),
    sampled,
    count: rows.length,
  };
}
