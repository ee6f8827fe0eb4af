/** The texts of the prelude, by name. A bundle has them in place of this file (`scripts/bundle.mjs`): it may run in a page. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lazy } from '../../grammar/lazy.ts';
import type { Source } from '../../grammar/source.ts';
import { installation, readInstalled } from '../installation.ts';

const folder = 'compiler/prelude/';

export const preludeSources = lazy((): readonly Source[] =>
  readdirSync(fileURLToPath(new URL(folder, installation)))
    .filter((name) => name.endsWith('.nn'))
    .sort()
    .map((name) => ({ name: `prelude/${name}`, text: readInstalled(`${folder}${name}`) })),
);
