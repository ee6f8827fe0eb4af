/**
 * Characters of a text: bytes in; a tensor of character codes, a row for each piece of so many characters, out. Codes are
 * counted from 0 in the order of Unicode, or are those that the training data gave. What is left at the end, shorter than a
 * piece, is left out.
 */
import { DataError } from '../errors.ts';
import { type ColumnCodes, codesText, type TableTensor } from './csv.ts';
import { hostTensor } from './tensor.ts';

/** How many characters a piece has, of a selection such as `33:characters`; undefined where that asks for something else. */
export function pieceLength(selection: string | undefined): number | undefined {
  const digits = /^(\d{1,9}):characters$/.exec(selection ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function charactersOf(
  bytes: Uint8Array,
  length: number,
  file: string,
  known: ColumnCodes | undefined,
): TableTensor {
  const characters = [...textIn(bytes, file)];
  const rows = length === 0 ? 0 : Math.floor(characters.length / length);
  if (rows === 0)
    throw new DataError(`${file}: a text of ${characters.length} characters has no piece of ${length}`);
  const codes = known?.[0] ?? new Map([...new Set(characters)].sort(byCodePoint).map((c, code) => [c, code]));
  const data = Int32Array.from(characters.slice(0, rows * length), (character, at) => {
    const code = codes.get(character);
    if (code !== undefined) return code;
    const line = characters.slice(0, at).filter((c) => c === '\n').length + 1;
    throw new DataError(
      `${file}:${line}: the character ${JSON.stringify(character)} is none of the ${codes.size} of the training data`,
    );
  });
  const notes = known === undefined ? [`${file}: ${codes.size} characters are counted: ${shown(codes)}`] : [];
  return { tensor: hostTensor('i32', [rows, length], data), codes: [codes], notes };
}

const byCodePoint = (a: string, b: string): number => a.codePointAt(0)! - b.codePointAt(0)!;

const shown = (codes: ReadonlyMap<string, number>): string =>
  codesText(new Map([...codes].map(([character, code]) => [JSON.stringify(character), code])));

function textIn(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError(`${file}: not a text: it is not UTF-8`);
  }
}
