/** A parsed model and a wish -> the checked model, and what of it is compiled: outputs, gradients or a training step. */
import { type Command, Option } from 'commander';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Purpose } from '../../compiler/lower/index.ts';
import { choiceOf, type ModelChoice, wholeNumber } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { checkModel, type Parsed } from './checked-model.ts';
import { gradientPurpose } from './gradient.ts';

type PurposeName = 'train' | 'grad' | 'run';

/**
 * What a command compiles where nobody says: the first of these that the model has. All that ask what a program is and
 * what it costs take the step of a training, which is most of the work. `dump` shows a derivation: in a training step the
 * optimizer would take the place of the gradients.
 */
export const defaultPurposes = {
  view: ['train', 'grad', 'run'],
  memory: ['train', 'grad', 'run'],
  profile: ['train', 'grad', 'run'],
  dump: ['grad', 'run'],
} as const satisfies Readonly<Record<string, readonly PurposeName[]>>;

export type PurposeCommand = keyof typeof defaultPurposes;

export interface ProgramChoice extends ModelChoice {
  readonly purpose?: PurposeName;
  /** Asks for gradients. Default: the first. */
  readonly loss?: string;
  /** Which part of a training step: from 1. Default: the first. */
  readonly clause?: number;
}

const meaning = { train: 'a training step', grad: 'gradients', run: 'outputs' } as const;

/** Adds the options of `ProgramChoice` beside those of the model. */
export function withPurpose(command: Command, name: PurposeCommand): Command {
  const [first, ...others] = defaultPurposes[name];
  const byDefault = [first, ...others].map((purpose) => meaning[purpose]).join(', else ');
  return command
    .addOption(
      new Option('--purpose <PURPOSE>', `what is compiled (default: ${byDefault})`).choices(
        Object.keys(meaning),
      ),
    )
    .addOption(new Option('--loss <NAME>', 'the loss that is differentiated (default: the first)'))
    .addOption(clauseOption());
}

export const clauseOption = (): Option =>
  new Option(
    '--clause <N>',
    'which clause of the recipe, where a step has several (default: the first)',
  ).argParser(wholeNumber(1));

/** A part of a training step, by the number that people give it. */
export function trainPurpose({ recipe, model }: TypedProgram, clause = 1): Purpose {
  const count = recipe?.parts.length ?? 0;
  if (clause <= count) return { kind: 'train', part: clause - 1 };
  throw new UsageError(
    `--clause ${clause}: a step of ${model} has ${count} ${count === 1 ? 'clause' : 'clauses'}, and what is together is one`,
  );
}

export interface CheckedFor {
  readonly program: TypedProgram;
  readonly purpose: Purpose;
  /** Free dimensions that nobody said the extent of: `B = 2`. */
  readonly assumed: readonly string[];
}

/** `mode` is that of outputs and gradients; a training step is always in that of training. */
export function checkedFor(
  name: PurposeCommand,
  parsed: Parsed,
  {
    set,
    model,
    recipe,
    purpose,
    loss,
    clause,
    mode = 'eval',
  }: ProgramChoice & { readonly mode?: 'eval' | 'train' },
): CheckedFor {
  if (loss !== undefined && purpose !== undefined && purpose !== 'grad') {
    throw new UsageError(`--loss ${loss} goes with --purpose grad, not ${purpose}`);
  }
  if (clause !== undefined && (loss !== undefined || (purpose !== undefined && purpose !== 'train')))
    throw new UsageError(`--clause ${clause} goes with --purpose train`);
  const named = purpose ?? (clause === undefined ? undefined : 'train');
  const wanted = named ?? (loss === undefined ? undefined : 'grad');
  const checked = (training: boolean): TypedProgram =>
    checkModel(parsed, { bindings: set, ...choiceOf({ model, recipe }), training }).program;
  const candidates: readonly PurposeName[] = wanted === undefined ? defaultPurposes[name] : [wanted];
  if (candidates.includes('train')) {
    const program = checked(true);
    if (program.recipe)
      return { program, purpose: trainPurpose(program, clause), assumed: assumedOf(program) };
    if (wanted === 'train') {
      throw new UsageError('--purpose train: the file has no train recipe for this model');
    }
  }
  const program = checked(mode === 'train');
  const differentiates =
    wanted === 'grad' || (wanted === undefined && program.outputs.some(({ role }) => role === 'loss'));
  return {
    program,
    purpose: differentiates ? gradientPurpose(program, loss === undefined ? {} : { loss }) : { kind: 'run' },
    assumed: assumedOf(program),
  };
}

const assumedOf = ({ dimensions }: TypedProgram): readonly string[] =>
  dimensions.filter(({ by }) => by === 'stand-in').map(({ name, extent }) => `${name} = ${extent}`);
