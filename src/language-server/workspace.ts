/** The texts that an editor has open, and the files on disk, in; what was read and found in each out, kept until a text changes. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { identityOf, readSource } from '../terminal/files.ts';
import { type Checking, checkReading } from './checking.ts';
import { nameOf, uriOf } from './places.ts';
import { type Reading, readFile } from './reading.ts';

export interface Workspace {
  readonly document: (uri: string) => TextDocument | undefined;
  readonly reading: (uri: string) => Reading;
  readonly checking: (uri: string) => Checking;
  /** What was read of all files that use this one, and of itself. */
  readonly usersOf: (uri: string) => readonly Reading[];
  /** Says that the text of a file has changed. */
  readonly forget: (uri: string) => void;
}

/** `folders` are those that the editor works in. */
export function openWorkspace(
  documents: TextDocuments<TextDocument>,
  folders: () => readonly string[],
): Workspace {
  const readings = new Map<string, Reading>();
  const checkings = new Map<string, Checking>();
  const textOf = (name: string): string =>
    documents.get(uriOf(name))?.getText() ?? openText(documents, name) ?? readSource(name);
  const reading = (uri: string): Reading => kept(readings, uri, () => readFile(nameOf(uri), textOf));
  return {
    document: (uri) => documents.get(uri),
    reading,
    checking: (uri) => kept(checkings, uri, () => checkReading(reading(uri))),
    usersOf: (uri) => {
      const own = identityOf(nameOf(uri));
      const uses = ({ files }: Reading): boolean =>
        files.some(({ source }) => identityOf(source.name) === own);
      const open = documents.keys();
      const candidates = new Set([...open, ...folders().flatMap(sourcesIn).map(uriOf)]);
      candidates.delete(uri);
      const others = [...candidates].filter((other) =>
        / *use\s+"/.test(safely(() => textOf(nameOf(other))) ?? ''),
      );
      return [reading(uri), ...others.map(reading).filter(uses)];
    },
    forget: (changed) => {
      const own = identityOf(nameOf(changed));
      for (const [uri, { files, parsed }] of readings) {
        // A file that was missed may be there now.
        const misses = parsed.diagnostics.some(({ code }) => code === 'NN190');
        if (!misses && !files.some(({ source }) => identityOf(source.name) === own)) continue;
        readings.delete(uri);
        checkings.delete(uri);
      }
    },
  };
}

/** The text of a file that is open under another of its names. */
function openText(documents: TextDocuments<TextDocument>, name: string): string | undefined {
  const own = identityOf(name);
  return documents
    .all()
    .find(({ uri }) => identityOf(nameOf(uri)) === own)
    ?.getText();
}

function kept<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

function safely<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** A folder with more entries is not searched: it is no folder of models. */
const mostEntries = 20_000;

function sourcesIn(folder: string): readonly string[] {
  const found: string[] = [];
  const waiting = [folder];
  for (let seen = 0, next = waiting.pop(); next !== undefined && seen < mostEntries; next = waiting.pop()) {
    for (const entry of safely(() => readdirSync(next!, { withFileTypes: true })) ?? []) {
      seen += 1;
      const name = path.join(next, entry.name);
      if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
        waiting.push(name);
      if (entry.isFile() && entry.name.endsWith('.nn')) found.push(name);
    }
  }
  return found;
}
