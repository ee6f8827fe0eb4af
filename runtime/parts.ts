/**
 * The programs of a training's step and a data set in, what each of them takes from it and what they log together out.
 *
 * A step runs its parts in order, each as many times as it says. It takes a block of samples from the order of the epoch:
 * run i of a part has the i-th batch of the block, so that parts that run once see the same samples, and the runs of
 * one part different ones.
 */
import type { Batches, Dataset } from './batches.ts';
import { bindDataset } from './batches.ts';
import { DataError } from './errors.ts';
import type { TraceRow } from './executor.ts';
import { elementCount } from './extents.ts';
import type { ResultSpec } from './program.ts';
import { partKey } from './random.ts';
import type { Runner, StepScalars } from './runner.ts';

export interface PartOptions {
  /** Its inputs have `batch` as their first extent. */
  readonly runner: Runner;
  readonly batch: number;
  /** How often it runs in one step of the training. */
  readonly steps: number;
}

/** One run of a part. */
export interface PartRun {
  readonly part: number;
  readonly scalars: Required<StepScalars>;
  /** Gives a runner of a program with the same inputs what this run takes; `fixed`: what is the same for all runs too. */
  readonly feed: (runner: Runner, fixed: boolean) => void;
}

export interface Parts {
  /** Samples in the data set. */
  readonly count: number;
  /** Samples that one step takes. */
  readonly block: number;
  /** Runs of the parts in step `step` of an epoch, which is the `number`-th of all, in order; the first epoch is 1. */
  runsOf(step: number, number: number, epoch: number, order: Uint32Array | undefined): Iterable<PartRun>;
}

export function bindParts(
  parts: readonly PartOptions[],
  dataset: Dataset,
  { seed, finite }: { readonly seed: number; readonly finite: boolean },
): Parts {
  const taken = new Set(parts.flatMap(({ runner }) => runner.program.inputs.map(({ name }) => name)));
  const unknown = [...dataset.keys()].filter((name) => !taken.has(name));
  if (unknown.length > 0) {
    throw new DataError(
      `the training has no input ${unknown.join(', ')}; it takes ${[...taken].join(', ') || 'none'}`,
    );
  }
  const bound = parts.map(({ runner, batch }): Batches => {
    const own = runner.program.inputs.map(({ name }) => name);
    const data = new Map([...dataset].filter(([name]) => own.includes(name)));
    return bindDataset(runner.program, data, batch, finite);
  });
  const sampling = parts.filter((_, k) => bound[k]!.sampled);
  const counts = new Set(bound.filter(({ sampled }) => sampled).map(({ count }) => count));
  if (counts.size > 1)
    throw new DataError(`the data differ in the number of samples: ${[...counts].join(' and ')}`);
  const [known] = counts;
  const block = blockOf(sampling.length > 0 ? sampling : parts, known);
  const count = known ?? block;
  for (const [k, { runner }] of parts.entries()) bound[k]!.writeFixed(runner);
  return {
    count,
    block,
    *runsOf(step, number, epoch, order) {
      for (const [part, { batch, steps }] of parts.entries()) {
        for (let i = 0; i < steps; i++) {
          const own = (number - 1) * steps + i + 1;
          yield {
            part,
            scalars: { step: own, epoch, key: partKey(seed, part, own) },
            feed(runner, fixed) {
              if (fixed) bound[part]!.writeFixed(runner);
              bound[part]!.write(runner, step * block + (batch === count ? 0 : i * batch), order);
            },
          };
        }
      }
    },
  };
}

/** Samples that one step of these takes, of `count`; a part that takes all of them takes the same in each of its runs. */
export const blockOf = (
  parts: readonly Pick<PartOptions, 'batch' | 'steps'>[],
  count: number | undefined,
): number => Math.max(...parts.map(({ batch, steps }) => (batch === count ? batch : batch * steps)));

/** What a step logs: the scalars of its parts, each as the last of its runs found them. */
export interface PartsTrace {
  readonly specs: readonly ResultSpec[];
  /** The rows of the training's steps that are complete, in order. */
  take(): readonly TraceRow[];
  flush(): Promise<void>;
  close(): void;
}

/** `every`: steps of the training between two read-backs. */
export function traceParts(parts: readonly PartOptions[], every: number): PartsTrace {
  const traced = parts.flatMap(({ runner, steps }) => {
    const specs = runner.program.results.filter(
      ({ role, shape }) => role !== 'output' && role !== 'gradient' && elementCount(shape) === 1,
    );
    if (specs.length === 0) return [];
    const names = specs.map(({ name }) => name);
    return [{ specs, steps, trace: runner.trace(names, every * steps), waiting: [] as TraceRow[] }];
  });
  return {
    specs: traced.flatMap(({ specs }) => specs),
    take() {
      for (const { trace, steps, waiting } of traced)
        waiting.push(...trace.take().filter(({ step }) => step % steps === 0));
      const complete = Math.min(...traced.map(({ waiting }) => waiting.length));
      if (!Number.isFinite(complete)) return [];
      const rows = traced.map(({ waiting }) => waiting.splice(0, complete));
      return Array.from({ length: complete }, (_, k) => ({
        step: rows[0]![k]!.step / traced[0]!.steps,
        values: rows.flatMap((own) => own[k]!.values),
      }));
    },
    flush: async () => void (await Promise.all(traced.map(({ trace }) => trace.flush()))),
    close() {
      for (const { trace } of traced) trace.close();
    },
  };
}
