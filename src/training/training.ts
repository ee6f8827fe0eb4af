/** A model, data and options -> a trained model: binds the data, compiles, trains, evaluates, saves. */
import { objectivesOf, optimizerStates } from '../../compiler/check/recipes/part-states.ts';
import type { Recipe, TypedProgram } from '../../compiler/check/typed.ts';
import type { Session } from '../../runtime/execute.ts';
import { blockOf } from '../../runtime/parts.ts';
import type { Program } from '../../runtime/program.ts';
import { type Order, type Position, stepsOf, train } from '../../runtime/train.ts';
import { type Dataset, datasetOf, limited } from '../data/dataset.ts';
import { holdingText, splitDataset } from '../data/held-out.ts';
import { standardised, standardsOf } from '../data/standards.ts';
import { savedParameters } from '../data/weights.ts';
import { withSession } from '../device/session.ts';
import { compileFor } from '../model/compilation.ts';
import { parseModel } from '../model/model.ts';
import { spansOf } from '../model/places.ts';
import { evaluation } from '../running/evaluation.ts';
import { sanitizer } from '../running/sanitize.ts';
import { type BestWeights, checkpointFiles, historyFile, saveCheckpoint } from '../saved/checkpoint.ts';
import { type Course, courseOf } from '../saved/course.ts';
import { epochLog } from '../saved/epoch-log.ts';
import { endText, keepText, watching } from '../saved/stopping.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { makeFolder, removeEmptyFolder, writeFileAtomic } from '../terminal/files.ts';
import { groupedDigits } from '../terminal/grouped-digits.ts';
import { whileHeld } from '../terminal/held-folder.ts';
import { silentView, type TrainingView, trainingView, type Values } from '../terminal/progress.ts';
import type { ReportData } from '../views/report-data.ts';
import { reportPage } from '../views/report-page.ts';
import { trainingNotes } from './training-notes.ts';
import { type Prepared, prepareTraining } from './training-prepared.ts';
import { checkFor } from './training-program.ts';
import { trainingRecorder } from './training-recorder.ts';

/** What one epoch reported, from 1. */
export interface EpochValues {
  readonly epoch: number;
  readonly training: Values;
  readonly evaluation: Values | undefined;
}

export interface TrainingResult {
  readonly model: string;
  readonly finished: boolean;
  readonly position: Position;
  /** What ended it before its epochs were done. */
  readonly ended: string | undefined;
  /** The epoch whose weights are kept: `lowest eval.loss`. */
  readonly best: Pick<BestWeights, 'by' | 'epoch' | 'value'> | undefined;
  /** Means over the last epoch. */
  readonly training: Values;
  readonly evaluation: Values | undefined;
  /** Where the parameters are, if they were saved. */
  readonly weights: string | undefined;
  readonly epochs: readonly EpochValues[];
  /** What a report or a plot shows, where one was asked for. */
  readonly recorded: ReportData | undefined;
}

/** Milliseconds: short epochs do not each wait for the disk. The last one and an interrupted one always save. */
const leastBetweenSaves = 1000;

/** What can be looked at while a training runs. */
export interface Looked {
  readonly session: Session;
  readonly typed: TypedProgram;
  /** As the model takes it. */
  readonly training: Dataset;
  /** The program of losses and outputs for a number of samples. */
  readonly compiledFor: (batch: number) => Program;
  readonly seed: number;
}

export interface Onlooker {
  readonly epoch: () => Promise<void>;
  readonly finish: () => Promise<void>;
}

/** Called before the first step. */
export type Look = (training: Looked) => Promise<Onlooker>;

export async function trainModel(
  file: string,
  given: TrainingOptions,
  signal: AbortSignal,
  say: (text: string) => void,
  look?: Look,
): Promise<TrainingResult> {
  return trainPrepared(prepareTraining(parseModel(file), given, say), signal, say, look);
}

export async function trainPrepared(
  prepared: Prepared,
  signal: AbortSignal,
  say: (text: string) => void,
  look?: Look,
): Promise<TrainingResult> {
  const { options, start } = prepared;
  const { device, threads, verbose, save } = options;
  const work = () =>
    withSession(
      { device, ...(threads && { threads }), verbose, quiet: options.quiet ?? false, seed: start.seed },
      (session) => trainIn(session, prepared, signal, say, look),
    );
  if (save === undefined) return work();
  const { isNew } = makeFolder(save, checkpointFiles);
  try {
    return await whileHeld(save, 'another training', work);
  } catch (error) {
    if (isNew) removeEmptyFolder(save);
    throw error;
  }
}

async function trainIn(
  session: Session,
  prepared: Prepared,
  signal: AbortSignal,
  say: (text: string) => void,
  look?: Look,
): Promise<TrainingResult> {
  const { parsed, options, typed, recipe, batch, count, holding, classes, start } = prepared;
  const { seed, position } = start;
  const { summary, name } = session.info;
  const log = options.log === undefined ? undefined : epochLog(options.log, position.epoch);
  // Now, so that a file that cannot be written fails before the training, not after its first epoch.
  log?.write();
  const history =
    options.save === undefined ? undefined : epochLog(historyFile(options.save), position.epoch);
  const parts = recipe.parts.map(({ steps, batch: own = batch }, part) => {
    const size = own === 'all' ? count : own;
    const sized = size === batch ? typed : checkFor(parsed, options, size, true);
    return { ...compileFor(sized, { kind: 'train', part }, summary), steps, batch: size };
  });
  const taken = { inputs: parts.flatMap(({ program }) => program.inputs) };
  const { raw, held } = datasetsOf(prepared, taken);
  const sampling = parts.filter(({ program }) =>
    program.inputs.some((input) => raw.sampled.includes(input.name)),
  );
  const stepsPerEpoch = sampling.length > 0 ? stepsOf(raw.count, blockOf(sampling, raw.count)) : 1;
  // Asked for on the command line, epochs are what counts.
  const { inspection } = options;
  const most = inspection?.step ?? (options.epochs === undefined ? recipe.steps : undefined);
  const wanted = inspection ? Infinity : (options.epochs ?? recipe.epochs);
  const epochs =
    most === undefined ? (wanted ?? 1) : Math.min(wanted ?? Infinity, Math.ceil(most / stepsPerEpoch));
  const course: Course = {
    ...courseOf(parsed, typed),
    draw: recipe.draw ?? '',
    validate: holdingText(holding),
    seed,
    batch,
    samples: raw.count,
    shuffle: Number(options.shuffle),
  };
  start.check(course);
  inspection?.begin(course, typed, stepsPerEpoch);
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
  const rules = endText(recipe);
  const isOver = start.ended !== undefined && start.ended === rules;
  if (isOver) say(`the training has ended already, by ${rules}`);
  else if (position.epoch >= epochs) say(`${position.epoch} epochs are done already; --epochs N sets more`);

  const by = recipe.keep && keepText(recipe.keep);
  let best: BestWeights | undefined = start.best?.by === by ? start.best : undefined;
  let ended: string | undefined = isOver ? rules : undefined;
  const watch = watching(recipe, { best, done: position.epoch });
  const view = options.quiet ? silentView : trainingView(rateOf(typed));
  const compiledFor = (size: number) =>
    compileFor(checkFor(parsed, options, size, false), { kind: 'run' }, summary).program;
  const training = { ...raw, inputs: standardised(raw.inputs, standards) };
  const heldOut = held && { ...held, inputs: standardised(held.inputs, standards) };
  for (const note of trainingNotes(parsed, typed, training.inputs)) say(`note: ${note}`);
  const evaluator = heldOut && evaluation(session, heldOut, compiledFor, seed);
  const save = async (reached: Position): Promise<string | undefined> => {
    if (options.save === undefined) return undefined;
    history?.write();
    return saveCheckpoint(
      options.save,
      typed,
      await session.export(),
      { standards, classes },
      { position: reached, best, ended, course, asked: start.asked },
    );
  };
  const guards = options.sanitize
    ? await Promise.all(parts.map(({ optimized }) => sanitizer(session, optimized, spansOf(typed), summary)))
    : undefined;
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
          taken: heldOut ?? training,
          samplesAre: held ? 'held-out' : 'training',
          classes,
          compiledFor,
          rate: rateOf(typed),
        })
      : undefined;
  const onlooker = await look?.({ session, typed, training, compiledFor, seed });
  const passed: EpochValues[] = [];
  let last: Values | undefined;
  let weights: string | undefined;
  let saved = Number.NEGATIVE_INFINITY;
  const result = await shown(view, () =>
    train({
      parts: parts.map(({ steps, batch: own }, k) => ({ runner: runners[k]!, steps, batch: own })),
      dataset: training.inputs,
      epochs: isOver ? Math.min(epochs, position.epoch) : epochs,
      ...(most !== undefined && { steps: most }),
      seed,
      order: orderOf(options, recipe),
      signal,
      start: position,
      ...((guards || inspection) && {
        beforeStep: async (ahead) => {
          const { epoch, step, part, scalars, feed } = ahead;
          await guards?.[part]?.check(feed, scalars, `at step ${step} (epoch ${epoch})`);
          if (step === inspection?.step) await inspection.before(ahead, session);
        },
      }),
      onSteps: (values) => {
        recorder?.steps(values);
        inspection?.steps(values);
      },
      onProgress: view.progress,
      onEpoch: async (report) => {
        last = await evaluator?.();
        await recorder?.epoch(report, last);
        await onlooker?.epoch();
        view.epoch(report, last);
        passed.push({ epoch: report.epoch, training: report.values, evaluation: last });
        const verdict = watch.after(report.epoch, report.values, last);
        const found = watch.best();
        if (verdict.isBest && found && by) best = { ...found, by, values: await session.export() };
        if (verdict.ended !== undefined) ended = rules;
        history?.add(report, last);
        const isLast = report.epoch === epochs || verdict.ended !== undefined;
        if (isLast || performance.now() - saved > leastBetweenSaves) {
          weights = await save(report.position);
          saved = performance.now();
        }
        log?.add(report, last);
        log?.write();
        if (verdict.ended !== undefined) say(`ended after epoch ${report.epoch}: ${verdict.ended}`);
      },
      ends: () => ended !== undefined,
    }),
  );
  await inspection?.after(session);
  if (!result.finished || result.history.length === 0) weights = await save(result.position);
  if (result.finished && best !== undefined) {
    for (const { path } of savedParameters(typed)) await session.set(path, best.values.get(path)!);
    last = undefined;
  }
  if (result.finished && recipe.until && ended === undefined)
    say(`${recipe.until.text} did not come about in ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`);
  await onlooker?.finish();
  const recorded = await recorder?.finish();
  if (recorded && options.report !== undefined) writeFileAtomic(options.report, await reportPage(recorded));
  return {
    model: typed.model,
    finished: result.finished,
    position: result.position,
    ended,
    best: best && { by: best.by, epoch: best.epoch, value: best.value },
    training: result.history.at(-1)?.values ?? new Map(),
    evaluation: last ?? (result.finished ? await evaluator?.() : undefined),
    weights,
    epochs: passed,
    recorded,
  };
}

/** What is trained with, and what is held out, as the programs take it. */
function datasetsOf(
  { typed, options, samples, held, holding, start }: Prepared,
  taken: Pick<Program, 'inputs'>,
): { readonly raw: Dataset; readonly held: Dataset | undefined } {
  const read = datasetOf(typed, taken, samples);
  const whole = options.limit === undefined ? read : limited(read, options.limit);
  if (holding !== undefined) {
    const { training, held: out } = splitDataset(whole, holding, start.seed);
    return { raw: training, held: out };
  }
  return { raw: whole, held: held.size > 0 ? datasetOf(typed, taken, held, '--eval') : undefined };
}

const orderOf = ({ shuffle }: TrainingOptions, { draw }: Recipe): Order => {
  if (!shuffle) return 'kept';
  return draw === undefined ? 'shuffled' : 'drawn';
};

async function shown<T>(view: TrainingView, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    view.close();
  }
}

const countOf = (program: TypedProgram): number =>
  program.parameters.filter((p) => p.kind === 'param').reduce((n, p) => n + p.count, 0);

const rateOf = (program: TypedProgram): number | undefined => {
  const rate = program.recipe && objectivesOf(program.recipe)[0]?.rate;
  return typeof rate === 'number' ? rate : undefined;
};
