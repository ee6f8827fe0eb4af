/**
 * Texts: bytes in; a tensor of codes, a row for each piece of so many characters or words, out. Codes are counted from
 * 0 in the order of Unicode, or are those that the training data gave. Pieces follow each other, and what is left at the
 * end, shorter than a piece, is left out; or, as n-grams, a piece begins at each character or word. The texts in a
 * column of a table are a row each.
 */
import { DataError } from '../errors.ts';
import { type ColumnCodes, codesText, type TableTensor } from './csv.ts';
import { hostTensor } from './tensor.ts';

export type TextUnit = 'characters' | 'words';

export interface TextPieces {
  /** How many a row has; of `all`, there is one row. */
  readonly length: number | 'all';
  readonly unit: TextUnit;
  readonly overlapping: boolean;
}

/** What a vocabulary of words begins with: it stands for those that the training data did not have. */
export const unknownWord = '<unknown>';

/** `33:characters`, `20:words`, `4:word-grams`; undefined where that asks for something else. */
export function textPieces(selection: string | undefined): TextPieces | undefined {
  const [, length, unit, grams] = /^(\d{1,9}):(character|word)(s|-grams)$/.exec(selection ?? '') ?? [];
  if (length === undefined) return undefined;
  return {
    length: Number(length),
    unit: unit === 'word' ? 'words' : 'characters',
    overlapping: grams !== 's',
  };
}

/** What the codes of a text's vocabulary stand for. */
export const unitOf = (codes: ReadonlyMap<string, number>): TextUnit =>
  codes.get(unknownWord) === 0 ? 'words' : 'characters';

/** A word is of letters and digits; any other mark is one by itself, and blanks are none. */
const word = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*|[^\s\p{L}\p{M}\p{N}]/gu;

export const tokensOf = (text: string, unit: TextUnit): readonly string[] =>
  unit === 'characters' ? [...text] : (text.match(word) ?? []);

/** What reads as the text that they are the tokens of: blanks between words, but not before a full stop. */
export const joinedTokens = (tokens: readonly string[], unit: TextUnit): string =>
  unit === 'characters'
    ? tokens.join('')
    : tokens
        .join(' ')
        .replace(/ ([.,;:!?)\]])/g, '$1')
        .replace(/([([]) /g, '$1');

/** `message:24:words`: the first words of each cell of a column. */
export interface ColumnOfTexts {
  readonly column: string;
  /** How many a row has: of longer texts the first, behind shorter ones 0. */
  readonly length: number;
}

export function columnOfTexts(selection: string | undefined): ColumnOfTexts | undefined {
  const [, column, length] = /^([^,]+):(\d{1,9}):words$/.exec(selection ?? '') ?? [];
  return column === undefined ? undefined : { column, length: Number(length) };
}

/** A row of words for each text. */
export function rowsOfWords(
  texts: readonly string[],
  length: number,
  file: string,
  known: ColumnCodes | undefined,
): TableTensor {
  if (length === 0) throw new DataError(`${file}: rows of 0 words say nothing`);
  const rows = texts.map((text) => tokensOf(text, 'words').slice(0, length));
  const tokens = rows.flat();
  const codes = known?.[0] ?? counted(tokens, 'words');
  const data = new Int32Array(rows.length * length);
  for (const [row, found] of rows.entries()) data.set(codedWords(found, codes), row * length);
  return {
    tensor: hostTensor('i32', [rows.length, length], data),
    codes: [codes],
    notes: notesOf(codedWords(tokens, codes), codes, 'words', file, known),
  };
}

export function piecesOf(
  bytes: Uint8Array,
  { length: asked, unit, overlapping }: TextPieces,
  file: string,
  known: ColumnCodes | undefined,
): TableTensor {
  const text = textIn(bytes, file);
  const tokens = tokensOf(text, unit);
  const length = asked === 'all' ? tokens.length : asked;
  const step = overlapping ? 1 : length;
  const rows = length === 0 ? 0 : Math.max(0, Math.floor((tokens.length - length) / step) + 1);
  if (rows === 0)
    throw new DataError(`${file}: a text of ${tokens.length} ${unit} has no piece of ${length}`);
  const codes = known?.[0] ?? counted(tokens, unit);
  const coded = unit === 'words' ? codedWords(tokens, codes) : codedCharacters(tokens, codes, file);
  const data = Int32Array.from(
    { length: rows * length },
    (_, k) => coded[Math.floor(k / length) * step + (k % length)]!,
  );
  return {
    tensor: hostTensor('i32', [rows, length], data),
    codes: [codes],
    notes: notesOf(coded, codes, unit, file, known),
  };
}

function counted(tokens: readonly string[], unit: TextUnit): ReadonlyMap<string, number> {
  const distinct = [...new Set(tokens)].sort(byCodePoint);
  const all = unit === 'words' ? [unknownWord, ...distinct] : distinct;
  return new Map(all.map((token, code) => [token, code]));
}

const byCodePoint = (a: string, b: string): number => {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((character, k) => character !== right[k]);
  if (at < 0) return left.length - right.length;
  return left[at]!.codePointAt(0)! - (right[at]?.codePointAt(0) ?? -1);
};

const codedWords = (words: readonly string[], codes: ReadonlyMap<string, number>): Int32Array =>
  Int32Array.from(words, (token) => codes.get(token) ?? 0);

const codedCharacters = (
  characters: readonly string[],
  codes: ReadonlyMap<string, number>,
  file: string,
): Int32Array =>
  Int32Array.from(characters, (character, at) => {
    const code = codes.get(character);
    if (code !== undefined) return code;
    const line = characters.slice(0, at).filter((c) => c === '\n').length + 1;
    throw new DataError(
      `${file}:${line}: the character ${JSON.stringify(character)} is none of the ${codes.size} of the training data`,
    );
  });

function notesOf(
  coded: Int32Array,
  codes: ReadonlyMap<string, number>,
  unit: TextUnit,
  file: string,
  known: ColumnCodes | undefined,
): readonly string[] {
  if (known === undefined) return [`${file}: ${codes.size} ${unit} are counted: ${shown(codes)}`];
  const lost = unit === 'words' ? coded.reduce((n, code) => n + Number(code === 0), 0) : 0;
  if (lost === 0) return [];
  return [`${file}: ${lost} of ${coded.length} words are none of the training data; they are ${unknownWord}`];
}

const shown = (codes: ReadonlyMap<string, number>): string =>
  codesText(new Map([...codes].map(([token, code]) => [JSON.stringify(token), code])));

function textIn(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${file}: not a text: it is not UTF-8`);
  }
}
