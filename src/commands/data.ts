/** `nnc data`: the data sets that nnc makes itself, listed, or one of them as files. */
import path from 'node:path';
import { meant } from '../../compiler/check/problems/suggest.ts';
import type { DataSet } from '../data/sets/data-set.ts';
import { dataSets, madeData, mostRows, parts, usualSeed } from '../data/sets/index.ts';
import { type CommandDefinition, seedOption, wholeNumber } from '../terminal/command.ts';
import { UsageError } from '../terminal/failure.ts';
import { makeFolder, writeFileAtomic } from '../terminal/files.ts';
import { print } from '../terminal/output.ts';
import { textWidth, wrapped } from '../terminal/text-table.ts';

interface Options {
  readonly out?: string;
  readonly training?: number;
  readonly test?: number;
  readonly seed: number;
}

export const data: CommandDefinition = {
  name: 'data',
  summary: 'data that nnc makes itself: what there is, or one of them as files',
  examples: ['nnc data', 'nnc data moons', 'nnc data moons --out runs/moons --training 100 --seed 5'],
  define: (command) =>
    command
      .argument('[name]', `one of ${[...dataSets.keys()].join(', ')}`)
      .option('-o, --out <FOLDER>', 'write training and test rows here; made if it is not there')
      .option('--training <N>', 'rows to train with', wholeNumber(1, mostRows))
      .option('--test <N>', 'rows to test with', wholeNumber(1, mostRows))
      .addOption(seedOption().default(usualSeed))
      .addHelpText(
        'after',
        `\n--data x=data:NAME reads the same rows without a file: data:moons/test those to test with, data:moons:50 the first 50. ` +
          `Each row has random numbers of its own, so fewer rows are the first of more.\n\n${[...dataSets].map(told).join('\n')}`,
      )
      .action((name: string | undefined, { out, seed, ...counts }: Options) => {
        if (name === undefined) {
          if (out !== undefined) throw new UsageError('which data? nnc data NAME --out FOLDER');
          print(...[...dataSets].map(told));
          return;
        }
        const set = dataSets.get(name);
        if (set === undefined)
          throw new UsageError(`there is no data set ${name}; ${meant(name, [...dataSets.keys()])}`);
        if (out === undefined) {
          print(told([name, set]));
          return;
        }
        const files = parts.map((part) => `${part}.${set.extension}`);
        makeFolder(out, files);
        for (const [k, part] of parts.entries()) {
          const file = path.join(out, files[k]!);
          writeFileAtomic(file, madeData(set, part, counts[part], seed));
          print(`${file}\n`);
        }
      }),
};

const told = ([name, { summary, formula, counts, extension }]: readonly [string, DataSet]): string => {
  const rows = `${counts.training} rows to train with, ${counts.test} to test with, as ${extension}; seed ${usualSeed}`;
  const lines = [`${name}: ${summary}`, formula, rows].flatMap((line) =>
    wrapped(line, textWidth(process.stdout) - 2),
  );
  return `${lines.join('\n  ')}\n`;
};
