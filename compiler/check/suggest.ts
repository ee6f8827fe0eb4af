/** A wrong name and the right ones in, the one that was probably meant out. */

/** Levenshtein distance with swaps of neighbours (Damerau 1964, restricted form). */
export function distance(a: string, b: string): number {
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

/** The nearest candidate, if it is near enough to be a slip. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 60) return undefined;
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: { readonly text: string; readonly far: number } | undefined;
  for (const text of candidates) {
    if (text === name || Math.abs(text.length - name.length) > limit) continue;
    const caseOnly = text.toLowerCase() === name.toLowerCase();
    const far = caseOnly ? 0 : distance(name, text);
    if (far > limit || (far >= name.length && !caseOnly)) continue;
    if (best === undefined || far < best.far || (far === best.far && text < best.text)) best = { text, far };
  }
  return best?.text;
}

export const didYouMean = (name: string, candidates: Iterable<string>): string | undefined => {
  const meant = nearest(name, candidates);
  return meant === undefined ? undefined : `did you mean ${meant}?`;
};
