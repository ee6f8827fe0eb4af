/** A model's file and what its training is asked for in; all that is read and checked before a device is opened, out. */
import type { Recipe, TypedProgram } from '../../compiler/check/typed.ts';
import { type Classes, withClasses } from '../data/classes.ts';
import { batchAxis, samplesIn } from '../data/dataset.ts';
import { type Holding, heldCount } from '../data/held-out.ts';
import { inputIsMissing, readInputs, type Tensors } from '../data/inputs.ts';
import type { Parsed } from '../model/checked-model.ts';
import { checkTrainingOutputs } from '../saved/outputs.ts';
import { requireHeldOut } from '../saved/stopping.ts';
import type { TrainingOptions } from '../saved/training-options.ts';
import { UsageError } from '../terminal/failure.ts';
import { checkWritable, requireEnding } from '../terminal/files.ts';
import { batchOf, checkFor, setByData } from './training-program.ts';
import { beginning, resumed, type Start } from './training-start.ts';

/** A training whose files are read and which is found to be right, as far as that is seen without a device. */
export interface Prepared {
  readonly parsed: Parsed;
  readonly options: TrainingOptions;
  readonly typed: TypedProgram;
  readonly recipe: Recipe;
  readonly batch: number;
  /** Samples that it trains with. */
  readonly count: number;
  /** Which samples of the training data are held out. */
  readonly holding: Holding | undefined;
  readonly samples: Tensors;
  /** What is given to be held out. */
  readonly held: Tensors;
  readonly classes: Classes;
  readonly start: Start;
}

/** `known`: what an earlier training of these weights has learned of its data. */
export function prepareTraining(
  parsed: Parsed,
  given: TrainingOptions,
  say: (text: string) => void,
  known?: Pick<Start, 'standards' | 'classes'>,
): Prepared {
  const file = parsed.main.source.name;
  const options = { ...given, set: setByData(parsed, given) };
  const first = checkFor(parsed, options, options.batch, true);
  const { recipe } = first;
  if (!recipe) {
    throw new UsageError(`${file} has no \`train ${first.model} { … }\`: nothing says how to train it`);
  }
  const start = {
    ...(options.resume ? resumed(options, first) : beginning(file, options, first, recipe.seed ?? 0, say)),
    ...known,
  };
  checkTrainingOutputs(parsed, options);
  const { tensors: samples, classes: read } = readInputs(first, options.data, undefined, say, start.classes);
  const classes = withClasses(start.classes, read);
  // Of held-out data all is known: what is no class in the training data is none there.
  const seen = new Map([...options.eval.keys()].map((input) => [input, classes.get(input) ?? []]));
  const { tensors: held } = readInputs(first, options.eval, undefined, say, seen);
  const rows = samplesIn(first, samples);
  const holding = holdingOf(options, recipe, held);
  if (holding !== undefined && rows === undefined) {
    const axis = batchAxis(first);
    const input = first.inputs.find(({ dims }) => axis !== undefined && dims[0]?.name === axis);
    throw new UsageError(
      input === undefined
        ? `model ${first.model} takes no samples: none can be held out`
        : inputIsMissing(input.label.name, '--data'),
    );
  }
  const all = Math.min(rows ?? 1, options.limit ?? Infinity);
  const count = all - heldCount(all, holding);
  if (held.size === 0 && holding === undefined) requireHeldOut(recipe);
  const batch = batchOf(first, options, count);
  const typed = checkFor(parsed, options, batch, true);
  if (options.report !== undefined) {
    checkWritable(options.report);
    requireEnding('--report', options.report, ['.html']);
  }
  return { parsed, options, typed, recipe, batch, count, holding, samples, held, classes, start };
}

/** Held-out data that is given takes the place of what the recipe holds out. */
function holdingOf({ fold }: TrainingOptions, { validate }: Recipe, held: Tensors): Holding | undefined {
  if (fold !== undefined) return fold;
  return validate === undefined || held.size > 0 ? undefined : { kind: 'part', part: validate };
}
