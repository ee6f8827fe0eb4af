/** The text of a model comes in, its typed program and what is wrong with it come out. */
import { type Checked, check } from '../../compiler/check/index.ts';
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { placeOf } from '../../grammar/source.ts';
import { prelude } from '../../src/model/prelude.ts';

export interface CompileOptions {
  readonly training?: boolean;
  readonly bindings?: ReadonlyMap<string, number>;
  readonly model?: string;
}

export function compileText(text: string, options: CompileOptions = {}): Checked {
  const { file, diagnostics } = parse({ name: 'test.nn', text });
  const checked = check(
    { main: file, files: [], prelude: prelude() },
    {
      training: options.training ?? false,
      bindings: options.bindings ?? new Map(),
      unbound: 4,
      ...(options.model === undefined ? {} : { model: options.model }),
    },
  );
  return { ...checked, diagnostics: [...diagnostics, ...checked.diagnostics] };
}

export const messages = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map((d) => `${d.code} ${placeOf(d.primary.at)} ${d.message}: ${d.primary.text}`);

/** The typed program; throws with the messages where the text is wrong. */
export function programOf(text: string, options: CompileOptions = {}): TypedProgram {
  const { program, diagnostics } = compileText(text, options);
  const errors = diagnostics.filter((d) => d.severity === 'error');
  if (program === undefined || errors.length > 0) throw new Error(`${messages(errors).join('\n')}\n${text}`);
  return program;
}
