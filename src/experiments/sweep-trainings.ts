/** The trainings of a sweep that are done, in a file: written after each, and read again where a sweep goes on. */
import { createHash } from 'node:crypto';
import { DataError } from '../../runtime/errors.ts';
import type { Parsed } from '../model/checked-model.ts';
import { UsageError } from '../terminal/failure.ts';
import { checkWritable, readTextFile, writeFileAtomic } from '../terminal/files.ts';
import type { Values } from '../terminal/progress.ts';
import type { EpochValues } from '../training/training.ts';
import type { DoneTrainings, Point, Run, SweepOptions } from './sweep.ts';

/** What all trainings of a file have in common: else they would not be points of one table. */
type Course = Readonly<Record<string, string>>;

interface Saved {
  readonly course: Course;
  /** By `keyOf`. */
  readonly trainings: ReadonlyMap<string, Run>;
}

/** The place is written to at once, so that hours are not spent for nothing. */
export function doneTrainings(
  file: string,
  parsed: Parsed,
  options: Omit<SweepOptions, 'axes' | 'seeds'>,
): DoneTrainings {
  const course = courseOf(parsed, options);
  const trainings = new Map(options.resume ? savedIn(file, course) : []);
  checkWritable(file);
  return {
    find: (point, seed) => trainings.get(keyOf(point, seed)),
    add: (point, run) => {
      trainings.set(keyOf(point, run.seed), run);
      writeFileAtomic(file, textOf({ course, trainings }));
    },
  };
}

/** The same for a point whose axes are named in another order. */
const keyOf = (point: Point, seed: number): string =>
  [...[...point].map(([name, value]) => `${name}=${value}`).sort(), `seed=${seed}`].join(' ');

const courseOf = (
  { main, used }: Parsed,
  {
    model,
    data,
    eval: held,
    standardize,
    epochs,
    batch,
    limit,
    shuffle,
  }: Parameters<typeof doneTrainings>[2],
): Course => {
  const texts = [main, ...used].map(({ source }) => source.text);
  const shown = (named: ReadonlyMap<string, string>): string =>
    [...named]
      .map(([name, text]) => `${name}=${text}`)
      .sort()
      .join(' ');
  return {
    'the text': createHash('sha256').update(JSON.stringify(texts)).digest('hex'),
    '--model': model ?? '',
    '--data': shown(data),
    '--eval': shown(held),
    '--standardize': [...standardize].sort().join(),
    '--epochs': String(epochs ?? ''),
    '--batch': String(batch ?? ''),
    '--limit': String(limit ?? ''),
    '--shuffle': String(shuffle),
  };
};

function savedIn(file: string, course: Course): ReadonlyMap<string, Run> {
  const { course: before, trainings } = readSaved(file);
  for (const [name, now] of Object.entries(course)) {
    const then = before[name];
    if (then === now) continue;
    const what =
      name === 'the text'
        ? 'the text of the model has changed since it was saved'
        : `the saved trainings have ${name} ${then || 'none'}, these ${now || 'none'}`;
    throw new UsageError(
      `--resume: ${what}\n  hint: without --resume, or with another --save, all are trained anew`,
    );
  }
  return trainings;
}

// ---------------------------------------------------------------- text

/** JSON has no word for what is not finite. */
const textOf = (saved: Saved): string =>
  `${JSON.stringify(saved, (_, value: unknown) => {
    if (value instanceof Map) return Object.fromEntries(value);
    return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  })}\n`;

function readSaved(file: string): Saved {
  try {
    const { course, trainings } = objectOf(JSON.parse(readTextFile(file)));
    return {
      course: Object.fromEntries(
        Object.entries(objectOf(course)).map(([name, text]) => [name, String(text)]),
      ),
      trainings: new Map(Object.entries(objectOf(trainings)).map(([key, run]) => [key, runOf(run)])),
    };
  } catch (failure) {
    if (failure instanceof DataError) throw failure;
    throw new DataError(
      `${file} holds no trainings of a sweep\n  hint: nnc sweep --save ${file} writes them`,
    );
  }
}

const objectOf = (data: unknown): Readonly<Record<string, unknown>> => {
  if (typeof data !== 'object' || data === null) throw new TypeError('no object');
  return { ...data };
};

const valuesOf = (data: unknown): Values =>
  new Map(Object.entries(objectOf(data)).map(([name, value]) => [name, Number(value)]));

function runOf(data: unknown): Run {
  const { seed, diverged, training, evaluation, epochs } = objectOf(data);
  return {
    seed: Number(seed),
    diverged: diverged === true,
    training: valuesOf(training),
    evaluation: valuesOf(evaluation),
    epochs: Object.values(objectOf(epochs)).map(epochOf),
  };
}

function epochOf(data: unknown): EpochValues {
  const { epoch, training, evaluation } = objectOf(data);
  return {
    epoch: Number(epoch),
    training: valuesOf(training),
    evaluation: evaluation === undefined ? undefined : valuesOf(evaluation),
  };
}
