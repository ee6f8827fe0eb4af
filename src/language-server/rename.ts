/**
 * A name and another one in, the changes of all texts that give it that name out. It is refused where a name would mean something
 * else afterwards than before: both texts are read, and compared.
 */
import { type Range, ResponseError, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver/node';
import type { Span } from '../../grammar/source.ts';
import { keywords, reservedWords } from '../../grammar/tokens.ts';
import { isOfPrelude, locationOf, rangeOf } from './places.ts';
import { meaningAt, placeKey, placesOf, type Reading, readFile, textOf } from './reading.ts';

/** What would be renamed; undefined where there is no name that a text defines. */
export function renamedAt(
  reading: Reading,
  offset: number,
): { readonly range: Range; readonly placeholder: string } | undefined {
  const meaning = meaningAt(reading, offset);
  if (meaning === undefined || meaning.implied || isOfPrelude(meaning.definition.source)) return undefined;
  return { range: rangeOf(meaning.at), placeholder: textOf(meaning.at) };
}

/** `users`: the file itself, and what was read of all that use it. */
export function rename(users: readonly Reading[], offset: number, name: string): WorkspaceEdit {
  const [own] = users;
  const meaning = own && meaningAt(own, offset);
  if (own === undefined || meaning === undefined) throw refused('there is no name here');
  if (meaning.implied || isOfPrelude(meaning.definition.source))
    throw refused(`\`${textOf(meaning.at)}\` belongs to the language`);
  if (!/^[A-Za-z_]\w*$/.test(name) || keywords.has(name) || reservedWords.has(name))
    throw refused(`\`${name}\` cannot be a name`);
  const places = new Map<string, Span>();
  for (const reading of users) {
    const found = placesOf(reading, meaning.definition);
    requireSame(reading, found, name);
    for (const at of found) places.set(placeKey(at), at);
  }
  const changes: Record<string, TextEdit[]> = {};
  for (const at of places.values()) {
    const { uri, range } = locationOf(at);
    changes[uri] = [...(changes[uri] ?? []), { range, newText: name }];
  }
  return { changes };
}

const refused = (why: string): ResponseError<void> => new ResponseError(-32803, why);

function requireSame(before: Reading, places: readonly Span[], name: string): void {
  const texts = new Map(
    before.files.map(({ source }) => [
      source.name,
      renamed(
        source.text,
        places.filter((at) => at.source === source),
        name,
      ),
    ]),
  );
  const after = readFile(before.main.source.name, (file) => texts.get(file) ?? '');
  const moved = (at: Span): string => {
    const earlier = places.filter((place) => place.source === at.source && place.start < at.start);
    const start = at.start + earlier.reduce((sum, place) => sum + name.length - (place.end - place.start), 0);
    return `${at.source.name} ${start}`;
  };
  const now = new Map(
    after.meanings.map(({ at, definition }) => [
      `${at.source.name} ${at.start}`,
      `${definition.source.name} ${definition.start}`,
    ]),
  );
  const other = before.meanings.find(({ at, definition }) => now.get(moved(at)) !== moved(definition));
  if (other !== undefined || now.size !== before.meanings.length || after.wrong > before.wrong)
    throw refused(
      `\`${name}\` means something else already${other === undefined ? '' : ` where \`${textOf(other.at)}\` is used`}`,
    );
}

function renamed(text: string, places: readonly Span[], name: string): string {
  const inOrder = [...places].sort((a, b) => a.start - b.start);
  const pieces = inOrder.map(({ end }, k) => name + text.slice(end, inOrder[k + 1]?.start ?? text.length));
  return text.slice(0, inOrder[0]?.start ?? text.length) + pieces.join('');
}
