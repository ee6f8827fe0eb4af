#!/usr/bin/env node
/** The command line: `nnc COMMAND …`. One file a command; this one only ties them together. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { commands } from './commands/index.ts';
import { exitCodes, reportFailure } from './failure.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

function commandLine(): Command {
  const program = new Command('nnc')
    .description('Compiles neural networks written as equations (.nn) to WGSL kernels, and runs them.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(see --help)');
  for (const definition of commands) {
    const command = program.command(definition.name).summary(definition.summary).description(definition.summary);
    definition.define(command);
    command.exitOverride();
    command.addHelpText('after', `\nExamples:\n${definition.examples.map((e) => `  $ ${e}`).join('\n')}`);
  }
  program.addHelpText('after', '\nExit codes: 0 good, 1 the file or the data is wrong, 2 wrong usage, 3 device.');
  return program;
}

try {
  await commandLine().parseAsync();
} catch (failure) {
  // Commander has said what it has to say; help and version are no failures.
  process.exitCode =
    failure instanceof CommanderError
      ? failure.exitCode === 0
        ? exitCodes.good
        : exitCodes.usage
      : reportFailure(failure);
}
