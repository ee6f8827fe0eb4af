/** A model, data and options -> a trained model: binds the data, compiles, trains, evaluates, saves. */
import { objectivesOf, optimizerStates } from '../compiler/check/recipes/part-states.ts';
import type { TypedProgram } from '../compiler/check/typed.ts';
import { blockOf } from '../runtime/parts.ts';
import { type Position, stepsOf, train } from '../runtime/train.ts';
import { checkpointFiles, readCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { type Classes, withClasses } from './classes.ts';
import { choiceOf, type ModelChoice } from './command.ts';
import { compileFor } from './compilation.ts';
import { type Course, checkCourse, courseOf } from './course.ts';
import { batchAxis, datasetOf, limited, readSamples } from './dataset.ts';
import { evaluation } from './evaluation.ts';
import { UsageError } from './failure.ts';
import { checkWritable, makeFolder, writeFileAtomic } from './files.ts';
import { groupedDigits } from './grouped-digits.ts';
import { whileHeld } from './held-folder.ts';
import { dimensionsOf, readInputs } from './inputs.ts';
import { checkModel, type Parsed, parseModel } from './model.ts';
import { checkTrainingOutputs } from './outputs.ts';
import { spansOf } from './places.ts';
import { epochLog, type TrainingView, trainingView, type Values } from './progress.ts';
import { sanitizer } from './sanitize.ts';
import { type DeviceKind, withSession } from './session.ts';
import { type Standards, standardised, standardsOf } from './standards.ts';
import { startingWeights, type WeightsChoice } from './starting-weights.ts';
import { trainingRecorder } from './training-recorder.ts';
import type { ReportData } from './views/report-data.ts';
import { reportPage } from './views/report-page.ts';
import { initialWeights, savedParameters, type Weights } from './weights.ts';

export interface TrainingOptions extends ModelChoice {
  readonly data: ReadonlyMap<string, string>;
  readonly eval: ReadonlyMap<string, string>;
  /** Inputs whose columns get mean 0 and deviation 1, as the training rows have them. */
  readonly standardize: readonly string[];
  readonly epochs?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly limit?: number;
  readonly shuffle: boolean;
  readonly weights?: WeightsChoice;
  readonly save?: string;
  readonly resume: boolean;
  readonly log?: string;
  /** A page of curves, histograms and pictures. */
  readonly report?: string;
  /** Draws the curves on the terminal. */
  readonly plot?: boolean;
  /** Stops at the first number that is out of its domain. */
  readonly sanitize?: boolean;
  readonly device: DeviceKind;
  readonly verbose: boolean;
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
  /** What a report or a plot shows, where one was asked for. */
  readonly recorded: ReportData | undefined;
}

/** Milliseconds: short epochs do not each wait for the disk. The last one and an interrupted one always save. */
const leastBetweenSaves = 1000;

export async function trainModel(
  file: string,
  given: TrainingOptions,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<TrainingResult> {
  const parsed = parseModel(file);
  const options = { ...given, set: setByData(parsed, given) };
  const typed = checkFor(parsed, options, options.batch, true);
  const recipe = typed.recipe;
  if (!recipe) {
    throw new UsageError(`${file} has no \`train ${typed.model} { … }\`: nothing says how to train it`);
  }
  const batch = batchOf(typed, options);
  const start = options.resume ? resumed(options, typed) : beginning(options, typed, recipe.seed ?? 0, say);
  const { seed, position } = start;
  // Asked for on the command line, epochs are what counts.
  const most = options.epochs === undefined ? recipe.steps : undefined;
  checkTrainingOutputs(parsed, options);
  const { tensors: samples, classes: read } = readSamples(typed, options.data, say, start.classes);
  const classes = withClasses(start.classes, read);
  // Of held-out data all is known: what is no class in the training data is none there.
  const seen = new Map([...options.eval.keys()].map((input) => [input, classes.get(input) ?? []]));
  const { tensors: heldSamples } = readSamples(typed, options.eval, say, seen);
  if (options.report !== undefined) checkWritable(options.report);
  if (options.save !== undefined) makeFolder(options.save, checkpointFiles);
  const log = options.log === undefined ? undefined : epochLog(options.log, position.epoch);

  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    options.save === undefined ? work() : whileHeld(options.save, 'another training', work);
  return alone(() =>
    withSession({ device: options.device, verbose: options.verbose, seed }, async (session) => {
      const { summary, name } = session.info;
      const parts = recipe.parts.map(({ steps, batch: own = batch }, part) => {
        const sized = own === batch ? typed : checkFor(parsed, options, own, true);
        return { ...compileFor(sized, { kind: 'train', part }, summary), steps, batch: own };
      });
      const taken = { inputs: parts.flatMap(({ program }) => program.inputs) };
      const whole = datasetOf(typed, taken, samples);
      const raw = options.limit === undefined ? whole : limited(whole, options.limit);
      const sampling = parts.filter(({ program }) =>
        program.inputs.some(({ name }) => raw.sampled.includes(name)),
      );
      const stepsPerEpoch = sampling.length > 0 ? stepsOf(raw.count, blockOf(sampling)) : 1;
      const asked = options.epochs ?? recipe.epochs;
      const epochs =
        most === undefined ? (asked ?? 1) : Math.min(asked ?? Infinity, Math.ceil(most / stepsPerEpoch));
      const held = heldSamples.size > 0 ? datasetOf(typed, taken, heldSamples, '--eval') : undefined;
      const numbers = { seed, batch, samples: raw.count, shuffle: Number(options.shuffle) };
      const course: Course = { ...courseOf(parsed, typed), ...numbers };
      start.check(course);
      const standards = start.standards ?? standardsOf(raw.inputs, options.standardize);
      // First, because it refuses what the device cannot hold.
      const runners = await Promise.all(parts.map(({ program }) => session.load(program)));
      const values = start.values();
      for (const { path } of [...savedParameters(typed), ...optimizerStates(typed)]) {
        await session.set(path, values.get(path)!);
      }
      say(
        `${typed.model}: ${groupedDigits(countOf(typed))} trained numbers, ` +
          `${groupedDigits(raw.count)} ${raw.count === 1 ? 'sample' : 'samples'}, ` +
          `batches of ${batch}, ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, on ${name}`,
      );
      if (position.epoch >= epochs) say(`${position.epoch} epochs are done already; --epochs N sets more`);

      const view = trainingView(rateOf(typed));
      const compiledFor = (size: number) =>
        compileFor(checkFor(parsed, options, size, false), { kind: 'run' }, summary).program;
      const evaluator =
        held &&
        evaluation(session, { ...held, inputs: standardised(held.inputs, standards) }, compiledFor, seed);
      const save = async (reached: Position): Promise<string | undefined> =>
        options.save === undefined
          ? undefined
          : saveCheckpoint(
              options.save,
              typed,
              await session.export(),
              { standards, classes },
              {
                position: reached,
                course,
              },
            );
      const guards = options.sanitize
        ? await Promise.all(
            parts.map(({ optimized }) => sanitizer(session, optimized, spansOf(typed), summary)),
          )
        : undefined;
      const training = { ...raw, inputs: standardised(raw.inputs, standards) };
      const recorder =
        options.report !== undefined || options.plot
          ? await trainingRecorder({
              session,
              typed,
              source: parsed.main.source,
              batch,
              epochs,
              seed,
              training,
              shown: held ?? raw,
              taken: held ? { ...held, inputs: standardised(held.inputs, standards) } : training,
              samplesAre: held ? 'held-out' : 'training',
              compiledFor,
              rate: rateOf(typed),
            })
          : undefined;
      let last: Values | undefined;
      let weights: string | undefined;
      let saved = Number.NEGATIVE_INFINITY;
      const result = await shown(view, () =>
        train({
          parts: parts.map(({ steps, batch: own }, k) => ({ runner: runners[k]!, steps, batch: own })),
          dataset: training.inputs,
          epochs,
          ...(most !== undefined && { steps: most }),
          seed,
          shuffle: options.shuffle,
          signal,
          start: position,
          ...(guards && {
            beforeStep: ({ epoch, step, part, scalars, feed }) =>
              guards[part]!.check(feed, scalars, `at step ${step} (epoch ${epoch})`),
          }),
          ...(recorder && { onSteps: recorder.steps }),
          onProgress: view.progress,
          onEpoch: async (report) => {
            last = await evaluator?.();
            await recorder?.epoch(report, last);
            view.epoch(report, last);
            if (report.epoch === epochs || performance.now() - saved > leastBetweenSaves) {
              weights = await save(report.position);
              saved = performance.now();
            }
            log?.(report, last);
          },
        }),
      );
      if (!result.finished || result.history.length === 0) weights = await save(result.position);
      const recorded = await recorder?.finish();
      if (recorded && options.report !== undefined)
        writeFileAtomic(options.report, await reportPage(recorded));
      return {
        model: typed.model,
        finished: result.finished,
        position: result.position,
        training: result.history.at(-1)?.values ?? new Map(),
        evaluation: last ?? (result.finished ? await evaluator?.() : undefined),
        weights,
        recorded,
      };
    }),
  );
}

async function shown<T>(view: TrainingView, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    view.close();
  }
}

/** Checks the model with a batch size: that of the options, else the recipe's. */
function checkFor(
  parsed: Parsed,
  options: TrainingOptions,
  batch: number | undefined,
  training: boolean,
): TypedProgram {
  const common = { training, ...choiceOf(options) };
  const first = checkModel(parsed, { ...common, bindings: options.set }).program;
  const axis = batchAxis(first);
  if (batch === undefined || axis === undefined) return first;
  return checkModel(parsed, { ...common, bindings: new Map([...options.set, [axis, batch]]) }).program;
}

/** What is set, and what the training data say of dimensions that nothing else tells, besides the batch. */
function setByData(parsed: Parsed, { model, recipe, set, data }: TrainingOptions): TrainingOptions['set'] {
  const choice = { training: true, ...choiceOf({ model, recipe }), bindings: set };
  const first = checkModel(parsed, choice).program;
  const axis = batchAxis(first);
  const isOpen = first.dimensions.some(({ name, by }) => by === 'stand-in' && name !== axis);
  if (!isOpen) return set;
  const { tensors } = readInputs(data, undefined, () => undefined);
  return new Map([...dimensionsOf(first, tensors, set)].filter(([name]) => name !== axis || set.has(name)));
}

/** Samples a step: 1 for a model of a single sample. */
function batchOf(program: TypedProgram, { batch: asked, set }: TrainingOptions): number {
  const axis = batchAxis(program);
  const named = axis === undefined ? undefined : set.get(axis);
  if (asked !== undefined && named !== undefined && named !== asked) {
    throw new UsageError(`--batch ${asked} and --set ${axis}=${named} do not agree`);
  }
  const open = program.dimensions.find((d) => d.by === 'stand-in');
  if (open) {
    throw new UsageError(
      open.name === axis
        ? 'the recipe has no batch size: write `batch 32` into it, or give --batch'
        : `dimension ${open.name} is open: give --set ${open.name}=N`,
    );
  }
  if (axis === undefined && (asked ?? 1) !== 1) {
    throw new UsageError(`--batch ${asked}: model ${program.model} has no batch dimension`);
  }
  return program.dimensions.find((d) => d.name === axis)?.extent ?? 1;
}

/** Where a training starts, and with what. */
interface Start {
  readonly position: Position;
  readonly seed: number;
  readonly values: () => Weights;
  /** Undefined: those of the training data. */
  readonly standards: Standards | undefined;
  readonly classes: Classes;
  /** Throws where the course is not the one that the start was on. */
  readonly check: (course: Course) => void;
}

function resumed(options: TrainingOptions, typed: TypedProgram): Start {
  if (options.save === undefined) {
    throw new UsageError('--resume goes with --save FOLDER: it goes on from what is there');
  }
  if (options.weights !== undefined) throw new UsageError('--resume and --weights do not go together');
  const { values, standards, classes, checkpoint } = readCheckpoint(options.save, typed);
  const saved = [...standards.keys()].sort().join(', ');
  const asked = [...new Set(options.standardize)].sort().join(', ');
  if (asked !== '' && asked !== saved) {
    throw new UsageError(
      `--resume: the saved training has --standardize ${saved || 'of nothing'}, this one ${asked}`,
    );
  }
  return {
    position: checkpoint.position,
    seed: options.seed ?? checkpoint.course.seed,
    values: () => values,
    standards,
    classes,
    check: (course) => checkCourse(checkpoint.course, course),
  };
}

function beginning(
  options: TrainingOptions,
  typed: TypedProgram,
  recipeSeed: number,
  say: (text: string) => void,
): Start {
  const seed = options.seed ?? recipeSeed;
  const common = { position: { epoch: 0, step: 0 }, seed, check: () => {} };
  const { weights } = options;
  if (weights === undefined) {
    return {
      ...common,
      values: () => initialWeights(typed, seed),
      standards: undefined,
      classes: new Map(),
    };
  }
  const start = startingWeights(weights, say);
  const given = start.values(typed, seed);
  const { standards, classes } = start.learned(typed);
  return {
    ...common,
    values: () => new Map([...initialWeights(typed, seed), ...given]),
    // The parameters know their inputs as the file says, unless the user wants the new data's means.
    standards: options.standardize.length === 0 ? standards : undefined,
    classes,
  };
}

const countOf = (program: TypedProgram): number =>
  program.parameters.filter((p) => p.kind === 'param').reduce((n, p) => n + p.count, 0);

const rateOf = (program: TypedProgram): number | undefined => {
  const rate = program.recipe && objectivesOf(program.recipe)[0]?.rate;
  return typeof rate === 'number' ? rate : undefined;
};
