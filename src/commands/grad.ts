/** `nnc grad`: a loss and its gradient for every parameter and each named input. */
import {
  type CommandDefinition,
  dataOption,
  deviceOption,
  jsonOption,
  modelOption,
  modeOption,
  nameList,
  seedOption,
  setOption,
} from '../command.ts';
import { type ExecutionOptions, execute } from '../execution.ts';
import { writeResults } from './run.ts';

type Options = ExecutionOptions & {
  readonly out?: string;
  readonly json: boolean;
  readonly loss?: string;
  readonly wrt?: readonly string[];
};

export const grad: CommandDefinition = {
  name: 'grad',
  summary: 'the loss and d.<path>, its gradient, for every parameter and each named input',
  examples: [
    'nnc grad mlp.nn --data x=images.idx.gz --data t=labels.idx.gz --out g.safetensors',
    'nnc grad scalar.nn --inputs point.npz --wrt x1,x2',
  ],
  define: (command) =>
    command
      .argument('<file>', 'a .nn file')
      .option('--loss <NAME>', 'which loss (default: the first)')
      .option('--wrt <NAMES>', 'parameters and inputs, separated by commas (default: every parameter)', nameList)
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
        const { loss, wrt } = options;
        const results = await execute(file, options, () => ({
          kind: 'gradient',
          ...(loss !== undefined && { loss }),
          ...(wrt !== undefined && { wrt }),
        }));
        writeResults(results, options);
      }),
};
