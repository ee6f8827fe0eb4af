/** A parsed model in; the text of the line that a place of it points to out. */
import type { Place } from '../compiler/ir/graph.ts';
import type { Parsed } from './model.ts';
import { preludeFiles } from './prelude.ts';

export type LineText = (place: Place | undefined) => string | undefined;

export function lineTexts(parsed: Parsed): LineText {
  const lines = new Map(
    [parsed.main, ...parsed.used, ...preludeFiles()].map(
      ({ source }) => [source.name, source.text.split('\n')] as const,
    ),
  );
  return (place) => (place ? lines.get(place.file)?.[place.line - 1] : undefined);
}
