/**
 * A name and another one in, the changes of all texts that give it that name out. It is refused where a name would mean something
 * else afterwards than before: both texts are read, and compared.
 */
import { type Range, ResponseError, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver/node';
import type { Span } from '../../grammar/source.ts';
import { keywords, reservedWords } from '../../grammar/tokens.ts';
import { isOfPrelude, locationOf, rangeOf } from './places.ts';
import { meaningAt, placeKey, placesOf, type Reading, readFile, textOf } from './reading.ts';
import { thingAt } from './things.ts';

/** What would be renamed; undefined where there is no name that a text defines. */
export function renamedAt(
  reading: Reading,
  offset: number,
): { readonly range: Range; readonly placeholder: string } | undefined {
  const meaning = meaningAt(reading, offset);
  if (meaning === undefined || meaning.implied || isOfPrelude(meaning.definition.source)) return undefined;
  return { range: rangeOf(meaning.at), placeholder: textOf(meaning.at) };
}

/** What is written in place of a name. */
interface Change {
  readonly at: Span;
  /** Before the name: `loss` alone is both the word and the name. */
  readonly word: string;
  readonly name: string;
}

/** `users`: what was read of the file itself, and of all that use it. */
export function rename(users: readonly Reading[], offset: number, name: string): WorkspaceEdit {
  const [own] = users;
  const meaning = own && meaningAt(own, offset);
  if (own === undefined || meaning === undefined) throw refused('there is no name here');
  const { definition, implied } = meaning;
  if (implied || isOfPrelude(definition.source))
    throw refused(`\`${textOf(meaning.at)}\` belongs to the language`);
  if (!/^[A-Za-z_]\w*$/.test(name) || keywords.has(name) || reservedWords.has(name))
    throw refused(`\`${name}\` cannot be a name`);
  const edits = new Map<string, { readonly uri: string; readonly edit: TextEdit }>();
  for (const reading of users) {
    const changes = placesOf(reading, meaning).map((at) => ({ at, word: wordBefore(reading, at), name }));
    requireSame(reading, changes);
    for (const { at, word } of changes) {
      const { uri, range } = locationOf(at);
      edits.set(placeKey(at), { uri, edit: { range, newText: word + name } });
    }
  }
  const changes: Record<string, TextEdit[]> = {};
  for (const { uri, edit } of edits.values()) changes[uri] = [...(changes[uri] ?? []), edit];
  return { changes };
}

/** `loss = e` defines the name `loss`; under another name it is `loss name = e`. */
function wordBefore(reading: Reading, at: Span): string {
  const thing = thingAt(reading, at);
  const statement = thing?.kind === 'statement' ? thing.statement : undefined;
  return statement?.kind === 'let' && statement.role === 'loss' && statement.span.start === at.start
    ? 'loss '
    : '';
}

const refused = (why: string): ResponseError<void> => new ResponseError(-32803, why);

function requireSame(before: Reading, changes: readonly Change[]): void {
  const { name } = changes[0] ?? { name: '' };
  const texts = new Map(
    before.files.map(({ source }) => {
      const own = changes.filter(({ at }) => at.source === source);
      return [source.name, changed(source.text, own)];
    }),
  );
  const after = readFile(before.main.source.name, (file) => texts.get(file) ?? '');
  const moved = ({ source, start }: Span): string => {
    const earlier = changes.filter(({ at }) => at.source === source && at.start < start);
    const own = changes.find(({ at }) => at.source === source && at.start === start);
    const shift = earlier.reduce(
      (sum, { at, word }) => sum + word.length + name.length - (at.end - at.start),
      0,
    );
    return `${source.name} ${start + shift + (own?.word.length ?? 0)}`;
  };
  const placeOf = ({ source, start }: Span): string => `${source.name} ${start}`;
  const now = new Map(after.meanings.map(({ at, definition }) => [placeOf(at), placeOf(definition)]));
  const other = before.meanings.find(({ at, definition }) => now.get(moved(at)) !== moved(definition));
  if (other !== undefined || now.size !== before.meanings.length || after.wrong > before.wrong) {
    const where = other === undefined ? '' : ` where \`${textOf(other.at)}\` is used`;
    throw refused(`\`${name}\` means something else already${where}`);
  }
}

function changed(text: string, changes: readonly Change[]): string {
  const inOrder = [...changes].sort((a, b) => a.at.start - b.at.start);
  const pieces = inOrder.map(
    ({ at, word, name }, k) => word + name + text.slice(at.end, inOrder[k + 1]?.at.start ?? text.length),
  );
  return text.slice(0, inOrder[0]?.at.start ?? text.length) + pieces.join('');
}
