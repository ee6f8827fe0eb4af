/** Things in a row in, each run of those that are alike up to the numbers in their names as one out: the passes of a `repeat`. */

/** Fewer of a kind are shown as they are, as in the dumps. */
const fewest = 4;
const usualPass = 12;

/**
 * Without the numbers that only count: `Block_12`, `h2`, `h_2`.
 * @param {string} name
 */
export const uncounted = (name) => name.replace(/(?<=[\p{L}\d])_\d+/gu, '').replace(/([\p{L}_])\d+/gu, '$1#');

/**
 * `pass` things stand in the place of one another, `times` times.
 * @template T
 * @typedef {{ items: T[], pass: number, times: number }} Run
 */

/**
 * @template T
 * @param {readonly T[]} items
 * @param {(item: T) => string} kindOf
 * @param {number} [longestPass]
 * @returns {Run<T>[]} Those that are alone have `times` 1.
 */
export function runsOf(items, kindOf, longestPass = usualPass) {
  const kinds = items.map(kindOf);
  /** @type {Run<T>[]} */ const runs = [];
  for (let at = 0; at < items.length; ) {
    let best = { pass: 1, times: 1 };
    for (let pass = 1; pass <= longestPass; pass++) {
      let same = 0;
      while (at + pass + same < items.length && kinds[at + same] === kinds[at + pass + same]) same++;
      const times = Math.floor(same / pass) + 1;
      if (times >= fewest && times * pass > best.times * best.pass) best = { pass, times };
    }
    const end = at + best.pass * best.times;
    runs.push({ items: items.slice(at, end), ...best });
    at = end;
  }
  return runs;
}

/**
 * @param {string} first
 * @param {string} last
 * @param {number} times
 */
export const runTitle = (first, last, times) => `${first} … ${last} × ${times}`;
