/** `nnc run`: every output, loss and metric of a model on given data. */

import { meant } from '../../compiler/check/problems/suggest.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Purpose } from '../../compiler/lower/index.ts';
import { type ExecutionOptions, execute, withExecution, writeResults } from '../running/execution.ts';
import { type CommandDefinition, nameList } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';

interface Options extends ExecutionOptions {
  readonly only?: readonly string[];
}

export const run: CommandDefinition = {
  name: 'run',
  summary: 'run a model once: every output, loss and metric',
  examples: [
    'nnc run models:scalar --data x1=2 --data x2=5',
    'nnc run models:iris --data x=5.1,3.5,1.4,0.2',
    'nnc run models:mlp --weights runs/mlp/weights.safetensors --data x=runs/digits/t10k-images-idx3-ubyte --data t=runs/digits/t10k-labels-idx1-ubyte --out runs/results.safetensors',
  ],
  define: (command) =>
    withExecution(command)
      .option('--only <NAMES>', 'only these outputs, losses and metrics, separated by commas', nameList)
      .action(async (file: string, options: Options) => {
        await writeResults(await execute(file, options, (program) => purposeOf(program, options)), options);
      }),
};

function purposeOf({ model, outputs }: TypedProgram, { only }: Options): Purpose {
  if (only === undefined) return { kind: 'run' };
  const known = outputs.map(({ name }) => name);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`--only ${unknown}: model ${model} has no such output; ${meant(unknown, known)}`);
  return { kind: 'run', outputs: only };
}
