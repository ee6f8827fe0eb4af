/** `nnc init`: the initial parameters of a model, as a safetensors file. */

import { checkTensorFile, writeTensors } from '../data/tensor-files.ts';
import { hostTensor, initialWeights, savedParameters } from '../data/weights.ts';
import { checkModel } from '../model/checked-model.ts';
import { parseModel } from '../model/model.ts';
import { type CommandDefinition, type ModelChoice, seedOption, withModel } from '../terminal/command.ts';
import { print } from '../terminal/output.ts';

interface Options extends ModelChoice {
  readonly seed: number;
  readonly out: string;
}

export const init: CommandDefinition = {
  name: 'init',
  summary: 'write the initial parameters of a model',
  examples: ['nnc init models:mlp --seed 7 --out runs/initial.safetensors'],
  define: (command) =>
    withModel(command)
      .requiredOption('--out <FILE>', 'a .safetensors or .npz file')
      .addOption(seedOption())
      .action((file: string, options: Options) => {
        checkTensorFile(options.out);
        const { program } = checkModel(parseModel(file), {
          ...options,
          bindings: options.set,
          training: true,
        });
        const weights = initialWeights(program, options.seed);
        const saved = savedParameters(program).map(
          (p) => [p.path, hostTensor(weights.get(p.path)!)] as const,
        );
        writeTensors(
          options.out,
          new Map(saved),
          new Map([
            ['model', program.model],
            ['seed', String(options.seed)],
          ]),
        );
        print(`${options.out}: ${saved.length} tensors\n`);
      }),
};
