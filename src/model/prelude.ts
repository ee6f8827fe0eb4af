/**
 * The prelude: what every program may name without `use`. Of its texts a declaration is parsed when a program names
 * it, so that a command takes no longer for all that it does not name.
 */
import type { Library } from '../../compiler/check/declarations.ts';
import { InternalError } from '../../compiler/internal-error.ts';
import { parseDeclaration } from '../../grammar/index.ts';
import { lazy } from '../../grammar/lazy.ts';
import { placeOf, type Source, type Span, span } from '../../grammar/source.ts';
import { preludeSources } from './prelude-sources.ts';

export const prelude = lazy(() => libraryOf(preludeSources()));

/** Of formatted texts: a line that begins with the word of a declaration is one, and its doc comment stands above. */
export function libraryOf(sources: readonly Source[]): Library {
  const places = new Map(sources.flatMap(declarationsIn));
  const found = new Map<string, ReturnType<typeof declarationAt>>();
  return {
    sources,
    names: [...places.keys()],
    find: (name) => {
      const known = found.get(name);
      const place = places.get(name);
      if (known !== undefined || place === undefined) return known;
      const declaration = declarationAt(place);
      found.set(name, declaration);
      return declaration;
    },
  };
}

function declarationsIn(source: Source): readonly (readonly [name: string, place: Span])[] {
  const heads = [...source.text.matchAll(/^(?:\/\/\/.*\n)*(?:fn|layer|optimizer) (\w+)/gm)];
  return heads.map(({ index, 1: name }, k) => [
    name!,
    span(source, index, heads[k + 1]?.index ?? source.text.length),
  ]);
}

function declarationAt(at: Span) {
  const { declaration, diagnostics } = parseDeclaration(at);
  const [first] = diagnostics;
  if (first) throw new InternalError(first.message, { pass: 'parse', dump: placeOf(first.primary.at) });
  if (declaration === undefined || declaration.kind === 'train')
    throw new InternalError('no declaration is here', { pass: 'parse', dump: placeOf(at) });
  return declaration;
}
