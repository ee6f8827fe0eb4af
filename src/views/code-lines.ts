/**
 * A line of a kernel in; lines that fit a width, and mean the same, out: WGSL and the text of WebAssembly may be broken at
 * any blank, and a comment goes on as a comment.
 */

const continued = '    ';

/** Breaks behind a comma or before an operator, in as few brackets as there can be; what has no blank stays long. */
export function codeLines(line: string, width: number): readonly string[] {
  const [indent] = /^\s*((?:\/\/+|;;+) *)?/.exec(line)!;
  const lines: string[] = [];
  let rest = line;
  let from = indent.length;
  while (rest.length > width) {
    const at = breakOf(rest, from, width);
    if (at === undefined) break;
    lines.push(rest.slice(0, at));
    rest = `${indent}${continued}${rest.slice(at + 1)}`;
    from = indent.length + continued.length;
  }
  return [...lines, rest];
}

/** The blank to break at; the first one where none is early enough. */
function breakOf(line: string, from: number, width: number): number | undefined {
  const places = blanks(line, from);
  const fitting = places.filter(({ at }) => at <= width);
  const late = fitting.filter(({ at }) => at > (2 * width) / 5);
  const [best] = [...(late.length > 0 ? late : fitting)].sort((a, b) => a.rank - b.rank || b.at - a.at);
  return (best ?? places[0])?.at;
}

interface Blank {
  readonly at: number;
  /** Brackets around it, and a half more where a reader would not break. */
  readonly rank: number;
}

function blanks(line: string, from: number): readonly Blank[] {
  const found: Blank[] = [];
  let depth = 0;
  for (let at = from; at < line.length; at++) {
    const c = line[at]!;
    if ('([{'.includes(c)) depth += 1;
    else if (')]}'.includes(c)) depth -= 1;
    if (c !== ' ') continue;
    const isNatural = /[,;{]/.test(line[at - 1]!) || /^ (?:[-+*/%&|<>?:]|==|!=)/.test(line.slice(at, at + 3));
    found.push({ at, rank: depth + (isNatural ? 0 : 0.5) });
  }
  return found;
}
