/** The commands and their options in, a script that lets a shell complete them out. */

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly {
    /** `--device`. */
    readonly flag: string;
    readonly summary: string;
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
}

export const shells = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof shells)[number];

export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands);
    case 'zsh':
      // zsh runs completions of bash, once it has been told to.
      return `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`;
    case 'fish':
      return fishScript(commands);
  }
  return shell satisfies never;
}

/** `${NAME}`. */
const value = (name: string): string => `\${${name}}`;

/** Where nothing is known, files are completed. */
function bashScript(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ flag, choices, takesValue }) =>
      takesValue ? [`    '${name} ${flag}') words='${choices.join(' ')}' value=1 ;;`] : [],
    ),
  );
  const flags = commands.map(
    ({ name, options }) => `      ${name}) words='${options.map(({ flag }) => flag).join(' ')}' ;;`,
  );
  return [
    '_nnc() {',
    `  local word="${value('COMP_WORDS[COMP_CWORD]')}" words= value=`,
    `  local command="${value('COMP_WORDS[1]')}" before="${value('COMP_WORDS[COMP_CWORD-1]')}"`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words='${commands.map(({ name }) => name).join(' ')} --help --version'`,
    '  else case "$command $before" in',
    ...values,
    '    esac',
    '    case "$value$word" in -*) case "$command" in',
    ...flags,
    '      esac ;;',
    '    esac',
    '  fi',
    '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
    '}',
    'complete -o bashdefault -o default -F _nnc nnc',
    '',
  ].join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function fishScript(commands: readonly CompletedCommand[]): string {
  return commands
    .flatMap(({ name, summary, options }) => [
      `complete -c nnc -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...options.map(({ flag, summary: of, takesValue, choices }) => {
        const value = !takesValue ? '' : choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : ' -r';
        return `complete -c nnc -n ${quoted(`__fish_seen_subcommand_from ${name}`)} -l ${flag.slice(2)}${value} -d ${quoted(of)}`;
      }),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
