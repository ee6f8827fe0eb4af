/** A wrong name and the right ones in, those that were probably meant out. */

/** Levenshtein distance with swaps of neighbours (Damerau 1964, restricted form). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

/** Nobody slips in so long a name, and the distance of two takes the product of their lengths. */
const longest = 60;

/** At most `limit` names that `name` is probably a slip of, the nearest first; a difference in case alone is none. */
export function nearNames(name: string, candidates: Iterable<string>, limit = 3): readonly string[] {
  if (name.length > longest) return [];
  const allowed = Math.max(1, Math.floor(name.length / 3));
  return [...candidates]
    .filter((text) => text !== name && Math.abs(text.length - name.length) <= allowed)
    .map((text) => ({ text, far: distance(name.toLowerCase(), text.toLowerCase()) }))
    .filter(({ far }) => far <= allowed && far < name.length)
    .sort(
      (a, b) =>
        a.far - b.far || distance(name, a.text) - distance(name, b.text) || (a.text < b.text ? -1 : 1),
    )
    .slice(0, limit)
    .map(({ text }) => text);
}

/** `did you mean x1?`, where there is something alike. */
export const didYouMean = (name: string, candidates: Iterable<string>): string | undefined => {
  const [meant] = nearNames(name, candidates, 1);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
};

/** The same, or what there is. */
export const meant = (name: string, known: readonly string[]): string =>
  didYouMean(name, known) ?? `it has ${known.join(', ') || 'none'}`;
