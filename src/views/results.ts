/** What a run gave, as people and programs see it. */
import type { ResultRole } from '../../compiler/ir/graph.ts';
import type { Tensor } from '../../runtime/tensor.ts';

export interface Result {
  readonly name: string;
  readonly role: ResultRole;
  readonly tensor: Tensor;
  /** Of an output that tells classes apart. */
  readonly guesses?: Guesses;
}

export interface Guesses {
  /** Whose classes they are. */
  readonly target: string;
  /** Names of classes, in the order of the scores of a sample; of a single score, that of what it is for. */
  readonly names: readonly string[];
  /** Scores are parts of 1. */
  readonly isShare: boolean;
  /** A sample each. */
  readonly rows: readonly {
    /** What it was read from, where each sample is a file. */
    readonly file?: string;
    /** The class that the data say. */
    readonly is?: string;
    /** Up to three, the highest score first. */
    readonly best: readonly { readonly name: string; readonly score: number }[];
  }[];
}

const mostGuesses = 3;

/** `nameOf` gives a class its name; a single score is for class 1 against class 0. */
export function guessesOf(
  target: string,
  { shape, data }: Tensor,
  nameOf: (code: number) => string,
  files: readonly string[] | undefined,
  classes: ArrayLike<number> | undefined,
): Guesses {
  const samples = shape[0]!;
  const width = shape.length === 1 ? 1 : data.length / samples;
  const rows = Array.from({ length: samples }, (_, row) => {
    const own = Array.from(data.subarray(row * width, (row + 1) * width));
    return width === 1 ? [1 - own[0]!, own[0]!] : own;
  });
  const isShare = rows.every(
    (row) => Math.abs(row.reduce((sum, p) => sum + p, 0) - 1) < 1e-3 && row.every((p) => p >= 0),
  );
  return {
    target,
    names: width === 1 ? [nameOf(1)] : Array.from({ length: width }, (_, code) => nameOf(code)),
    isShare,
    rows: rows.map((scores, row) => ({
      ...(files && { file: files[row]! }),
      ...(classes && { is: nameOf(classes[row]!) }),
      best: scores
        .map((score, code) => ({ name: nameOf(code), score }))
        .sort((a, b) => b.score - a.score)
        .slice(0, mostGuesses),
    })),
  };
}

/** Nested lists, as deep as the shape; `NaN` and infinities are texts, which JSON has no numbers for. */
export function nestedValues({ shape, data }: Tensor): unknown {
  const at = (axis: number, from: number, size: number): unknown => {
    if (axis === shape.length) return Number.isFinite(data[from]!) ? data[from]! : String(data[from]!);
    const part = size / shape[axis]!;
    return Array.from({ length: shape[axis]! }, (_, k) => at(axis + 1, from + k * part, part));
  };
  return at(0, 0, data.length);
}
