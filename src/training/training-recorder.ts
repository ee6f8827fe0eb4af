/**
 * A training that runs in, what its report shows out. Steps are not touched: curves come from what is read back
 * anyway; weights are read once an epoch, and gradients come from a program of their own, run then too.
 */
import { objectivesOf } from '../../compiler/check/recipes/part-states.ts';
import type { Objective, TypedProgram } from '../../compiler/check/typed.ts';
import { bindDataset } from '../../runtime/batches.ts';
import type { Session } from '../../runtime/execute.ts';
import type { Program } from '../../runtime/program.ts';
import type { EpochReport, StepValues } from '../../runtime/train.ts';
import type { Classes } from '../data/classes.ts';
import type { Dataset } from '../data/dataset.ts';
import { compileFor } from '../model/compilation.ts';
import { groupedDigits } from '../terminal/grouped-digits.ts';
import { numberText, type Values } from '../terminal/progress.ts';
import { type Curve, overEpochs, type Point } from '../views/chart.ts';
import { type ParameterHistory, type ReportData, type Summary, summaryOf } from '../views/report-data.ts';
import { classification, filters } from './trained-model.ts';

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
  /** How the data called the classes that they count. */
  readonly classes: Classes;
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

/** So many epochs make a curve of their means, as they are printed; of fewer, one of steps. */
const leastMeans = 8;

/** Points of a curve, and columns of a histogram, that a page has room for. */
const mostPoints = 400;
const mostColumns = 60;

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
  const byEpoch = epochs >= leastMeans;
  let seconds = 0;
  /** Over the last epoch, as they are printed. */
  let means: Values = new Map();

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
          else if (!byEpoch) add(name, 'training', { x, y });
        });
        window.length = 0;
      }
    },
    async epoch({ epoch, seconds: taken, values }, evaluation) {
      seconds += taken;
      means = values;
      if (byEpoch) for (const [name, y] of values) add(name, 'training', { x: epoch, y });
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
          ['trained numbers', groupedDigits(trained.reduce((n, { count }) => n + count, 0))],
          ['training samples', groupedDigits(recording.training.count)],
          ['batch', String(recording.batch)],
          ['epochs', String(epochs)],
          ['seed', String(recording.seed)],
          ...constant,
          ['device', session.info.name],
          ['time', `${seconds.toFixed(1)} s`],
        ],
        charts: [...curves].map(([name, of]) => overEpochs(name, name, curvesOf(of, means.get(name)))),
        rates: rates.size === 0 ? undefined : overEpochs('learning rate', 'rate', curvesOf(rates)),
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

/** What stands beside the training's curve is the mean over the last epoch, of steps or not. */
const curvesOf = (of: ReadonlyMap<string, readonly Point[]>, mean?: number): readonly Curve[] =>
  [...of].map(([name, points]) => ({
    name,
    points,
    ...(name === 'training' && mean !== undefined && { value: numberText(mean) }),
  }));

/** Reads the gradients for the first batch of the training samples, as the weights then are. */
async function gradientReader(
  recording: Recording,
): Promise<() => Promise<ReadonlyMap<string, ArrayLike<number>>>> {
  const { recipe } = recording.typed;
  const objectives = recipe === undefined ? [] : objectivesOf(recipe);
  const readers = await Promise.all(objectives.map((objective) => objectiveReader(recording, objective)));
  return async () => {
    const found = new Map<string, ArrayLike<number>>();
    // In order: where two objectives train one parameter, the first is shown.
    for (const reader of readers)
      for (const [path, data] of await reader()) if (!found.has(path)) found.set(path, data);
    return found;
  };
}

async function objectiveReader(
  { session, typed, training, batch, seed }: Recording,
  objective: Objective,
): Promise<() => Promise<ReadonlyMap<string, ArrayLike<number>>>> {
  const wrt = objective.parameters.map(({ path }) => path);
  const purpose = { kind: 'gradient', loss: objective.lossName, wrt } as const;
  const { program } = compileFor(typed, purpose, session.info.summary);
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
