/** `nnc view`: a page on which everything between the text and the kernels can be clicked through. */
import { Option } from 'commander';
import { defaultTargets, type Target } from '../../compiler/schedule/target.ts';
import { type CommandDefinition, type ModelChoice, modeOption, targetOption, withModel } from '../command.ts';
import { writeFileAtomic } from '../files.ts';
import { checkModel, parseModel } from '../model.ts';
import { type ProgramChoice, purposeOf, purposeOptions } from '../purpose.ts';
import { pageOf } from '../views/page/of.ts';

interface Options extends ModelChoice, ProgramChoice {
  readonly mode: 'eval' | 'train';
  readonly target: Target['class'];
  readonly output: string;
}

export const view: CommandDefinition = {
  name: 'view',
  summary: 'write a page that shows it all: source, equations, derivatives, kernels, memory',
  examples: ['nnc view models/mlp.nn -o mlp.html', 'nnc view models/scalar.nn --purpose grad -o scalar.html'],
  define: (command) =>
    purposeOptions(withModel(command))
      .addOption(new Option('-o, --output <FILE>', 'the page').default('page.html'))
      .addOption(targetOption())
      .addOption(modeOption())
      .action((file: string, options: Options) => {
        const parsed = parseModel(file);
        const training = options.mode === 'train' || options.purpose === 'train';
        const { program } = checkModel(parsed, { ...options, bindings: options.set, training });
        const page = pageOf({
          parsed,
          program,
          purpose: purposeOf(program, options),
          target: defaultTargets[options.target],
        });
        writeFileAtomic(options.output, page);
        process.stderr.write(`wrote ${options.output}: open it in a browser\n`);
      }),
};
