/**
 * A training that runs in, what its report shows out. Steps are not touched: curves come from what is read back
 * anyway; weights are read once an epoch, and gradients come from a program of their own, run then too.
 */
import type { Parameter, TypedProgram } from '../compiler/check/typed.ts';
import { bindDataset } from '../runtime/batches.ts';
import { evaluate } from '../runtime/evaluate.ts';
import type { Runner, Session } from '../runtime/execute.ts';
import type { Program } from '../runtime/program.ts';
import type { EpochReport, StepValues } from '../runtime/train.ts';
import { compileFor } from './compilation.ts';
import type { Dataset } from './dataset.ts';
import type { Values } from './progress.ts';
import {
  type Chart,
  type Classification,
  type Curve,
  classify,
  confusionOf,
  type ParameterHistory,
  type Picture,
  type Point,
  pictureShape,
  type ReportData,
  type Summary,
  summaryOf,
} from './views/report-data.ts';

export interface Recording {
  readonly session: Session;
  /** Checked for training. */
  readonly typed: TypedProgram;
  readonly source: { readonly name: string; readonly text: string };
  readonly batch: number;
  readonly epochs: number;
  readonly seed: number;
  /** As in the files, for pictures; and as the model takes them. */
  readonly shown: Dataset;
  readonly taken: Dataset;
  readonly training: Dataset;
  readonly samplesAre: 'held-out' | 'training';
  /** The program of the outputs for a number of samples. */
  readonly compiledFor: (batch: number) => Program;
  /** A constant learning rate. */
  readonly rate: number | undefined;
}

export interface Recorder {
  readonly steps: (steps: StepValues) => void;
  readonly epoch: (report: EpochReport, evaluation: Values | undefined) => Promise<void>;
  readonly finish: () => Promise<ReportData>;
}

/** Points of a curve, and columns of a histogram, that a page has room for. */
const mostPoints = 400;
const mostColumns = 60;
const mostClasses = 30;
const mostPictures = 64;
const worstShown = 24;
/** Samples that are looked at for the confusion matrix and the worst examples. */
const mostSamples = 10_000;
const batchOfSamples = 256;

export async function trainingRecorder(recording: Recording): Promise<Recorder> {
  const { session, typed, epochs } = recording;
  const curves = new Map<string, Map<string, Point[]>>();
  const rates = new Map<string, Point[]>();
  const trained = typed.parameters.filter(({ kind }) => kind === 'param');
  const histories = new Map(
    trained.map(({ path }) => [path, { weights: [] as Summary[], gradients: [] as Summary[] }]),
  );
  const gradients = await gradientReader(recording);
  const between = Math.ceil(epochs / mostColumns);
  /** Steps since the last point of the curves. */
  const window: (readonly number[])[] = [];
  let seconds = 0;

  const add = (chart: string, curve: string, point: Point): void => {
    const of = curves.get(chart) ?? new Map<string, Point[]>();
    curves.set(chart, of.set(curve, [...(of.get(curve) ?? []), point]));
  };
  const measure = async (epoch: number): Promise<void> => {
    for (const { path } of trained) {
      histories.get(path)!.weights.push(summaryOf(epoch, (await session.get(path)).data));
    }
    for (const [path, data] of await gradients()) histories.get(path)?.gradients.push(summaryOf(epoch, data));
  };
  await measure(0);
  return {
    steps({ names, scheduled, stepsPerEpoch, rows }) {
      const every = Math.max(1, Math.ceil((epochs * stepsPerEpoch) / mostPoints));
      for (const { step, values } of rows) {
        window.push(values);
        if (step % every !== 0) continue;
        const x = step / stepsPerEpoch;
        names.forEach((name, k) => {
          const y = window.reduce((sum, row) => sum + row[k]!, 0) / window.length;
          if (scheduled[k]) rates.set(name, [...(rates.get(name) ?? []), { x, y: values[k]! }]);
          else add(name, 'training', { x, y });
        });
        window.length = 0;
      }
    },
    async epoch({ epoch, seconds: taken }, evaluation) {
      seconds += taken;
      for (const [name, y] of evaluation ?? []) add(name, 'held-out', { x: epoch, y });
      if (epoch % between === 0 || epoch === epochs) await measure(epoch);
    },
    async finish() {
      const constant = recording.rate === undefined ? [] : [['lr', String(recording.rate)] as const];
      return {
        model: typed.model,
        file: recording.source.name,
        source: recording.source.text,
        facts: [
          ['trained numbers', trained.reduce((n, { count }) => n + count, 0).toLocaleString('en')],
          ['training samples', recording.training.count.toLocaleString('en')],
          ['batch', String(recording.batch)],
          ['epochs', String(epochs)],
          ['seed', String(recording.seed)],
          ...constant,
          ['device', session.device.info.name],
          ['time', `${seconds.toFixed(1)} s`],
        ],
        charts: [...curves].map(([title, of]): Chart => ({ title, curves: curvesOf(of) })),
        rates: rates.size === 0 ? undefined : { title: 'learning rate', curves: curvesOf(rates) },
        parameters: trained.map(
          ({ path, tensor }): ParameterHistory => ({
            path,
            shape: tensor.dims.map(({ extent }) => extent),
            ...histories.get(path)!,
          }),
        ),
        classification: await classification(recording),
        filters: await filters(recording, trained),
      };
    },
  };
}

const curvesOf = (of: ReadonlyMap<string, readonly Point[]>): readonly Curve[] =>
  [...of].map(([name, points]) => ({ name, points }));

/** Reads the gradients for the first batch of the training samples, as the weights then are. */
async function gradientReader({
  session,
  typed,
  training,
  batch,
  seed,
}: Recording): Promise<() => Promise<ReadonlyMap<string, ArrayLike<number>>>> {
  const [objective] = typed.recipe?.objectives ?? [];
  if (objective === undefined) return async () => new Map();
  const wrt = objective.parameters.map(({ path }) => path);
  const purpose = { kind: 'gradient', loss: objective.lossName, wrt } as const;
  const { program } = compileFor(typed, purpose, session.device.info.summary);
  const runner = await session.load(program);
  const taken = new Set(program.inputs.map(({ name }) => name));
  const samples = new Map([...training.inputs].filter(([name]) => taken.has(name)));
  const batches = bindDataset(program, samples, batch);
  batches.writeFixed(runner);
  batches.write(runner, 0);
  return async () => {
    await runner.run({ step: 1, key: seed });
    const data = await runner.readMany(wrt.map((path) => `d.${path}`));
    return new Map(wrt.map((path) => [path, data.get(`d.${path}`)!]));
  };
}

/** What the samples are and what the model takes them for; undefined where it does not tell classes apart. */
async function classification(recording: Recording): Promise<Classification | undefined> {
  const { typed, taken, session, compiledFor, seed } = recording;
  const found = classifier(recording);
  if (found === undefined) return undefined;
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
  const order = probabilities.map((p, b) => ({ p, b })).sort((x, y) => x.p - y.p);
  const sample = sampleReader(typed, limitedTo(recording.shown, count));
  return {
    of: recording.samplesAre,
    samples: count,
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

/** A target of classes, and the output that scores them. */
function classifier({
  typed,
  taken,
}: Recording): { readonly output: string; readonly target: string; readonly classes: number } | undefined {
  const samples = (name: string) => taken.sampled.includes(name);
  for (const { label, dtype, dims } of typed.inputs) {
    if (!samples(label.name) || dims.length !== 1) continue;
    const outputs = typed.outputs.filter(({ role, tensor }) => role === 'output' && tensor.dtype === 'f32');
    const shapes = outputs.map(({ name, tensor }) => ({
      name,
      dims: tensor.dims.map(({ extent }) => extent),
    }));
    const rows = dims[0]!.extent;
    if (dtype === 'i32') {
      const scores = shapes.find(
        ({ dims: [b, c, ...more] }) =>
          b === rows && c !== undefined && c > 1 && c <= mostClasses && more.length === 0,
      );
      if (scores) return { output: scores.name, target: label.name, classes: scores.dims[1]! };
    }
    const binary = taken.inputs.get(label.name)!.data.every((x) => x === 0 || x === 1);
    const score = shapes.find((shape) => shape.dims.length === 1 && shape.dims[0] === rows);
    if (binary && score) return { output: score.name, target: label.name, classes: 1 };
  }
  return undefined;
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
async function filters(
  { session, typed, taken }: Recording,
  trained: readonly Parameter[],
): Promise<ReportData['filters']> {
  const input = typed.inputs.find(
    ({ label, kind, dtype }) => kind === 'input' && dtype === 'f32' && taken.inputs.has(label.name),
  );
  const sample = input && taken.inputs.get(input.label.name)!.shape.slice(1);
  const size = sample?.reduce((n, extent) => n * extent, 1);
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
