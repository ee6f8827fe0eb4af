/** The command line: `nnc COMMAND …`. One file a command; this one only ties them together. */
import { Command, CommanderError } from 'commander';
import { commandsFor } from './commands/index.ts';
import { readInstalled } from './installation.ts';
import { refuseRepeated } from './terminal/command.ts';
import { type ExitCode, exitCodes, reportFailure } from './terminal/failure.ts';
import { print, tell } from './terminal/output.ts';

const { version } = JSON.parse(readInstalled('package.json')) as {
  readonly version: string;
};

const exitCodeText = `
Exit codes:
  0    good
  1    the file or the data is wrong
  2    wrong usage
  3    no device, it failed, or it is too small for the program
  70   a mistake of nnc
  130  interrupted (129, 143: by SIGHUP, SIGTERM); a training with --save has saved

From a clone: npm run -s nnc -- COMMAND …`;

/** Runs one command and gives its exit code; all that is said goes to stdout and stderr. */
export async function main(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.good;
  const program = new Command('nnc')
    .description('Compiles neural networks written as equations (.nn) to WGSL kernels, and runs them.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => print(text), writeErr: (text) => tell(text) })
    .showHelpAfterError('(see --help)')
    .addHelpText('after', exitCodeText);
  for (const { name, summary, examples, define } of isVersion(args) ? [] : await commandsFor(args[0])) {
    const command = program.command(name).summary(summary).description(summary);
    define(command, (ended) => {
      code = ended;
    });
    refuseRepeated(command);
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (failure) {
    if (!(failure instanceof CommanderError)) return reportFailure(failure);
    if (failure.code === 'commander.excessArguments') tell(strayHint(program, args));
    if (failure.code === 'commander.unknownCommand') tell(optionHint(program, args));
    // Commander has said what it has to say; help and version are no failures.
    return failure.exitCode === 0 ? exitCodes.good : exitCodes.usage;
  }
}

/** That needs no command, and all of them take a third of a second to load. */
const isVersion = ([word]: readonly string[]): boolean => word === '-V' || word === '--version';

/** Where a word is no command: the commands that have it as an option. */
function optionHint(program: Command, [word]: readonly string[]): string {
  const having = program.commands.filter(({ options }) => options.some(({ long }) => long === `--${word}`));
  if (having.length === 0) return '';
  return `hint: --${word} is an option of ${having.map((one) => one.name()).join(', ')}\n`;
}

/** What may have been meant by a word behind the file, the likeliest first; `%` stands for the word. */
const meantBy = { '--wrt': '%', '--stage': '%', '--of': '%', '--data': 'NAME=%' } as const;

/** The option that takes what was given without one. */
function strayHint(program: Command, [name]: readonly string[]): string {
  const command = program.commands.find((one) => one.name() === name);
  const stray = command?.args[command.registeredArguments.length];
  const option = Object.entries(meantBy).find(([flag]) => command?.options.some(({ long }) => long === flag));
  if (stray === undefined || option === undefined) return '';
  const [flag, value] = option;
  return `hint: ${stray} may be meant for an option, as in ${flag} ${value.replace('%', stray)}\n`;
}
