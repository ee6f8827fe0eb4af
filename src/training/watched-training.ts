/**
 * A model's file that is being written on in, its training out: each version that can be trained goes on from what the one
 * before has learned. While a version cannot, the one before goes on.
 */
import { TrainingError } from '../../runtime/errors.ts';
import type { Parsed } from '../model/checked-model.ts';
import { parseModel } from '../model/model.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { type FileTexts, nextChange } from '../terminal/file-changes.ts';
import { changed, keptText, type Reached } from './changed-training.ts';
import { type TrainingResult, trainPrepared } from './training.ts';
import { type Prepared, prepareTraining } from './training-prepared.ts';

export interface WatchView {
  readonly say: (text: string) => void;
  readonly fail: (failure: unknown) => void;
  /** Of each version whose epochs are over, and of the one that the signal stops. */
  readonly result: (result: TrainingResult) => void;
}

/** Ends by the signal alone, or where the first version cannot be trained. */
export async function trainWatched(
  file: string,
  options: TrainingOptions,
  signal: AbortSignal,
  view: WatchView,
): Promise<void> {
  const { say } = view;
  let parsed = parseModel(file);
  let version = prepareTraining(parsed, options, say);
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  try {
    for (let isFirst = true; ; isFirst = false) {
      const stop = new AbortController();
      const waiting = nextVersion(file, textsOf(parsed), options, version, over, view);
      void waiting.then(() => stop.abort());
      const until = AbortSignal.any([signal, stop.signal]);
      const { result, ...reached } = await trained(version, until, view, isFirst);
      if (result && (reached.over || signal.aborted)) view.result(result);
      if (!until.aborted) say(`waiting for a change of ${file}; Ctrl-C ends`);
      const next = await waiting;
      if (next === undefined) return;
      const begun = changed(version, reached, next.prepared);
      const where = reached.over ? 'its epochs begin again' : `on in epoch ${begun.start.position.epoch + 1}`;
      say(`${next.file} has changed: ${keptText(version, reached, begun)}; ${where}`);
      version = begun;
      parsed = next.parsed;
    }
  } finally {
    failed.abort();
  }
}

interface Version {
  /** Which file has changed. */
  readonly file: string;
  readonly parsed: Parsed;
  readonly prepared: Prepared;
}

/** The next text that can be trained; undefined where the signal came first. */
async function nextVersion(
  name: string,
  texts: FileTexts,
  options: TrainingOptions,
  { start }: Prepared,
  signal: AbortSignal,
  { say, fail }: WatchView,
): Promise<Version | undefined> {
  const { weights: _, ...rest } = options;
  let known = texts;
  for (;;) {
    const file = await nextChange(known, signal);
    if (file === undefined) return undefined;
    try {
      const parsed = parseModel(name);
      known = new Map([...known, ...textsOf(parsed)]);
      const prepared = prepareTraining(parsed, { ...rest, resume: false }, () => {}, start);
      return { file, parsed, prepared };
    } catch (failure) {
      fail(failure);
      say(`${file} cannot be trained as it is now: the version before stays`);
    }
  }
}

const textsOf = ({ main, used }: Parsed): FileTexts =>
  new Map([main, ...used].map(({ source: { name, text } }) => [name, text]));

/** Where the training fails, what it began with is what is reached. */
async function trained(
  version: Prepared,
  until: AbortSignal,
  { say, fail }: WatchView,
  isFirst: boolean,
): Promise<Reached & { readonly result?: TrainingResult }> {
  let values: Reached['values'] = new Map();
  try {
    const result = await trainPrepared(version, until, say, async ({ session }) => ({
      epoch: async () => {},
      finish: async () => {
        values = await session.export();
      },
    }));
    return { position: result.position, values, over: result.finished, result };
  } catch (failure) {
    // Of the first version, what is no matter of rates ends the command as it always does.
    if (isFirst && !(failure instanceof TrainingError)) throw failure;
    fail(failure);
    const { position, values: first } = version.start;
    return { position, values: first(), over: false };
  }
}
