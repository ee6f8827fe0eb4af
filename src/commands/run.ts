/** `nnc run`: every output, loss and metric of a model on given data. */
import {
  type CommandDefinition,
  dataOption,
  deviceOption,
  jsonOption,
  modelOption,
  modeOption,
  seedOption,
  setOption,
} from '../command.ts';
import { describeResult, type ExecutionOptions, execute } from '../execution.ts';
import { writeTensors } from '../files.ts';
import { hostTensor } from '../weights.ts';

type Options = ExecutionOptions & { readonly out?: string; readonly json: boolean };

export const run: CommandDefinition = {
  name: 'run',
  summary: 'run a model once: every output, loss and metric',
  examples: [
    'nnc run mlp.nn --weights w.safetensors --data x=images.idx.gz --out y.safetensors',
    'nnc run scalar.nn --inputs point.npz --json',
  ],
  define: (command) =>
    command
      .argument('<file>', 'a .nn file')
      .option('--weights <FILE>', 'parameters (default: the initial ones of the seed)')
      .option('--inputs <FILE>', 'a .safetensors or .npz file that holds inputs under their names')
      .addOption(dataOption())
      .option('--out <FILE>', 'where to write the results: .safetensors, .npz')
      .addOption(modeOption())
      .addOption(seedOption())
      .addOption(setOption())
      .addOption(modelOption())
      .addOption(deviceOption())
      .addOption(jsonOption())
      .action(async (file: string, options: Options) => {
        const results = await execute(file, options, () => ({ kind: 'run' }));
        writeResults(results, options);
      }),
};

/** To the file that was asked for, and a summary to stdout. */
export function writeResults(
  results: Awaited<ReturnType<typeof execute>>,
  { out, json }: Pick<Options, 'out' | 'json'>,
): void {
  if (out !== undefined) writeTensors(out, new Map(results.map((r) => [r.name, hostTensor(r.tensor)])));
  const data = results.map(({ name, role, tensor: { dtype, shape, data } }) => ({
    name,
    role,
    dtype,
    shape,
    ...(shape.length === 0 && { value: data[0] }),
  }));
  process.stdout.write(
    json ? `${JSON.stringify({ results: data }, null, 2)}\n` : results.map((r) => `${describeResult(r)}\n`).join(''),
  );
}
