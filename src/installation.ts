/**
 * Where the files lie that come with the program. Sources and the bundles in `dist/` are one folder below the root, so
 * that one path leads there from both.
 */
import { readFileSync } from 'node:fs';

/** Of the package, or of the clone. */
export const installation = new URL('..', import.meta.url);

/** The text of a file that comes with the program; `dist/page.js`. */
export const readInstalled = (name: string): string => readFileSync(new URL(name, installation), 'utf8');
