/** The prelude's texts, parsed once a process. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../compiler/internal-error.ts';
import type { File } from '../grammar/ast.ts';
import { parse } from '../grammar/index.ts';
import { placeOf, type Source } from '../grammar/source.ts';
import { installation, readInstalled } from './installation.ts';

const folder = 'compiler/prelude/';

const memo = new Map<'files', readonly File[]>();

export function preludeFiles(): readonly File[] {
  const known = memo.get('files');
  if (known) return known;
  const files = preludeSources().map((source) => {
    const { file, diagnostics } = parse(source);
    const [first] = diagnostics;
    if (first) throw new InternalError(first.message, { pass: 'parse', dump: placeOf(first.primary.at) });
    return file;
  });
  memo.set('files', files);
  return files;
}

export const preludeSources = (): readonly Source[] =>
  readdirSync(fileURLToPath(new URL(folder, installation)))
    .filter((name) => name.endsWith('.nn'))
    .sort()
    .map((name) => ({ name: `prelude/${name}`, text: readInstalled(`${folder}${name}`) }));
