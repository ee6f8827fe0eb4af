/** Places in the origins of equations -> spans of the sources that they point into. */
import type { TypedProgram } from '../../compiler/check/typed.ts';
import type { Place } from '../../compiler/ir/graph.ts';
import { placeOf, type Source, type Span, span } from '../../grammar/source.ts';

export type SpanOf = (place: Place) => Span | undefined;

/** What the checker knows of a place is a whole expression; else it is the word that stands there. */
export function spansOf({ tensors, outline }: TypedProgram): SpanOf {
  const spans = [...tensors, ...outline].map(({ at }) => at);
  const sources = new Map(spans.map(({ source }) => [source.name, source] as const));
  const known = new Map(tensors.map(({ at }) => [placeOf(at), at] as const));
  return (place) => {
    const source = sources.get(place.file);
    return (
      known.get(`${place.file}:${place.line}:${place.column}`) ?? (source ? wordAt(source, place) : undefined)
    );
  };
}

function wordAt(source: Source, { line, column }: Place): Span {
  const before = source.text.split('\n').slice(0, line - 1);
  const start = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  const [word] = /^(\w+|.)?/.exec(source.text.slice(start)) ?? [''];
  return span(source, start, start + Math.max(1, word?.length ?? 1));
}
