/** Folders of a panel: which of them hides what, and repeats that stand in one together. */

/** @typedef {{ unfold: () => void }} Folder */

import { folder, h, worded } from './dom.js';
import { runsOf, runTitle } from './runs.js';

/** What hides a key, from the outside in: what is within a folder has one of its own as soon as that is open. */
export function folders() {
  /** @type {Map<string, Folder[]>} */ const hiding = new Map();
  return {
    /** @type {(keys: readonly string[], fold: Folder) => void} */
    add: (keys, fold) => {
      for (const key of keys) {
        const known = hiding.get(key);
        if (known === undefined) hiding.set(key, [fold]);
        else known.push(fold);
      }
    },
    /** @type {(key: string) => void} */
    reveal: (key) => {
      const around = hiding.get(key) ?? [];
      for (let k = 0; k < around.length; k++) around[k]?.unfold();
    },
    /** @type {(key: string) => boolean} */
    has: (key) => hiding.has(key),
  };
}

/**
 * Appends items to a panel; those that repeat others up to numbers in their names, in a folder.
 * @template T
 * @param {HTMLElement} body
 * @param {readonly T[]} items
 * @param {{
 *   kindOf: (item: T) => string, nameOf: (item: T) => string, keysOf: (item: T) => readonly string[],
 *   append: (item: T, body: HTMLElement) => void, add: (keys: readonly string[], fold: Folder) => void,
 *   className?: string, longestPass?: number,
 * }} how Items without a name are in no title.
 */
export function appendRuns(body, items, how) {
  const { kindOf, nameOf, keysOf, append, add, className = '', longestPass } = how;
  for (const { items: alike, times } of runsOf(items, kindOf, longestPass)) {
    const names = alike.map(nameOf).filter((name) => name !== '');
    const [first, last] = [names[0], names.at(-1)];
    if (times === 1 || first === undefined || last === undefined) {
      for (const item of alike) append(item, body);
      continue;
    }
    const keys = alike.flatMap(keysOf);
    const summary = h('summary', {}, h('b', { class: className }, ...worded(runTitle(first, last, times))));
    const fold = folder(
      summary,
      false,
      (inside) => {
        for (const item of alike) append(item, inside);
      },
      keys.join(' '),
    );
    add(keys, fold);
    body.append(fold);
  }
}
