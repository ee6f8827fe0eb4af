/** A trained model and samples in; what it takes them for, and how its first weights look, out. */

import type { Parameter, TypedProgram } from '../../compiler/check/typed.ts';
import { evaluate } from '../../runtime/evaluate.ts';
import type { Runner } from '../../runtime/execute.ts';
import { elementCount } from '../../runtime/extents.ts';
import { classifierOf } from '../data/classifier.ts';
import type { Dataset } from '../data/dataset.ts';
import {
  type Classification,
  classify,
  confusionOf,
  type Picture,
  pictureShape,
  type ReportData,
} from '../views/report-data.ts';
import type { Recording } from './training-recorder.ts';

const mostClasses = 30;
const mostPictures = 64;
const worstShown = 24;
/** Samples that are looked at for the confusion matrix and the worst examples. */
const mostSamples = 10_000;
const batchOfSamples = 256;

/** What the samples are and what the model takes them for; undefined where it does not tell classes apart. */
export async function classification(recording: Recording): Promise<Classification | undefined> {
  const { typed, taken, session, compiledFor, seed } = recording;
  const isBinary = (name: string): boolean => taken.inputs.get(name)!.data.every((x) => x === 0 || x === 1);
  const found = classifierOf(typed, (name) => taken.sampled.includes(name), isBinary);
  if (found === undefined || found.classes > mostClasses) return undefined;
  const { output, target, classes } = found;
  const count = Math.min(taken.count, mostSamples);
  const first = limitedTo(taken, count);
  const runners = new Map<number, Promise<Runner>>();
  const runnerFor = (size: number): Promise<Runner> => {
    const runner = runners.get(size) ?? session.load(compiledFor(size));
    runners.set(size, runner);
    return runner;
  };
  const { tensors } = await evaluate({
    runnerFor,
    dataset: first,
    count,
    batch: batchOfSamples,
    outputs: [output],
    seed,
  });
  const scores = tensors.get(output)!.data;
  const targets = first.get(target)!.data;
  const two = classes === 1;
  // A single output is the probability of class 1, or a score whose sign decides.
  const between = two && scores.every((p) => p >= 0 && p <= 1);
  const rows = two
    ? Float64Array.from({ length: 2 * count }, (_, k) => {
        const p = scores[k >> 1]!;
        if (between) return k % 2 === 1 ? p : 1 - p;
        return k % 2 === 1 ? p : 0;
      })
    : scores;
  const width = two ? 2 : classes;
  const { predicted, probabilities } = classify(rows, targets, width);
  const called = [...(recording.classes.get(target)?.[0]?.keys() ?? [])];
  const order = probabilities.map((p, b) => ({ p, b })).sort((x, y) => x.p - y.p);
  const sample = sampleReader(typed, limitedTo(recording.shown, count));
  return {
    of: recording.samplesAre,
    samples: count,
    names: Array.from({ length: width }, (_, k) => called[k] ?? String(k)),
    confusion: confusionOf(targets, predicted, width),
    worst: order.slice(0, worstShown).map(({ p, b }) => ({
      sample: b,
      target: targets[b]!,
      predicted: predicted[b]!,
      probability: p,
      ...sample(b),
    })),
  };
}

function limitedTo({ inputs, sampled, count }: Dataset, most: number): Dataset['inputs'] {
  return new Map(
    [...inputs].map(([name, tensor]) => {
      if (!sampled.includes(name)) return [name, tensor];
      const data = tensor.data.subarray(0, (tensor.data.length / count) * most);
      return [name, { ...tensor, shape: [most, ...tensor.shape.slice(1)], data }];
    }),
  );
}

/** The first input that looks like an image; the numbers of the first input where none does. */
function sampleReader(
  typed: TypedProgram,
  inputs: Dataset['inputs'],
): (sample: number) => { readonly picture: Picture | undefined; readonly values: readonly number[] } {
  const candidates = typed.inputs.filter(
    ({ label, dtype, kind }) => kind === 'input' && dtype === 'f32' && inputs.has(label.name),
  );
  const shapeOf = (name: string): readonly number[] => inputs.get(name)!.shape.slice(1);
  const chosen = candidates.find(({ label }) => pictureShape(shapeOf(label.name))) ?? candidates[0];
  if (chosen === undefined) return () => ({ picture: undefined, values: [] });
  const { data, shape } = inputs.get(chosen.label.name)!;
  const look = pictureShape(shape.slice(1));
  const size = data.length / shape[0]!;
  return (sample) => {
    const values = [...data.subarray(sample * size, (sample + 1) * size)];
    return look
      ? { picture: { ...look, values }, values: [] }
      : { picture: undefined, values: values.slice(0, 8) };
  };
}

/** The rows of the first weights that look like images: those that meet the input, or small convolution filters. */
export async function filters(
  { session, typed, taken }: Recording,
  trained: readonly Parameter[],
): Promise<ReportData['filters']> {
  const input = typed.inputs.find(
    ({ label, kind, dtype }) => kind === 'input' && dtype === 'f32' && taken.inputs.has(label.name),
  );
  const sample = input && taken.inputs.get(input.label.name)!.shape.slice(1);
  const size = sample && elementCount(sample);
  for (const { path, tensor } of trained) {
    const shape = tensor.dims.map(({ extent }) => extent);
    const [rows, columns, ...kernel] = shape;
    const matrix = shape.length === 2 && columns === size;
    const look = matrix
      ? pictureShape(sample!)
      : shape.length === 4 && (columns === 1 || columns === 3) && kernel[0]! >= 3
        ? { channels: columns, height: kernel[0]!, width: kernel[1]! }
        : undefined;
    if (look === undefined) continue;
    const { data } = await session.get(path);
    const each = data.length / rows!;
    return {
      path,
      pictures: Array.from({ length: Math.min(rows!, mostPictures) }, (_, k) => ({
        ...look,
        values: [...data.subarray(k * each, (k + 1) * each)],
      })),
    };
  }
  return undefined;
}
