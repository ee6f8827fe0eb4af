/** Text of many like parts in, the same with the first of each run of like parts out, and how many follow. */

/** Fewer parts than this are shown as they are. */
const fewest = 4;
const longestPart = 80;

/** Numbers that only count: `Residual_12`, `h12`, `h` and then `h_2`, `net.nn:12:3`. Extents and constants stay. */
const pattern = (line: string): string =>
  line
    .replace(/:\d+:\d+/g, ':#:#')
    .replace(/(?<=[\p{L}\d])_\d+/gu, '')
    .replace(/([\p{L}_])\d+/gu, '$1#')
    .replace(/(?<=\S) +/g, ' ');

const indentOf = (line: string): number => line.search(/\S|$/);

/** Folds runs of lines that repeat up to the numbers in their names. */
export function foldRepeats(text: string): string {
  const lines = text.split('\n');
  const patterns = lines.map(pattern);
  const out: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const run = longestRun(patterns, at);
    if (run === undefined) {
      out.push(lines[at]!);
      at += 1;
      continue;
    }
    const { length, times, before } = run;
    out.push(...lines.slice(at, at + before));
    at += before;
    const last = at + length * (times - 1);
    const indent = ' '.repeat(indentOf(lines[at]!));
    out.push(...lines.slice(at, at + length));
    out.push(`${indent}… ${times - 1} more like this, to ${namesIn(lines.slice(last, last + length))}`);
    at += length * times;
  }
  return out.join('\n');
}

interface Run {
  readonly length: number;
  readonly times: number;
  /** Lines before it: the last part is whole, and the first may differ from the others in what it begins with. */
  readonly before: number;
}

/** The shortest part that repeats from here and covers the most lines. It begins with a line, not a continuation. */
function longestRun(patterns: readonly string[], at: number): Run | undefined {
  let best: Run | undefined;
  const outer = patterns.findIndex((line, k) => k > at && indentOf(line) < indentOf(patterns[at]!));
  for (
    let length = 1;
    length <= longestPart && (outer < 0 || at + length <= outer) && at + fewest * length <= patterns.length;
    length++
  ) {
    let same = 0;
    while (at + length + same < patterns.length && patterns[at + same] === patterns[at + length + same])
      same++;
    const times = Math.floor(same / length) + 1;
    if (times >= fewest && times * length > (best ? best.times * best.length : 0))
      best = { length, times, before: same % length };
  }
  return best;
}

/** What the last part defines, to say how far the run goes. */
const namesIn = (part: readonly string[]): string =>
  /%?[\p{L}_][\p{L}\p{N}_.]*\d[\p{L}\p{N}_.]*/u.exec(part.join(' '))?.[0] ?? 'the last';
