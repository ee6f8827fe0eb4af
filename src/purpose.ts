/** What the user wants compiled: the outputs, the gradients or a training step -> a purpose that fits the model. */
import { type Command, Option } from 'commander';
import type { TypedProgram } from '../compiler/check/typed.ts';
import type { Purpose } from '../compiler/lower/index.ts';
import { UsageError } from './failure.ts';
import { gradientPurpose } from './gradient.ts';

export interface ProgramChoice {
  readonly purpose?: 'run' | 'grad' | 'train';
  readonly loss?: string;
}

export const purposeOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--purpose <PURPOSE>',
        'which program: outputs, gradients, or a training step (default: grad where the model has a loss, else run)',
      ).choices(['run', 'grad', 'train']),
    )
    .addOption(new Option('--loss <NAME>', 'the loss that is differentiated (default: the first)'));

/** Without a wish: gradients where there is a loss. */
export function purposeOf(program: TypedProgram, { purpose, loss }: ProgramChoice): Purpose {
  if (purpose === 'train') {
    if (!program.recipe) throw new UsageError('--purpose train: the file has no train recipe for this model');
    return { kind: 'train' };
  }
  const hasLoss = program.outputs.some((output) => output.role === 'loss');
  if (purpose === 'run' || (purpose === undefined && !hasLoss && loss === undefined)) return { kind: 'run' };
  return gradientPurpose(program, { ...(loss !== undefined && { loss }) });
}
