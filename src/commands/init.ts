/** `nnc init`: the initial parameters of a model, as a safetensors file. */
import { type CommandDefinition, modelOption, seedOption, setOption } from '../command.ts';
import { writeTensors } from '../files.ts';
import { checkModel, parseModel } from '../model.ts';
import { hostTensor, initialWeights, savedParameters } from '../weights.ts';

interface Options {
  readonly seed: number;
  readonly out: string;
  readonly set: ReadonlyMap<string, number>;
  readonly model?: string;
}

export const init: CommandDefinition = {
  name: 'init',
  summary: 'write the initial parameters of a model',
  examples: ['nnc init mlp.nn --seed 7 --out w.safetensors'],
  define: (command) =>
    command
      .argument('<file>', 'a .nn file')
      .requiredOption('--out <FILE>', 'a .safetensors or .npz file')
      .addOption(seedOption())
      .addOption(setOption())
      .addOption(modelOption())
      .action((file: string, options: Options) => {
        const { program } = checkModel(parseModel(file), { ...options, bindings: options.set, training: true });
        const weights = initialWeights(program, options.seed);
        const saved = savedParameters(program).map((p) => [p.path, hostTensor(weights.get(p.path)!)] as const);
        writeTensors(options.out, new Map(saved), new Map([['model', program.model], ['seed', String(options.seed)]]));
        process.stdout.write(`${options.out}: ${saved.length} tensors\n`);
      }),
};
