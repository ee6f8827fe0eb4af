/** `nnc fmt`: writes files in the canonical form, or says which are not. */
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { format } from '../../grammar/format.ts';
import type { CommandDefinition } from '../terminal/command.ts';
import { exitCodes, SourceError } from '../terminal/failure.ts';
import { readSource, writeFileAtomic } from '../terminal/files.ts';
import { print, printFile } from '../terminal/output.ts';

export const fmt: CommandDefinition = {
  name: 'fmt',
  summary: 'format .nn files canonically; comments stay',
  examples: ['nnc fmt moons/moons.nn', 'nnc fmt --check moons/moons.nn', 'nnc fmt --stdout moons/moons.nn'],
  define: (command, end) =>
    command
      .argument('<files...>', '.nn files')
      .option('--check', 'change nothing; exit with 1 if a file is not formatted', false)
      .option('--stdout', 'print the result and change nothing', false)
      .action((files: readonly string[], options: { check: boolean; stdout: boolean }) => {
        const diagnostics: Diagnostic[] = [];
        for (const name of files) {
          const text = readSource(name);
          const result = format({ name, text });
          if ('diagnostics' in result) diagnostics.push(...result.diagnostics);
          else if (options.stdout) printFile(result.text);
          else if (result.text === text) continue;
          else if (options.check) {
            print(`${name} is not formatted\n`);
            end(exitCodes.input);
          } else {
            writeFileAtomic(name, result.text);
            print(`${name} formatted\n`);
          }
        }
        if (diagnostics.length > 0) throw new SourceError(diagnostics);
      }),
};
