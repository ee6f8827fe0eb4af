/** A parsed model and a wish -> the checked model, and what the compiler is to make of it: for costs of a program. */
import { type Command, Option } from 'commander';
import type { TypedProgram } from '../compiler/check/typed.ts';
import type { Purpose } from '../compiler/lower/index.ts';
import type { ModelChoice } from './command.ts';
import { UsageError } from './failure.ts';
import { gradientPurpose } from './gradient.ts';
import { checkModel, type Parsed } from './model.ts';

export interface ProgramWish extends ModelChoice {
  /** Default: a training step, else gradients where there is a loss, else outputs. */
  readonly purpose?: 'train' | 'run' | 'grad';
}

export const withProgramWish = (command: Command): Command =>
  command.addOption(
    new Option(
      '--purpose <PURPOSE>',
      'of which program: a training step, outputs, or gradients (default: the first that the model has)',
    ).choices(['train', 'run', 'grad']),
  );

export interface CheckedFor {
  readonly program: TypedProgram;
  readonly purpose: Purpose;
  /** Free dimensions that nobody said the extent of: `B = 2`. */
  readonly assumed: readonly string[];
}

export function checkedFor(parsed: Parsed, { set, model, purpose }: ProgramWish): CheckedFor {
  const options = { bindings: set, ...(model !== undefined && { model }) };
  const training = checkModel(parsed, { ...options, training: true }).program;
  if (purpose === 'train' && !training.recipe) {
    throw new UsageError('--purpose train: the file has no train recipe for this model');
  }
  const trains = purpose === 'train' || (purpose === undefined && training.recipe !== undefined);
  const program = trains ? training : checkModel(parsed, { ...options, training: false }).program;
  const differentiates =
    purpose === 'grad' || (purpose === undefined && program.outputs.some(({ role }) => role === 'loss'));
  return {
    program,
    purpose: trains ? { kind: 'train' } : differentiates ? gradientPurpose(program, {}) : { kind: 'run' },
    assumed: program.dimensions
      .filter(({ by }) => by === 'stand-in')
      .map(({ name, extent }) => `${name} = ${extent}`),
  };
}
