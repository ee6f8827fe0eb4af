/** The text of a file in, what the checker says about it out: as values, and as lines that a golden file holds. */
import { type Checked, type CheckOptions, check } from '../../compiler/check/index.ts';
import type { SettingValue } from '../../compiler/check/typed.ts';
import { type Diagnostic, hasErrors, type Label } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { positionOf, type Source } from '../../grammar/source.ts';
import { prelude } from '../../src/model/prelude.ts';

export interface TextOptions {
  readonly set?: Readonly<Record<string, SettingValue>>;
  readonly training?: boolean;
  readonly model?: string;
  readonly recipe?: string;
  /** Other files, as `use` would load them. */
  readonly files?: readonly Source[];
}

export function checkText(text: string, options: TextOptions = {}): Checked {
  const { file, diagnostics } = parse({ name: 'test.nn', text });
  const checkOptions: CheckOptions = {
    bindings: new Map(Object.entries(options.set ?? {})),
    training: options.training ?? false,
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
  };
  const files = (options.files ?? []).map((source) => parse(source).file);
  const broken = hasErrors(diagnostics);
  const checked = check({ main: file, files, prelude: prelude(), broken }, checkOptions);
  return { ...checked, diagnostics: [...diagnostics, ...checked.diagnostics] };
}

/** `code line:column message`, for short expectations. */
export const shortly = ({ diagnostics }: Checked): readonly string[] =>
  diagnostics.map(({ code, message, primary }) => {
    const { line, column } = positionOf(primary.at.source, primary.at.start);
    return `${code} ${line}:${column} ${message}`;
  });

/** Everything of a diagnostic in plain lines. The prelude's line numbers are left out: they move. */
export function printDiagnostic({ severity, code, message, primary, related, hint }: Diagnostic): string {
  const lines = [
    `${severity}[${code}]: ${message}`,
    labelText(primary, '^'),
    ...related.map((one) => labelText(one, '-')),
  ];
  if (hint !== undefined) lines.push(`  hint: ${hint}`);
  return lines.join('\n');
}

function labelText({ at, text }: Label, mark: string): string {
  const { line, column } = positionOf(at.source, at.start);
  const place = at.source.name === 'test.nn' ? `${line}:${column}` : at.source.name;
  const excerpt = at.source.text.slice(at.start, at.end).replace(/\s+/g, ' ');
  const short = excerpt.length > 60 ? `${excerpt.slice(0, 57)}...` : excerpt;
  return `  ${mark} ${place} \`${short}\`${text === '' ? '' : ` ${text}`}`;
}
