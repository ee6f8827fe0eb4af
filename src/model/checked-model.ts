/** A parsed file and all that it uses in; the checked program, or all that is wrong, out. */
import { type CheckOptions, check } from '../../compiler/check/index.ts';
import type { SettingValue, TypedProgram } from '../../compiler/check/typed.ts';
import type { File } from '../../grammar/ast.ts';
import { type Diagnostic, hasErrors, sortDiagnostics } from '../../grammar/diagnostic.ts';
import { SourceError, UsageError } from '../terminal/failure.ts';
import { prelude } from './prelude.ts';

export interface Parsed {
  readonly main: File;
  /** Files that `use` names, each once, in the order in which they are met. */
  readonly used: readonly File[];
  readonly diagnostics: readonly Diagnostic[];
}

export type ModelOptions = Omit<CheckOptions, 'bindings'> & {
  /** Free dimensions and model parameters: `B` -> 32. */
  readonly bindings: ReadonlyMap<string, SettingValue>;
};

export interface Checked {
  readonly program: TypedProgram;
  readonly warnings: readonly Diagnostic[];
}

/** Checks a parsed file; throws a SourceError with all that is wrong. */
export function checkModel(parsed: Parsed, options: ModelOptions): Checked {
  const broken = hasErrors(parsed.diagnostics);
  const input = { main: parsed.main, files: parsed.used, prelude: prelude(), broken };
  const result = check(input, options);
  const diagnostics = sortDiagnostics([...parsed.diagnostics, ...result.diagnostics]);
  if (hasErrors(diagnostics) || !result.program) throw new SourceError(diagnostics);
  const [unused] = result.program.unusedBindings;
  if (unused !== undefined) {
    const known = [
      ...result.program.dimensions.map((d) => d.name),
      ...result.program.settings.map((s) => s.name),
    ];
    throw new UsageError(
      `--set ${unused}: model ${result.program.model} has no such dimension or parameter; it has ${known.join(', ') || 'none'}`,
    );
  }
  return { program: result.program, warnings: diagnostics };
}
