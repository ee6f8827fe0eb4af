/** `nnc fmt`: writes files in the canonical form, or says which are not. */
import { format } from '../../grammar/format.ts';
import type { CommandDefinition } from '../command.ts';
import { exitCodes, SourceError } from '../failure.ts';
import { readTextFile, writeFileAtomic } from '../files.ts';

export const fmt: CommandDefinition = {
  name: 'fmt',
  summary: 'format .nn files canonically; comments stay',
  examples: ['nnc fmt model.nn', 'nnc fmt --check models/*.nn', 'nnc fmt --stdout model.nn'],
  define: (command) =>
    command
      .argument('<files...>', '.nn files')
      .option('--check', 'change nothing; exit with 1 if a file is not formatted', false)
      .option('--stdout', 'print the result and change nothing', false)
      .action((files: readonly string[], options: { check: boolean; stdout: boolean }) => {
        for (const name of files) {
          const text = readTextFile(name);
          const result = format({ name, text });
          if ('diagnostics' in result) throw new SourceError(result.diagnostics);
          if (options.stdout) process.stdout.write(result.text);
          else if (result.text === text) continue;
          else if (options.check) {
            process.stdout.write(`${name} is not formatted\n`);
            process.exitCode = exitCodes.input;
          } else {
            writeFileAtomic(name, result.text);
            process.stdout.write(`${name} formatted\n`);
          }
        }
      }),
};
