/** `nnc completion`: a script for the shell, made of what the commands say of themselves. */
import { Argument, Command } from 'commander';
import type { CommandDefinition } from '../terminal/command.ts';
import { printFile } from '../terminal/output.ts';
import { type CompletedCommand, completionScript, type Shell, shells } from '../views/completion.ts';
import { commandsFor } from './index.ts';

export const completion: CommandDefinition = {
  name: 'completion',
  summary: 'print a script that completes commands and options in a shell',
  examples: ['nnc completion bash', 'nnc completion zsh', 'nnc completion fish'],
  define: (command) =>
    command
      .addArgument(new Argument('<shell>', 'which').choices(shells))
      .addHelpText(
        'after',
        '\nbash: eval "$(nnc completion bash)" in ~/.bashrc; zsh: the same with zsh in ~/.zshrc;\n' +
          'fish: nnc completion fish > ~/.config/fish/completions/nnc.fish',
      )
      .action(async (shell: Shell) => {
        printFile(completionScript(shell, (await commandsFor(undefined)).map(completed)));
      }),
};

function completed({ name, summary, define }: CommandDefinition): CompletedCommand {
  const command = new Command(name);
  define(command, () => {});
  const options = command.options.flatMap(({ long, description, required, optional, argChoices }) =>
    long == null
      ? []
      : [{ flag: long, summary: description, takesValue: required || optional, choices: argChoices ?? [] }],
  );
  const help = { flag: '--help', summary: 'display help', takesValue: false, choices: [] };
  return { name, summary, options: [...options, help] };
}
