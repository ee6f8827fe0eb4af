/** A parsed model in; the text of the line that a place of it points to out. */
import type { Place } from '../../compiler/ir/graph.ts';
import type { Parsed } from './checked-model.ts';
import { preludeSources } from './prelude-sources.ts';

export type LineText = (place: Place | undefined) => string | undefined;

export function lineTexts(parsed: Parsed): LineText {
  const lines = new Map(
    [parsed.main.source, ...parsed.used.map(({ source }) => source), ...preludeSources()].map(
      ({ name, text }) => [name, text.split('\n')] as const,
    ),
  );
  return (place) => (place ? lines.get(place.file)?.[place.line - 1] : undefined);
}
