/** `nnc run`: every output, loss and metric of a model on given data. */
import type { CommandDefinition } from '../command.ts';
import { type ExecutionOptions, execute, withExecution, writeResults } from '../execution.ts';

export const run: CommandDefinition = {
  name: 'run',
  summary: 'run a model once: every output, loss and metric',
  examples: [
    'nnc run models/scalar.nn --data x1=2 --data x2=5',
    'nnc run models/mlp.nn --weights runs/mlp/weights.safetensors --data x=runs/digits/t10k-images-idx3-ubyte --data t=runs/digits/t10k-labels-idx1-ubyte --out runs/results.safetensors',
  ],
  define: (command) =>
    withExecution(command).action(async (file: string, options: ExecutionOptions) => {
      writeResults(await execute(file, options, () => ({ kind: 'run' })), options);
    }),
};
