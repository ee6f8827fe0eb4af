/** A parsed model and a wish -> the checked model, and what the compiler is to make of it: for costs of a program. */
import type { TypedProgram } from '../compiler/check/typed.ts';
import type { Purpose } from '../compiler/lower/index.ts';
import type { ModelChoice } from './command.ts';
import { checkModel, type Parsed } from './model.ts';
import { type ProgramChoice, purposeOf } from './purpose.ts';

export interface CheckedFor {
  readonly program: TypedProgram;
  readonly purpose: Purpose;
  /** Free dimensions that nobody said the extent of: `B = 2`. */
  readonly assumed: readonly string[];
}

/** Without a wish: a training step, else gradients where there is a loss, else outputs. */
export function checkedFor(parsed: Parsed, choice: ModelChoice & ProgramChoice): CheckedFor {
  const options = { bindings: choice.set, ...(choice.model !== undefined && { model: choice.model }) };
  const training = checkModel(parsed, { ...options, training: true }).program;
  const trains =
    choice.purpose === 'train' || (choice.purpose === undefined && training.recipe !== undefined);
  const program = trains ? training : checkModel(parsed, { ...options, training: false }).program;
  return {
    program,
    purpose: purposeOf(program, trains ? { ...choice, purpose: 'train' } : choice),
    assumed: program.dimensions
      .filter(({ by }) => by === 'stand-in')
      .map(({ name, extent }) => `${name} = ${extent}`),
  };
}
