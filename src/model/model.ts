/** A `.nn` file -> its syntax tree and those of the files that it uses. */
import path from 'node:path';
import type { File, Use } from '../../grammar/ast.ts';
import { type Diagnostic, error, label } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { DataError } from '../../runtime/errors.ts';
import { identityOf, readSource } from '../terminal/files.ts';
import type { Parsed } from './checked-model.ts';
import { shippedPath } from './shipped.ts';

/**
 * Parses a file, or a model that comes with the program, and all that it uses. `read` gives the text of each, or fails with a
 * `DataError`.
 */
export function parseModel(given: string, read: (name: string) => string = readSource): Parsed {
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
  add(name, read(name));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { use, wanted } = next;
    if (files.has(identityOf(wanted))) continue;
    const used = readUsed(wanted, read);
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
function readUsed(name: string, read: (name: string) => string): string | DataError {
  try {
    return read(name);
  } catch (failure) {
    if (failure instanceof DataError) return failure;
    throw failure;
  }
}
