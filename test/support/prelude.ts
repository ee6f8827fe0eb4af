/** The texts of the prelude, each parsed as a whole. */
import type { File } from '../../grammar/ast.ts';
import { parse } from '../../grammar/index.ts';
import { preludeSources } from '../../src/model/prelude-sources.ts';

export const preludeFiles = (): readonly File[] => preludeSources().map((source) => parse(source).file);
