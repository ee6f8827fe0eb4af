/** A file in; its syntax tree, and what each name in it and in the files that it uses means, out. Both where the text is sound. */
import { type Declarations, declarationsOf } from '../../compiler/check/declarations.ts';
import { checkNames } from '../../compiler/check/names/names.ts';
import type { Meaning } from '../../compiler/check/names/table.ts';
import type { File } from '../../grammar/ast.ts';
import type { Diagnostic } from '../../grammar/diagnostic.ts';
import type { Span } from '../../grammar/source.ts';
import type { Parsed } from '../model/checked-model.ts';
import { parseModel } from '../model/model.ts';
import { prelude } from '../model/prelude.ts';

export interface Reading {
  readonly parsed: Parsed;
  readonly main: File;
  /** The file, and those that it uses. */
  readonly files: readonly File[];
  readonly declarations: Declarations;
  /** The names of all files, each place once, in the order of the texts. */
  readonly meanings: readonly Meaning[];
  /** How much is wrong with the syntax, and with names: unknown, defined twice, used too early. */
  readonly wrong: number;
}

/** `read` gives the text of a file. */
export function readFile(name: string, read: (name: string) => string): Reading {
  const parsed = parseModel(name, read);
  const { main, used } = parsed;
  const files = [main, ...used];
  const problems: Diagnostic[] = [];
  const declarations = declarationsOf(main, used, prelude(), problems);
  const meanings = new Map<string, Meaning>();
  const notice = (meaning: Meaning): void => {
    meanings.set(placeKey(meaning.at), meaning);
  };
  for (const { declarations: list } of files) problems.push(...checkNames(declarations, list, false, notice));
  const wrong = [...parsed.diagnostics, ...problems].filter(({ severity }) => severity === 'error').length;
  const sorted = [...meanings.values()].sort((a, b) => a.at.start - b.at.start);
  return { parsed, main, files, declarations, meanings: sorted, wrong };
}

/** The same for all spans of one place. */
export const placeKey = ({ source, start, end }: Span): string => `${source.name} ${start} ${end}`;

/** What the name at an offset of the main file means; also just behind it, where a cursor stands after typing. */
export const meaningAt = ({ meanings, main }: Reading, offset: number): Meaning | undefined =>
  meanings.findLast(({ at }) => at.source === main.source && at.start <= offset && offset <= at.end);

/** All places of a name. What the language defines, as `w` in an optimizer, has the place of the declaration that it is known in. */
export const placesOf = ({ meanings }: Reading, wanted: Meaning): readonly Span[] =>
  meanings
    .filter(
      ({ at, definition, implied }) =>
        placeKey(definition) === placeKey(wanted.definition) &&
        implied === wanted.implied &&
        (!implied || textOf(at) === textOf(wanted.at)),
    )
    .map(({ at }) => at);

export const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);
