/** What the zoo says of one file of `models/`: how it is run stands in the file, what must come out of it here. */

/** `eval.accuracy` of held-out data, `mistakes` of the training or of a run. */
export type ValueName = string;

export interface Goal {
  readonly value: ValueName;
  readonly is: 'at least' | 'at most';
  readonly goal: number;
}

/** What anybody reaches without learning: a number that is named, or a value that the file reports beside its figure. */
export interface Baseline {
  readonly name: string;
  readonly value: number | ValueName | (() => number);
}

/** An output of pictures, or of numbers for a chart, what it is made of, and what it shows. */
export interface Sheet {
  readonly output: string;
  readonly data?: string;
  readonly shows: string;
  readonly chart?: true;
}

export interface System {
  /** Below `models/`, without `.nn`. */
  readonly file: string;
  /** Options beside those of the command in the file, which make another row of it. */
  readonly variant?: string;
  /** The same for the commands before the last. */
  readonly earlier?: string;
  /** As a person reads it: `held-out accuracy`. */
  readonly figure: string;
  readonly goal: Goal;
  readonly baseline: Baseline;
  /** Why the goal is not reached, where it is not. */
  readonly reason?: string;
  /** Points of the plane that its two inputs span: docs/models.md shows what it says of the plane. */
  readonly plane?: string;
  /** docs/models.md has it, or them. */
  readonly sheet?: Sheet | readonly Sheet[];
  /** The text that it learns to write: docs/models.md has some of what it writes, and how many of the words are words. */
  readonly writes?: string;
  /** It trains two numbers: docs/models.md shows its loss over them, and the way that the training went. */
  readonly way?: true;
  /**
   * What CI runs in place of the whole: options that shorten it (and the commands before it), and what it must reach then: of the
   * same value, or of one that tells sooner whether it learns.
   */
  readonly short: { readonly options: string; readonly before?: string; readonly goal?: number | Goal };
}

export const nameOf = ({ file, variant }: Pick<System, 'file' | 'variant'>): string =>
  variant === undefined ? file : `${file} ${variant}`;

export const sheetsOf = ({ sheet = [] }: System): readonly Sheet[] => [sheet].flat();

export const reaches = ({ is, goal }: Goal, value: number): boolean =>
  is === 'at least' ? value >= goal : value <= goal;
