/** `nnc view`: a page on which everything between the text and the kernels can be clicked through. */
import { Option } from 'commander';
import { parseModel } from '../model/model.ts';
import { checkedFor, type ProgramChoice, withPurpose } from '../model/purpose.ts';
import { checkOutputs, sourcePlaces } from '../saved/outputs.ts';
import {
  type CommandDefinition,
  type TargetChoice,
  targetOf,
  withModel,
  withTarget,
} from '../terminal/command.ts';
import { checkWritable, requireEnding, writeFileAtomic } from '../terminal/files.ts';
import { tell } from '../terminal/output.ts';
import { pageOf } from '../views/page/of.ts';

interface Options extends TargetChoice, ProgramChoice {
  readonly output: string;
}

export const view: CommandDefinition = {
  name: 'view',
  summary: 'write a page that shows it all: source, equations, derivatives, kernels, memory',
  examples: [
    'nnc view models:mlp -o mlp.html',
    'nnc view models:scalar --purpose grad -o scalar.html',
    'nnc view models:xor --target cpu -o xor.html',
  ],
  define: (command) =>
    withPurpose(withTarget(withModel(command)), 'view')
      .addOption(new Option('-o, --output <FILE>', 'the page').default('page.html'))
      .action((file: string, options: Options) => {
        const parsed = parseModel(file);
        checkWritable(options.output);
        checkOutputs([{ what: '--output', path: options.output }], sourcePlaces(parsed));
        requireEnding('--output', options.output, ['.html']);
        const { program, purpose } = checkedFor('view', parsed, options);
        const page = pageOf({ parsed, program, purpose, target: targetOf(options) });
        writeFileAtomic(options.output, page);
        tell(`wrote ${options.output}: open it in a browser\n`);
      }),
};
