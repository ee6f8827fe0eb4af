/** A `.nn` file -> a checked program: reads it and what it uses, parses, checks, and says what is wrong. */
import path from 'node:path';
import { type CheckOptions, check } from '../compiler/check/index.ts';
import type { SettingValue, TypedProgram } from '../compiler/check/typed.ts';
import type { File, Use } from '../grammar/ast.ts';
import { type Diagnostic, error, hasErrors, label, sortDiagnostics } from '../grammar/diagnostic.ts';
import { parse } from '../grammar/index.ts';
import { DataError } from '../runtime/errors.ts';
import { SourceError, UsageError } from './failure.ts';
import { identityOf, readSource } from './files.ts';
import { prelude } from './prelude.ts';
import { shippedPath } from './shipped.ts';

export interface Parsed {
  readonly main: File;
  /** Files that `use` names, each once, in the order in which they are met. */
  readonly used: readonly File[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Parses a file, or a model that comes with the program, and all that it uses. */
export function parseModel(given: string): Parsed {
  const name = shippedPath(given);
  const diagnostics: Diagnostic[] = [];
  const files = new Map<string, File>();
  /** Uses that wait, the next one last: a chain of them may be longer than any stack. */
  const waiting: { readonly use: Use; readonly wanted: string }[] = [];
  const add = (fileName: string, text: string): void => {
    const parsed = parse({ name: fileName, text });
    files.set(identityOf(fileName), parsed.file);
    diagnostics.push(...parsed.diagnostics);
    const folder = path.dirname(fileName);
    for (const use of [...parsed.file.uses].reverse())
      waiting.push({ use, wanted: path.join(folder, use.path) });
  };
  add(name, readSource(name));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { use, wanted } = next;
    if (files.has(identityOf(wanted))) continue;
    const used = readUsed(wanted);
    if (typeof used === 'string') add(wanted, used);
    else {
      diagnostics.push(
        error('NN190', `cannot use "${use.path}"`, { primary: label(use.span, used.message) }),
      );
    }
  }
  const [main, ...used] = files.values();
  return { main: main!, used, diagnostics };
}

/** The text of a file that another uses, or why there is none. */
function readUsed(name: string): string | DataError {
  try {
    return readSource(name);
  } catch (failure) {
    if (failure instanceof DataError) return failure;
    throw failure;
  }
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
