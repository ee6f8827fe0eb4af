/** A model, values for its parameters, recipes and seeds in; a training for each combination, and means and deviations over the seeds, out. */

import { meant } from '../../compiler/check/problems/suggest.ts';
import type { SettingValue } from '../../compiler/check/typed.ts';
import { TrainingError } from '../../runtime/errors.ts';
import { type Spread, spreadsOf } from '../data/spread.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { UsageError } from '../terminal/failure.ts';
import { numberText, type Values } from '../terminal/progress.ts';
import { type EpochValues, trainModel } from '../training/training.ts';

/** What differs: a parameter of the model with the values that it takes, or `recipe` with names. */
export interface Axis {
  readonly name: string;
  readonly values: readonly (SettingValue | string)[];
}

export type Point = ReadonlyMap<string, SettingValue | string>;

/** One training. */
export interface Run {
  readonly seed: number;
  /** Whether a loss became no finite number: then there are no values. */
  readonly diverged: boolean;
  readonly training: Values;
  readonly evaluation: Values;
  readonly epochs: readonly EpochValues[];
}

/** One combination. */
export interface Row {
  readonly point: Point;
  readonly runs: readonly Run[];
  /** Over the runs that did not diverge; held-out values are `eval.loss`. */
  readonly values: ReadonlyMap<string, Spread>;
}

export interface Sweep {
  readonly axes: readonly Axis[];
  readonly rows: readonly Row[];
  readonly finished: boolean;
}

export interface SweepOptions extends Omit<TrainingOptions, 'set' | 'recipe' | 'seed' | 'save'> {
  readonly axes: readonly Axis[];
  readonly seeds: number;
}

/** Trainings that are done, also those of an earlier sweep that is gone on with. */
export interface DoneTrainings {
  readonly find: (point: Point, seed: number) => Run | undefined;
  readonly add: (point: Point, run: Run) => void;
}

const none: DoneTrainings = { find: () => undefined, add: () => {} };

const recipeAxis = 'recipe';

/** All combinations; the last axis changes fastest. */
export const pointsOf = (axes: readonly Axis[]): readonly Point[] =>
  axes.reduce<readonly Point[]>(
    (points, { name, values }) =>
      points.flatMap((point) => values.map((value) => new Map([...point, [name, value]]))),
    [new Map()],
  );

export const pointText = (point: Point): string =>
  [...point].map(([name, value]) => (name === recipeAxis ? String(value) : `${name}=${value}`)).join(' ');

export const recipesAxis = (names: readonly string[]): Axis => ({ name: recipeAxis, values: names });

/** `onRow` is told what there is after each combination; what is done already is not trained again. */
export async function sweep(
  file: string,
  { axes, seeds, resume: _, ...options }: SweepOptions,
  signal: AbortSignal,
  say: (text: string) => void,
  onRow: (sweep: Sweep) => void,
  done: DoneTrainings = none,
): Promise<Sweep> {
  const rows: Row[] = [];
  for (const point of pointsOf(axes)) {
    const runs: Run[] = [];
    for (let seed = 0; seed < seeds && !signal.aborted; seed++) {
      const known = done.find(point, seed);
      const run =
        known ?? (await runAt(file, { ...options, ...choiceAt(point), seed, resume: false }, signal));
      if (run === undefined) break;
      if (known === undefined) done.add(point, run);
      runs.push(run);
      say(`${pointText(point)} seed ${seed}: ${runText(run)}${known ? ' (done before)' : ''}`);
    }
    if (runs.length < seeds) break;
    const sound = runs.filter(({ diverged }) => !diverged);
    rows.push({ point, runs, values: spreadsOf(sound.map(valuesOf)) });
    onRow({ axes, rows, finished: false });
  }
  return { axes, rows, finished: !signal.aborted };
}

/** Undefined where it was interrupted. */
async function runAt(
  file: string,
  options: TrainingOptions & { readonly seed: number },
  signal: AbortSignal,
): Promise<Run | undefined> {
  const { seed } = options;
  try {
    const { finished, training, evaluation, epochs } = await trainModel(file, options, signal, () => {});
    return finished
      ? { seed, diverged: false, training, evaluation: evaluation ?? new Map(), epochs }
      : undefined;
  } catch (failure) {
    if (!(failure instanceof TrainingError)) throw failure;
    return { seed, diverged: true, training: new Map(), evaluation: new Map(), epochs: [] };
  }
}

function choiceAt(point: Point): Pick<TrainingOptions, 'set'> & { readonly recipe?: string } {
  const set = [...point].flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [[name, value] as const],
  );
  const recipe = point.get(recipeAxis);
  return { set: new Map(set), ...(typeof recipe === 'string' && { recipe }) };
}

const valuesOf = ({ training, evaluation }: Pick<Run, 'training' | 'evaluation'>): Values =>
  new Map([...training, ...[...evaluation].map(([name, value]) => [`eval.${name}`, value] as const)]);

const runText = (run: Run): string =>
  run.diverged
    ? 'diverged'
    : [...valuesOf(run)].map(([name, value]) => `${name} ${numberText(value)}`).join('  ');

/** What is drawn: the loss or metric that is wanted, or the first; the empty text as long as nothing has a value. */
export function quantityOf({ rows }: Sweep, wanted: string | undefined): string {
  const reported = rows.flatMap(({ values }) => [...values.keys()]);
  const known = [...new Set(reported.map((name) => name.replace(/^eval\./, '')))];
  if (wanted === undefined || known.length === 0) return known[0] ?? '';
  if (known.includes(wanted)) return wanted;
  throw new UsageError(`there is no loss or metric ${wanted}; ${meant(wanted, known)}`);
}
