/**
 * The files that bundles are made of: which they are, and whether any was touched since bundles were found to be theirs.
 *
 * A file that is written gets another time of change, which nobody can set. So where all files are as old, as large and
 * at the same place as they were, they need not be read again. A clock has ticks, and what was written within the last
 * one may have the time that it had before: times near the one at which they were noted say nothing.
 */
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const folders = ['grammar', 'compiler', 'runtime', 'src'];
const others = ['package-lock.json', 'scripts/bundle.mjs', 'scripts/sources.mjs'];

/** The longest tick of a file system's clock (FAT's), in nanoseconds. */
const tick = 2_000_000_000n;

/**
 * Paths below the root.
 *
 * @param {string} root
 * @returns {readonly string[]}
 */
export function sourceFiles(root) {
  /** @type {string[]} */
  const files = [];
  /** @param {string} folder */
  const add = (folder) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) add(name);
      else if (/\.(?:ts|js|css|nn)$/.test(name)) files.push(name);
    }
  };
  folders.forEach(add);
  return [...files.sort(), ...others];
}

/**
 * When each file was written and changed last; undefined where one is missing.
 *
 * @param {string} root
 * @param {readonly string[]} files
 */
export function timesOf(root, files) {
  let latest = 0n;
  /** @type {string[]} */
  const lines = [];
  for (const name of files) {
    const stats = statSync(path.join(root, name), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (stats.ctimeNs > latest) latest = stats.ctimeNs;
    lines.push(`${name} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs} ${stats.ino}\n`);
  }
  return { latest, text: lines.join('') };
}

/** @typedef {NonNullable<ReturnType<typeof timesOf>>} Times */

/**
 * Whether these are the times that were written down, long enough after the last of them.
 *
 * @param {Times} times
 * @param {string} memory
 */
export function isRemembered({ text, latest }, memory) {
  const written = statSync(memory, { bigint: true, throwIfNoEntry: false });
  return written !== undefined && latest + tick < written.mtimeNs && text === readFileSync(memory, 'utf8');
}

/**
 * Writes down times that were taken before the files were read and found to belong together.
 *
 * @param {Times} times
 * @param {string} memory
 */
export function remember({ text }, memory) {
  const fresh = `${memory}.${process.pid}.tmp`;
  try {
    writeFileSync(fresh, text);
    renameSync(fresh, memory);
  } catch {
    // Nothing can be written here: then all is read each time.
  }
}
