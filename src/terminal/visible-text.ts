/**
 * Text from anywhere in; text that is safe to print, with known width, out.
 *
 * Control characters become pictures, so that a hostile file cannot send escape sequences to a terminal;
 * direction overrides become replacement characters, so that a line reads as the compiler reads it.
 */

const unsafe = /[\p{Cc}\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Printable text of the same length; characters of `keep` stay as they are. */
export const visible = (text: string, keep = ''): string =>
  text.replace(unsafe, (character) => {
    if (keep.includes(character)) return character;
    const code = character.codePointAt(0)!;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\ufffd';
  });

/** JSON text that means the same and has no such characters but line feeds, which stand between its values only. */
export const escaped = (json: string): string =>
  json.replace(unsafe, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const tabWidth = 4;
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
/** East Asian wide and fullwidth ranges (UAX 11), merged. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** A piece that cannot be cut: what the eye takes for one character. */
export interface Cell {
  /** Offset in the line. */
  readonly offset: number;
  readonly text: string;
  /** First column on the screen, from 0, and the columns it takes. */
  readonly column: number;
  readonly width: number;
}

/** What the eye takes for one character. The rules for that take 50 ms to load, and plain text needs none. */
function charactersOf(line: string): Iterable<Pick<Intl.SegmentData, 'segment' | 'index'>> {
  if (/^[\t\x20-\x7e]*$/.test(line)) return [...line].map((segment, index) => ({ segment, index }));
  return new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(line);
}

/** One line, laid out on the screen; tabs are spaces to the next multiple of 4. */
export function layOut(line: string): readonly Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  for (const { segment, index } of charactersOf(line)) {
    const isTab = segment === '\t';
    const width = isTab ? tabWidth - (column % tabWidth) : widthOf(segment);
    cells.push({ offset: index, text: isTab ? ' '.repeat(width) : visible(segment), column, width });
    column += width;
  }
  return cells;
}

function widthOf(grapheme: string): number {
  if (wide.test(grapheme)) return 2;
  return zeroWidth.test(visible(grapheme)) ? 0 : 1;
}
