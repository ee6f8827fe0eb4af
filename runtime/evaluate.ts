/**
 * An evaluation program and a data set come in; losses, metrics and outputs over the whole set go out.
 *
 * Full batches run one program; samples that are left run the same model compiled for their number.
 */

import type { Dataset } from './batches.ts';
import { bindDataset } from './batches.ts';
import { DataError } from './errors.ts';
import { elementCount } from './extents.ts';
import type { ResultSpec } from './program.ts';
import { stepKey } from './random.ts';
import type { Runner } from './runner.ts';
import type { Tensor, TypedArray } from './tensor.ts';
import { allocate } from './tensor.ts';

export interface EvaluateOptions {
  /** The evaluation program for a batch size; called for `batch`, and once more for what is left. */
  readonly runnerFor: (batch: number) => Promise<Runner>;
  readonly dataset: Dataset;
  /** The number of samples. Default: the first extent of the data set's first tensor. */
  readonly count?: number;
  readonly batch: number;
  /** Results to collect for all samples: their first extent is the batch. Default none. */
  readonly outputs?: readonly string[];
  /** Default 0. */
  readonly seed?: number;
  /** Refuse NaN and infinity in the data. Default true. */
  readonly finite?: boolean;
  /** Called after each batch with the samples done so far. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

export interface Evaluation {
  /** Samples evaluated; less than asked for only where the signal stopped it. */
  readonly count: number;
  /** Every scalar loss and metric. f32 values are means over samples, integer ones (counts) are sums. */
  readonly values: ReadonlyMap<string, number>;
  /** Metrics that are no scalars, put together in the same way, and the outputs asked for. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** Batches whose results may be on their way back at once. */
const readsInFlight = 3;

export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { outputs = [], signal } = options;
  const count = options.count ?? [...options.dataset.values()][0]?.shape[0] ?? 0;
  if (count === 0) throw new DataError('there are no samples to evaluate');
  const batch = Math.min(options.batch, count);
  const rest = count % batch;
  const collector = resultCollector(count, outputs);
  const pending: Promise<void>[] = [];
  let done = 0;
  const parts = [
    { size: batch, end: count - rest },
    { size: rest, end: count },
  ];
  for (const { size, end } of parts) {
    if (done === end || signal?.aborted) continue;
    const runner = await options.runnerFor(size);
    const batches = bindDataset(runner.program, options.dataset, size, options.finite ?? true);
    const specs = collector.wanted(runner.program.results, size);
    batches.writeFixed(runner);
    for (; done < end && !signal?.aborted; done += size) {
      const start = done;
      batches.write(runner, start);
      await runner.run({ step: 1, key: stepKey(options.seed ?? 0, start) });
      const read = runner.readMany(specs.map((spec) => spec.name));
      pending.push(read.then((values) => collector.add(specs, values, start, size)));
      if (pending.length >= readsInFlight) await pending.shift();
      options.onProgress?.(start + size);
    }
  }
  await Promise.all(pending);
  return { count: done, ...collector.finish(done) };
}

/** Puts the results of batches together. */
function resultCollector(count: number, outputs: readonly string[]) {
  const means = new Map<string, { readonly spec: ResultSpec; readonly sums: Float64Array }>();
  const whole = new Map<string, Tensor>();
  return {
    /** The results to read, for a program of a batch size. */
    wanted(results: readonly ResultSpec[], size: number): readonly ResultSpec[] {
      for (const name of outputs) {
        const spec = results.find((result) => result.name === name);
        if (spec === undefined) throw new DataError(`there is no result ${name}`);
        if (spec.shape[0] !== size) {
          throw new DataError(`${name} has no batch axis: it cannot be collected over ${count} samples`);
        }
      }
      return results.filter(
        ({ name, role }) => outputs.includes(name) || role === 'loss' || role === 'metric',
      );
    },
    add(
      specs: readonly ResultSpec[],
      values: ReadonlyMap<string, TypedArray>,
      start: number,
      size: number,
    ): void {
      for (const spec of specs) {
        const data = values.get(spec.name)!;
        if (outputs.includes(spec.name)) {
          const sample = spec.shape.slice(1);
          const tensor = whole.get(spec.name) ?? {
            dtype: spec.dtype,
            shape: [count, ...sample],
            data: allocate(spec.dtype, count * elementCount(sample)),
          };
          whole.set(spec.name, tensor);
          tensor.data.set(data, start * elementCount(sample));
        } else {
          const entry = means.get(spec.name) ?? { spec, sums: new Float64Array(data.length) };
          means.set(spec.name, entry);
          const weight = isCount(spec) ? 1 : size;
          for (let i = 0; i < data.length; i++) entry.sums[i]! += weight * data[i]!;
        }
      }
    },
    finish(done: number): Pick<Evaluation, 'values' | 'tensors'> {
      const values = new Map<string, number>();
      for (const [name, { spec, sums }] of means) {
        const total = isCount(spec) ? sums : sums.map((sum) => sum / done);
        if (sums.length === 1) values.set(name, total[0]!);
        else {
          const dtype = isCount(spec) ? spec.dtype : 'f32';
          const data = allocate(dtype, total.length);
          data.set(total);
          whole.set(name, { dtype, shape: spec.shape, data });
        }
      }
      return { values, tensors: whole };
    },
  };
}

const isCount = ({ dtype }: ResultSpec): boolean => dtype === 'i32' || dtype === 'u32';
