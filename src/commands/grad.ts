/** `nnc grad`: a loss and its gradient for every parameter and each named input. */

import { type GradientChoice, gradientPurpose } from '../model/gradient.ts';
import { type ExecutionOptions, execute, withExecution, writeResults } from '../running/execution.ts';
import { type CommandDefinition, nameList } from '../terminal/command.ts';

export const grad: CommandDefinition = {
  name: 'grad',
  summary: 'the loss and d.<path>, its gradient, for every parameter and each named input',
  examples: [
    'nnc grad models:scalar --data x1=2 --data x2=5 --wrt x1,x2',
    'nnc grad models:mlp --weights runs/mlp/weights.safetensors --data x=runs/digits/t10k-images-idx3-ubyte --data t=runs/digits/t10k-labels-idx1-ubyte --out runs/gradients.safetensors',
  ],
  define: (command) =>
    withExecution(command)
      .option('--loss <NAME>', 'which loss (default: the first)')
      .option(
        '--wrt <NAMES>',
        'parameters and inputs, separated by commas (default: every trained parameter)',
        nameList,
      )
      .action(async (file: string, options: ExecutionOptions & GradientChoice) => {
        await writeResults(
          await execute(file, options, (program) => gradientPurpose(program, options)),
          options,
        );
      }),
};
