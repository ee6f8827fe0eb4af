/** Statements of a graph with their origins in, lines that fit a width out; `parse.ts` joins them again. */

export interface Statement {
  readonly text: string;
  readonly origin: string;
}

/** What a continued line starts with: no statement starts so. */
const continuing =
  /^(?:@|\*\*|[-+*/]|==|!=|<=?(?!-)|>=?|(?:and|or|then|else|div|mod|where|derivative|part of|adjoint of)\b)/;

/** Does this line belong to the one before it? */
export const continues = (line: string): boolean => continuing.test(line.trimStart());

/** Where a long text may be broken: before an operator or a clause, and not in brackets. */
const breakable =
  /^ (?:[-+*/] |\*\* |[=!<>]=? |(?:and|or|then|else|div|mod|where|derivative|part of|adjoint of)\b)/;

const indent = '      ';

/** Breaks at the last place that fits; a part that nothing can break stays long. */
export function brokenLines(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const start = text.length - text.trimStart().length;
  let depth = 0;
  let best = 0;
  let bestRank = Number.POSITIVE_INFINITY;
  for (let at = start + 1; at < text.length && (at <= width || best === 0); at++) {
    const c = text[at];
    if (c === '[' || c === '(') depth++;
    else if (c === ']' || c === ')') depth--;
    // An operator right after `=` is a sign; the `=` of the equation itself stays with its left side.
    if (c !== ' ' || text[at - 1] === '=' || !breakable.test(text.slice(at, at + 12))) continue;
    if (/^ = /.test(text.slice(at, at + 3))) continue;
    // Rather an outer operator, rather a sum; but not so early that most of the line is empty.
    const rank = 2 * depth + (/^ [*/]/.test(text.slice(at, at + 2)) ? 1 : 0);
    if (rank <= bestRank || best < width / 2) {
      best = at;
      bestRank = rank;
    }
  }
  if (best === 0) return [text];
  return [text.slice(0, best), ...brokenLines(`${indent}${text.slice(best + 1)}`, width)];
}

/** Origins in one column; to the right end where they are too long for that; below where there is no room. */
export function laidOut(statements: readonly Statement[], width: number): readonly string[] {
  const short = statements.filter(
    ({ text, origin }) =>
      origin !== '' && text.length <= width / 2 && text.length + origin.length + 4 <= width,
  );
  const most = (lengths: readonly number[]): number => Math.max(0, ...lengths);
  const column = Math.min(
    most(short.map(({ text }) => text.length)) + 2,
    width - 2 - most(short.map(({ origin }) => origin.length)),
  );
  return statements.flatMap(({ text, origin }) => {
    const lines = brokenLines(text, width);
    if (origin === '') return lines;
    const note = `@ ${origin}`;
    const last = lines.at(-1)!;
    const at = Math.min(Math.max(column, last.length + 2), width - note.length);
    if (last.length + 2 <= at) return [...lines.slice(0, -1), `${last.padEnd(at)}${note}`];
    return [...lines, ...noteLines(note, width - indent.length).map((part) => `${indent}${part}`)];
  });
}

/** The place and the calls on one line, what it is the adjoint of on the next, if both are too long for one. */
function noteLines(note: string, width: number): readonly string[] {
  const cut = note.indexOf(' adjoint of %');
  if (note.length <= width || cut < 0) return [note];
  return [note.slice(0, cut), `  ${note.slice(cut + 1)}`];
}
