/**
 * The programs of a step and a data set come in; trained parameters stay in the session, a history goes out.
 *
 * Everything that is random depends on the seed and the position alone: the order of an epoch on (seed,
 * epoch), the key of a run on (seed, part, step). So a training that starts where another one stopped gives the
 * same bits as one that was never interrupted.
 */

import type { Dataset } from './batches.ts';
import { DataError, TrainingError } from './errors.ts';
import type { TraceRow } from './executor.ts';
import { bindParts, type PartOptions, traceParts } from './parts.ts';
import { drawn, shuffle } from './random.ts';
import type { Runner, StepScalars } from './runner.ts';

/** Epochs that are done, and steps that are done in the next one. */
export interface Position {
  readonly epoch: number;
  readonly step: number;
}

/** A new order each epoch; samples drawn one by one from all of them; or those of the data, in their order. */
export type Order = 'shuffled' | 'drawn' | 'kept';

export interface TrainOptions {
  /** What a step runs, in order. */
  readonly parts: readonly PartOptions[];
  readonly dataset: Dataset;
  readonly epochs: number;
  /** Ends after so many steps in all, where that is before the epochs are done. */
  readonly steps?: number;
  readonly seed: number;
  /** Which samples an epoch takes, and in which order. Default `shuffled`. */
  readonly order?: Order;
  /** Where to go on. Default: the beginning. */
  readonly start?: Position;
  /** Steps between two read-backs of losses and metrics. Default 10. */
  readonly reportEvery?: number;
  /** Refuse NaN and infinity in the data. Default true. */
  readonly finite?: boolean;
  readonly onProgress?: (progress: Progress) => void;
  /** Losses, metrics and rates of single steps, some steps later, in order: all that is read back anyway. */
  readonly onSteps?: (steps: StepValues) => void;
  /** Before each run of a part, with what gives its batch to another runner: the place to look at its numbers. */
  readonly beforeStep?: (step: StepAhead) => Promise<void>;
  /** After each whole epoch: the place to evaluate and to save. */
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
  /** Asked after `onEpoch`: whether this epoch was the last. */
  readonly ends?: (report: EpochReport) => boolean;
  /** Stops between two steps. */
  readonly signal?: AbortSignal;
}

export interface StepValues {
  readonly names: readonly string[];
  /** Whether a column is a scheduled rate. */
  readonly scheduled: readonly boolean[];
  readonly stepsPerEpoch: number;
  readonly rows: readonly TraceRow[];
}

export interface StepAhead {
  /** From 1. */
  readonly epoch: number;
  /** From 1, since the very beginning. */
  readonly step: number;
  /** Which of the parts is about to run, from 0, and with what. */
  readonly part: number;
  readonly scalars: StepScalars;
  readonly feed: (runner: Runner) => void;
}

export interface Progress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Losses and metrics: means over the last `reportEvery` steps that were read back. */
  readonly values: ReadonlyMap<string, number>;
  /** What a schedule gave at the last step that was read back: `lr`. */
  readonly rates: ReadonlyMap<string, number>;
  /** Counts the steps that were read back; 0 before the first. */
  readonly samplesPerSecond: number;
}

export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done since the very beginning. */
  readonly step: number;
  /** Where to go on. */
  readonly position: Position;
  /** Means over this epoch's steps (those since the start, where the training started within it). */
  readonly values: ReadonlyMap<string, number>;
  /** What a schedule gave at the last step: `lr`. */
  readonly rates: ReadonlyMap<string, number>;
  readonly seconds: number;
}

export interface Training {
  readonly history: readonly EpochReport[];
  /** Where to go on. */
  readonly position: Position;
  /** False where the signal stopped it. */
  readonly finished: boolean;
}

/** The steps of an epoch, at least one, where each takes a block of samples. */
export function stepsOf(samples: number, block: number): number {
  if (samples >= block) return Math.floor(samples / block);
  throw new DataError(`${samples} samples do not fill one batch of ${block}: choose a smaller batch`);
}

/**
 * Trains until `epochs` are done. Each epoch has floor(samples / block) steps: samples that do not fill a block
 * are left out, other ones each epoch if the order is shuffled.
 */
export async function train(options: TrainOptions): Promise<Training> {
  const { parts, epochs, seed, onProgress, onEpoch, signal } = options;
  const bound = bindParts(parts, options.dataset, { seed, finite: options.finite ?? true });
  const { block } = bound;
  const stepsPerEpoch = stepsOf(bound.count, block);
  const start = options.start ?? { epoch: 0, step: 0 };
  if (start.step < 0 || start.step > stepsPerEpoch || start.epoch < 0) {
    throw new DataError(
      `cannot start at epoch ${start.epoch}, step ${start.step}: an epoch has ${stepsPerEpoch} steps`,
    );
  }
  const reportEvery = Math.min(options.reportEvery ?? 10, stepsPerEpoch);
  const trace = traceParts(parts, reportEvery);
  const names = trace.specs.map(({ name }) => name);
  const losses = trace.specs.map(({ role }) => role === 'loss');
  const scheduled = trace.specs.map(({ role }) => role === 'value');
  const history: EpochReport[] = [];
  let recent: readonly TraceRow[] = [];
  let values: ReadonlyMap<string, number> = new Map();
  let rates: ReadonlyMap<string, number> = new Map();
  const most = options.steps ?? Number.POSITIVE_INFINITY;
  const ended = (position: Position): Training => ({ history, position, finished: true });
  try {
    for (let epoch = start.epoch; epoch < epochs; epoch++) {
      const last = Math.min(stepsPerEpoch, most - epoch * stepsPerEpoch);
      if (last <= (epoch === start.epoch ? start.step : 0) && last < stepsPerEpoch)
        return ended({ epoch, step: Math.max(0, last) });
      const order = orderOf(options.order ?? 'shuffled', bound.count, seed, epoch);
      const whole: TraceRow[] = [];
      const began = performance.now();
      const first = epoch === start.epoch ? start.step : 0;
      const take = () => {
        const rows = trace.take();
        if (rows.length === 0) return;
        for (const row of rows) checkFinite(names, losses, row, stepsPerEpoch);
        options.onSteps?.({ names, scheduled, stepsPerEpoch, rows });
        whole.push(...rows);
        recent = [...recent, ...rows].slice(-reportEvery);
        values = meansOf(names, scheduled, recent);
        rates = ratesOf(names, scheduled, rows.at(-1)!);
      };
      for (let step = first; step < last; step++) {
        if (signal?.aborted) {
          await trace.flush();
          take();
          return { history, position: { epoch, step }, finished: false };
        }
        const number = epoch * stepsPerEpoch + step + 1;
        for (const { part, scalars, feed } of bound.runsOf(step, number, epoch + 1, order)) {
          await options.beforeStep?.({
            epoch: epoch + 1,
            step: number,
            part,
            scalars,
            feed: (other) => feed(other, true),
          });
          const { runner } = parts[part]!;
          feed(runner, false);
          await runner.run(scalars);
        }
        take();
        const seconds = (performance.now() - began) / 1000;
        onProgress?.({
          epoch: epoch + 1,
          epochs,
          step: step + 1,
          stepsPerEpoch,
          values,
          rates,
          samplesPerSecond: (whole.length * block) / seconds,
        });
      }
      await trace.flush();
      take();
      const report: EpochReport = {
        epoch: epoch + 1,
        epochs,
        step: epoch * stepsPerEpoch + last,
        position: last < stepsPerEpoch ? { epoch, step: last } : { epoch: epoch + 1, step: 0 },
        values: meansOf(names, scheduled, whole),
        rates,
        seconds: (performance.now() - began) / 1000,
      };
      history.push(report);
      await onEpoch?.(report);
      if (options.ends?.(report)) return ended(report.position);
    }
    return ended({ epoch: Math.max(epochs, start.epoch), step: 0 });
  } finally {
    trace.close();
  }
}

function orderOf(order: Order, count: number, seed: number, epoch: number): Uint32Array | undefined {
  switch (order) {
    case 'shuffled':
      return shuffle(count, seed, epoch);
    case 'drawn':
      return drawn(count, seed, epoch);
    case 'kept':
      return undefined;
  }
  return order satisfies never;
}

function checkFinite(
  names: readonly string[],
  losses: readonly boolean[],
  { step, values }: TraceRow,
  stepsPerEpoch: number,
): void {
  const bad = values.findIndex((value, i) => losses[i] && !Number.isFinite(value));
  if (bad < 0) return;
  const epoch = Math.ceil(step / stepsPerEpoch);
  throw new TrainingError(
    `${names[bad]} is ${values[bad]} at step ${step} (epoch ${epoch}): training cannot go on; ` +
      'a smaller learning rate often helps',
    step,
    names[bad]!,
  );
}

/** The mean of each column but those of schedules; empty where there are no rows. */
function meansOf(
  names: readonly string[],
  scheduled: readonly boolean[],
  rows: readonly TraceRow[],
): ReadonlyMap<string, number> {
  if (rows.length === 0) return new Map();
  const mean = (k: number) => rows.reduce((sum, { values }) => sum + values[k]!, 0) / rows.length;
  return new Map(names.flatMap((name, k) => (scheduled[k] ? [] : [[name, mean(k)] as const])));
}

const ratesOf = (
  names: readonly string[],
  scheduled: readonly boolean[],
  { values }: TraceRow,
): ReadonlyMap<string, number> =>
  new Map(names.flatMap((name, k) => (scheduled[k] ? [[name, values[k]!] as const] : [])));
