/** Places as the compiler has them in, offsets in a source; places as editors have them out, lines and characters of an address. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Location, Range } from 'vscode-languageserver/node';
import { positionOf, type Source, type Span } from '../../grammar/source.ts';
import { preludeSources } from '../model/prelude-sources.ts';
import { preludeFile } from './prelude-files.ts';

/** What the compiler calls the file at an address: its path, or the address where it has none yet. */
export const nameOf = (uri: string): string => (uri.startsWith('file:') ? fileURLToPath(uri) : uri);

export const uriOf = (name: string): string =>
  /^[a-z][\w+.-]+:/i.test(name) ? name : pathToFileURL(path.resolve(name)).href;

const addressOf = (source: Source): string =>
  isOfPrelude(source) ? pathToFileURL(preludeFile(source)).href : uriOf(source.name);

export const isOfPrelude = (source: Source): boolean => preludeSources().includes(source);

export function rangeOf({ source, start, end }: Span): Range {
  const at = (offset: number): Range['start'] => {
    const { line, column } = positionOf(source, offset);
    return { line: line - 1, character: column - 1 };
  };
  return { start: at(start), end: at(end) };
}

export const locationOf = (at: Span): Location => ({ uri: addressOf(at.source), range: rangeOf(at) });
