/** What the report of a training shows: numbers in, summaries of them out. */
import type { Chart } from './chart.ts';

export const bins = 40;

/** Numbers of one tensor at one time. */
export interface Summary {
  readonly epoch: number;
  /** Euclidean. */
  readonly norm: number;
  readonly least: number;
  readonly most: number;
  /** Of `bins` equal parts between the least and the most; sums to 1. */
  readonly histogram: readonly number[];
}

export interface ParameterHistory {
  readonly path: string;
  readonly shape: readonly number[];
  readonly weights: readonly Summary[];
  readonly gradients: readonly Summary[];
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** 1 or 3. */
  readonly channels: number;
  /** Channel by channel, rows from the top. */
  readonly values: readonly number[];
}

export interface Example {
  readonly sample: number;
  readonly target: number;
  readonly predicted: number;
  /** What the model gives the target. */
  readonly probability: number;
  /** Absent where the input does not look like an image: then the numbers themselves. */
  readonly picture: Picture | undefined;
  readonly values: readonly number[];
}

export interface Classification {
  /** Which samples: `held-out` or `training`. */
  readonly of: string;
  readonly samples: number;
  /** What each class is called, in the order of their numbers. */
  readonly names: readonly string[];
  /** Row: what it is; column: what the model says. */
  readonly confusion: readonly (readonly number[])[];
  /** Those whose target got the least, the worst first. */
  readonly worst: readonly Example[];
}

export interface ReportData {
  readonly model: string;
  readonly file: string;
  readonly source: string;
  readonly facts: readonly (readonly [string, string])[];
  /** A loss or metric each, in training and on held-out data. */
  readonly charts: readonly Chart[];
  readonly rates: Chart | undefined;
  readonly parameters: readonly ParameterHistory[];
  readonly classification: Classification | undefined;
  readonly filters: { readonly path: string; readonly pictures: readonly Picture[] } | undefined;
}

export function summaryOf(epoch: number, data: ArrayLike<number>): Summary {
  let squares = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < data.length; k++) {
    const x = data[k]!;
    squares += x * x;
    least = Math.min(least, x);
    most = Math.max(most, x);
  }
  const counts = new Array<number>(bins).fill(0);
  const width = (most - least) / bins;
  for (let k = 0; k < data.length; k++) {
    const bin = width > 0 ? Math.min(bins - 1, Math.floor((data[k]! - least) / width)) : 0;
    counts[bin]! += 1 / data.length;
  }
  return { epoch, norm: Math.sqrt(squares), least, most, histogram: counts };
}

/** How a sample or a filter of this shape is shown as a picture; undefined where it does not look like one. */
export function pictureShape(
  shape: readonly number[],
): Pick<Picture, 'width' | 'height' | 'channels'> | undefined {
  const [a, b, c] = shape;
  if (shape.length === 1) {
    for (const channels of [1, 3]) {
      const side = Math.sqrt(a! / channels);
      if (Number.isInteger(side) && side >= 4) return { width: side, height: side, channels };
    }
    return undefined;
  }
  if (shape.length === 2 && a! >= 3 && b! >= 3) return { width: b!, height: a!, channels: 1 };
  if (shape.length === 3 && (a === 1 || a === 3)) return { width: c!, height: b!, channels: a };
  return undefined;
}

/** The classes that the rows of `scores` point at, and what each target gets: rows are made probabilities. */
export function classify(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  classes: number,
): { readonly predicted: readonly number[]; readonly probabilities: readonly number[] } {
  const count = targets.length;
  const predicted: number[] = [];
  const probabilities: number[] = [];
  for (let b = 0; b < count; b++) {
    const row = Array.from({ length: classes }, (_, c) => scores[b * classes + c]!);
    const sum = row.reduce((total, x) => total + x, 0);
    const isDistribution = Math.abs(sum - 1) < 1e-3 && row.every((x) => x >= 0);
    const highest = Math.max(...row);
    const exponentials = row.map((x) => Math.exp(x - highest));
    const total = exponentials.reduce((all, x) => all + x, 0);
    const distribution = isDistribution ? row : exponentials.map((x) => x / total);
    predicted.push(row.indexOf(highest));
    probabilities.push(distribution[targets[b]!] ?? 0);
  }
  return { predicted, probabilities };
}

export function confusionOf(
  targets: ArrayLike<number>,
  predicted: readonly number[],
  classes: number,
): readonly (readonly number[])[] {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  predicted.forEach((p, b) => {
    const row = counts[targets[b]!];
    if (row) row[p]! += 1;
  });
  return counts;
}
