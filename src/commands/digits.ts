/** `nnc digits`: draws the project's own handwritten-like digits and writes them as IDX files. */

import { writeDigits } from '../data/digits/write.ts';
import { type CommandDefinition, seedOption, wholeNumber } from '../terminal/command.ts';
import { print } from '../terminal/output.ts';

interface Options {
  readonly out: string;
  readonly train: number;
  readonly test: number;
  readonly seed: number;
}

/** They are drawn in memory. */
const mostDigits = 1_000_000;

export const digits: CommandDefinition = {
  name: 'digits',
  summary: 'draw handwritten-like digits, 28x28, as IDX files',
  examples: ['nnc digits --out runs/digits', 'nnc digits --out runs/few --train 100 --test 20 --seed 5'],
  define: (command) =>
    command
      .requiredOption('-o, --out <FOLDER>', 'where to write; made if it is not there')
      .option('--train <N>', 'images to train with', wholeNumber(1, mostDigits), 6000)
      .option('--test <N>', 'images to test with', wholeNumber(1, mostDigits), 1000)
      .addOption(seedOption())
      .action(({ out, train, test, seed }: Options) => {
        const files = writeDigits({ folder: out, train, test, seed });
        print(
          Object.values(files)
            .map((file) => `${file}\n`)
            .join(''),
        );
      }),
};
