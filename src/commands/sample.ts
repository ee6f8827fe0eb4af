/** `nnc sample`: texts that a model of texts goes on with, and sheets of pictures that a model makes of noise. */
import { InvalidArgumentError } from 'commander';
import { sample as drawSample } from '../running/sample.ts';
import type { SampleOptions } from '../running/sampling.ts';
import { withWeights } from '../saved/starting-weights.ts';
import {
  type CommandDefinition,
  deviceOption,
  seedOption,
  threadsOption,
  verboseOption,
  wholeNumber,
  withModel,
} from '../terminal/command.ts';
import { print, tell } from '../terminal/output.ts';

function temperature(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('expected a number, 0 or more');
  return value;
}

export const sample: CommandDefinition = {
  name: 'sample',
  summary: 'let a trained model make up texts, or pictures out of noise',
  examples: [
    'nnc sample models:char_lstm --weights runs/fables/weights.safetensors --prompt fox --length 80 --temperature 0.7 --device cpu',
    'nnc sample models:networks/vae --set hidden=16 --count 16 --out runs/noise.png',
  ],
  define: (command) =>
    withWeights(withModel(command), 'the initial ones of the seed')
      .option('--prompt <TEXT>', 'what a text begins with', '')
      .option('--length <N>', 'how many characters or words follow', wholeNumber(1), 200)
      .option(
        '--temperature <T>',
        '0: always the most likely; 1: as the model says; above: more of the unlikely',
        temperature,
        1,
      )
      .option('--window <N>', 'what the model reads at once (default: as in its training)', wholeNumber(2))
      .option('--count <N>', 'texts (default: 1), or pictures (default: 64)', wholeNumber(1))
      .option('--out <FILE>', 'where pictures go: a .png file')
      .addOption(seedOption())
      .addOption(deviceOption())
      .addOption(threadsOption())
      .addOption(verboseOption())
      .addHelpText(
        'after',
        '\nA model of texts reads an input whose vocabulary its weights know, and has an output of scores or shares, as in\n' +
          '`output p = softmax(logits)`. A model of pictures has an output that is made of noise, or of inputs that are noise.',
      )
      .action(async (file: string, options: SampleOptions) => {
        await drawSample(file, options, print, (text) => tell(`${text}\n`));
      }),
};
