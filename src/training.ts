/** A model, data and options -> a trained model: binds the data, compiles, trains, evaluates, saves. */
import type { TypedProgram } from '../compiler/check/typed.ts';
import type { ProgramTensor } from '../runtime/data/convert.ts';
import { standardise, standardOf } from '../runtime/data/standardise.ts';
import { DataError } from '../runtime/errors.ts';
import { evaluate } from '../runtime/evaluate.ts';
import type { Runner, Session } from '../runtime/execute.ts';
import type { Program } from '../runtime/program.ts';
import { type Position, train } from '../runtime/train.ts';
import { readCheckpoint, type Standards, saveCheckpoint } from './checkpoint.ts';
import { compileFor } from './compilation.ts';
import { UsageError } from './failure.ts';
import { readTensors } from './files.ts';
import { checkInputNames, convertInputs, readInputs } from './inputs.ts';
import { checkModel, type Parsed, parseModel } from './model.ts';
import { epochLog, type TrainingView, trainingView, type Values } from './progress.ts';
import { type DeviceKind, withSession } from './session.ts';
import { initialWeights, optimizerStates, pickWeights, savedParameters, type Weights } from './weights.ts';

export interface TrainingOptions {
  readonly set: ReadonlyMap<string, number>;
  readonly model?: string;
  readonly data: ReadonlyMap<string, string>;
  readonly eval: ReadonlyMap<string, string>;
  /** Inputs whose columns get mean 0 and deviation 1, as the training rows have them. */
  readonly standardize: readonly string[];
  readonly epochs?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly limit?: number;
  readonly shuffle: boolean;
  readonly weights?: string;
  readonly save?: string;
  readonly resume: boolean;
  readonly log?: string;
  readonly device: DeviceKind;
}

export interface TrainingResult {
  readonly model: string;
  readonly finished: boolean;
  readonly position: Position;
  /** Means over the last epoch. */
  readonly training: Values;
  readonly evaluation: Values | undefined;
  /** Where the parameters are, if they were saved. */
  readonly weights: string | undefined;
}

type Dataset = ReadonlyMap<string, ProgramTensor>;

/** Evaluations run over all samples at once, so that metrics like F1 are exact, unless that takes more bytes. */
const largestEvaluation = 2 ** 29;

export async function trainModel(
  file: string,
  options: TrainingOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<TrainingResult> {
  const parsed = parseModel(file);
  const typed = checkFor(parsed, options, options.batch, true);
  const recipe = typed.recipe;
  if (!recipe) throw new UsageError(`${file} has no \`train ${typed.model} { … }\`: nothing says how to train it`);
  const earlier = options.resume ? resumed(options, typed) : undefined;
  const batch = batchOf(typed);
  const seed = earlier?.checkpoint.seed ?? options.seed ?? recipe.seed ?? 0;
  if (earlier && earlier.checkpoint.batch !== batch) {
    throw new UsageError(`--resume: the saved training had batches of ${earlier.checkpoint.batch}, not ${batch}`);
  }
  const epochs = options.epochs ?? recipe.epochs ?? 1;

  return withSession({ device: options.device, seed }, async (session) => {
    const { summary, name } = session.device.info;
    const program = compileFor(typed, { kind: 'train' }, summary).program;
    const raw = limited(datasetOf(typed, program, options.data, say), options.limit);
    const held = options.eval.size > 0 ? datasetOf(typed, program, options.eval, say) : undefined;
    const standards = earlier?.standards ?? standardsOf(raw, options.standardize);
    const dataset = standardised(raw, standards);
    const heldOut = held && standardised(held, standards);

    const values = earlier?.values ?? startingWeights(typed, options, seed);
    for (const { path } of [...savedParameters(typed), ...optimizerStates(typed)]) {
      await session.set(path, values.get(path)!);
    }
    const runner = await session.load(program);
    const samples = rowsOf(dataset);
    say(
      `${typed.model}: ${countOf(typed).toLocaleString('en')} trained numbers, ${samples.toLocaleString('en')} samples, ` +
        `batches of ${batch}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, on ${name}`,
    );

    const view = trainingView(rateOf(typed));
    const log = options.log === undefined ? undefined : epochLog(options.log);
    const evaluator = heldOut && (await evaluation(session, parsed, options, heldOut, seed));
    const save = async (position: Position): Promise<string | undefined> =>
      options.save === undefined
        ? undefined
        : saveCheckpoint(options.save, typed, await session.export(), standards, { position, seed, batch });
    let last: Values | undefined;
    let weights: string | undefined;
    const result = await runTraining(view, () =>
      train({
        runner,
        dataset,
        batch,
        epochs,
        seed,
        shuffle: options.shuffle,
        signal,
        ...(earlier && { start: earlier.checkpoint.position }),
        onProgress: view.progress,
        onEpoch: async (report) => {
          last = await evaluator?.();
          view.epoch(report, last);
          log?.(report, last);
          weights = await save({ epoch: report.epoch, step: 0 });
        },
      }),
    );
    if (!result.finished || result.history.length === 0) weights = await save(result.position);
    return {
      model: typed.model,
      finished: result.finished,
      position: result.position,
      training: result.history.at(-1)?.values ?? new Map(),
      evaluation: last ?? (await evaluator?.()),
      weights,
    };
  });
}

async function runTraining<T>(view: TrainingView, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    view.close();
  }
}

/** Checks the model with a batch size: that of the options, else the recipe's. */
function checkFor(parsed: Parsed, options: TrainingOptions, batch: number | undefined, training: boolean): TypedProgram {
  const common = { training, ...(options.model !== undefined && { model: options.model }) };
  const first = checkModel(parsed, { ...common, bindings: options.set }).program;
  const axis = batchAxis(first);
  if (batch === undefined || axis === undefined) return first;
  return checkModel(parsed, { ...common, bindings: new Map([...options.set, [axis, batch]]) }).program;
}

/** The name of the free dimension that all samples lie along: the first of the first input. */
function batchAxis(program: TypedProgram): string | undefined {
  const name = program.inputs[0]?.dims[0]?.name;
  return program.dimensions.find((d) => d.name === name)?.name;
}

function batchOf(program: TypedProgram): number {
  const axis = batchAxis(program);
  const open = program.dimensions.find((d) => d.by === 'stand-in');
  if (open) {
    throw new UsageError(
      open.name === axis
        ? 'the recipe has no batch size: write `batch 32` into it, or give --batch'
        : `dimension ${open.name} is open: give --set ${open.name}=N`,
    );
  }
  return program.inputs[0]?.dims[0]?.extent ?? 1;
}

function datasetOf(
  typed: TypedProgram,
  program: Program,
  specifications: ReadonlyMap<string, string>,
  say: (text: string) => void,
): Dataset {
  const tensors = readInputs(specifications, undefined, say);
  checkInputNames(typed, tensors);
  const dataset = convertInputs(typed, program, tensors, true);
  const [first, ...others] = dataset;
  for (const [name, { shape }] of others) {
    if (shape[0] !== first![1].shape[0]) {
      throw new DataError(`${first![0]} has ${first![1].shape[0]} samples, but ${name} has ${shape[0]}`);
    }
  }
  return dataset;
}

const rowsOf = (dataset: Dataset): number => [...dataset.values()][0]?.shape[0] ?? 0;

const limited = (dataset: Dataset, limit: number | undefined): Dataset =>
  limit === undefined
    ? dataset
    : new Map(
        [...dataset].map(([name, { dtype, shape, data }]) => {
          const rows = Math.min(limit, shape[0]!);
          const width = data.length / shape[0]!;
          return [name, { dtype, shape: [rows, ...shape.slice(1)], data: data.subarray(0, rows * width) }];
        }),
      );

function standardsOf(dataset: Dataset, names: readonly string[]): Standards {
  const unknown = names.find((name) => !dataset.has(name));
  if (unknown !== undefined) throw new UsageError(`--standardize ${unknown}: the model has no such input`);
  return new Map(names.map((name) => [name, standardOf(dataset.get(name)!, name)]));
}

const standardised = (dataset: Dataset, standards: Standards): Dataset =>
  new Map(
    [...dataset].map(([name, tensor]) => {
      const standard = standards.get(name);
      return [name, standard ? standardise(tensor, standard, name) : tensor];
    }),
  );

function startingWeights(typed: TypedProgram, options: TrainingOptions, seed: number): Weights {
  const initial = initialWeights(typed, seed);
  if (options.weights === undefined) return initial;
  const given = pickWeights(savedParameters(typed), readTensors(options.weights), options.weights);
  return new Map([...initial, ...given]);
}

function resumed(options: TrainingOptions, typed: TypedProgram): ReturnType<typeof readCheckpoint> {
  if (options.save === undefined) throw new UsageError('--resume goes with --save FOLDER: it goes on from what is there');
  if (options.weights !== undefined) throw new UsageError('--resume and --weights do not go together');
  return readCheckpoint(options.save, typed);
}

/** Prepares the evaluation of a held-out set with the session's parameters. */
async function evaluation(
  session: Session,
  parsed: Parsed,
  options: TrainingOptions,
  dataset: Dataset,
  seed: number,
): Promise<() => Promise<Values>> {
  const { summary } = session.device.info;
  const compiled = (size: number): Program =>
    compileFor(checkFor(parsed, options, size, false), { kind: 'run' }, summary).program;
  let batch = rowsOf(dataset);
  while (batch > 1 && bytesOf(compiled(batch)) > largestEvaluation) batch = Math.ceil(batch / 2);
  const runners = new Map<number, Promise<Runner>>();
  const runnerFor = (size: number): Promise<Runner> => {
    const runner = runners.get(size) ?? session.load(compiled(size));
    runners.set(size, runner);
    return runner;
  };
  return async () => (await evaluate({ runnerFor, dataset, batch, seed })).values;
}

const bytesOf = (program: Program): number => program.buffers.reduce((n, b) => n + b.bytes, 0);

const countOf = (program: TypedProgram): number =>
  program.parameters.filter((p) => p.kind === 'param').reduce((n, p) => n + p.count, 0);

const rateOf = (program: TypedProgram): number | undefined => {
  const rate = program.recipe?.objectives[0]?.rate;
  return typeof rate === 'number' ? rate : undefined;
};
