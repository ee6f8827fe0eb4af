/** A text in, the changes that bring it into the canonical form out; where something is wrong, those of the declarations that are sound. */
import type { TextEdit } from 'vscode-languageserver/node';
import { format } from '../../grammar/format.ts';
import { parse } from '../../grammar/index.ts';
import { type Source, type Span, span } from '../../grammar/source.ts';
import { rangeOf } from './places.ts';
import type { Reading } from './reading.ts';

/** `within`: only declarations that this touches. */
export function formatted({ main }: Reading, within?: Span): readonly TextEdit[] {
  const { source } = main;
  const whole = format(source);
  if ('text' in whole && within === undefined) return edited(span(source, 0, source.text.length), whole.text);
  return main.declarations
    .map((declaration) => declaration.span)
    .filter(({ start, end }) => within === undefined || (start <= within.end && within.start <= end))
    .flatMap((at) => {
      const text = soundText(at);
      return text === undefined ? [] : edited(at, text);
    });
}

/** The declaration alone, formatted; undefined where it is no declaration by itself. */
function soundText({ source, start, end }: Span): string | undefined {
  const alone: Source = { name: source.name, text: source.text.slice(start, end) };
  const [declaration, ...more] = parse(alone).file.declarations;
  const result = format(alone);
  const isWhole = declaration !== undefined && more.length === 0;
  return isWhole && 'text' in result ? result.text.replace(/\n$/, '') : undefined;
}

/** One change, with the line ends that the text has, without what is the same at both ends, so that a cursor stays where it is. */
function edited(at: Span, canonical: string): readonly TextEdit[] {
  const text = at.source.text.includes('\r\n') ? canonical.replaceAll('\n', '\r\n') : canonical;
  const before = at.source.text.slice(at.start, at.end);
  if (before === text) return [];
  const least = Math.min(before.length, text.length);
  let first = 0;
  while (first < least && before[first] === text[first]) first += 1;
  let last = 0;
  while (last < least - first && before.at(-1 - last) === text.at(-1 - last)) last += 1;
  const range = rangeOf(span(at.source, at.start + first, at.end - last));
  return [{ range, newText: text.slice(first, text.length - last) }];
}
