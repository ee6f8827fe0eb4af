/** A name that was not found and the names that exist in; the ones that were probably meant out. */

/** Levenshtein's distance: single-character insertions, deletions and replacements. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, k) => k);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let k = 1; k <= b.length; k++) {
      const replaced = previous[k - 1]! + (a[i - 1] === b[k - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[k]! + 1, current[k - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** At most `limit` names, the nearest first; none where nothing is alike. */
export function nearNames(name: string, candidates: readonly string[], limit = 3): readonly string[] {
  const wanted = name.toLowerCase();
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return candidates
    .filter((candidate) => Math.abs(candidate.length - name.length) <= allowed)
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ far }) => far <= allowed && far < wanted.length)
    .sort((a, b) => a.far - b.far || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

/** `did you mean x1?`, or what there is. */
export function meant(name: string, known: readonly string[]): string {
  const [near] = nearNames(name, known);
  return near === undefined ? `it has ${known.join(', ') || 'none'}` : `did you mean ${near}?`;
}
