/**
 * Files and their texts in; the first of them that has another text, out. They are looked at a few times a second: editors
 * put a new file in the place of the old one, and folders on other machines tell of no change.
 */
import { statSync } from 'node:fs';
import { DataError } from '../../runtime/errors.ts';
import { readSource } from './files.ts';

/** Texts by path. */
export type FileTexts = ReadonlyMap<string, string>;

/** Milliseconds. */
const betweenLooks = 200;

/** Undefined where the signal came first. A file that is gone for a moment, or still is written, is waited for. */
export function nextChange(files: FileTexts, signal: AbortSignal): Promise<string | undefined> {
  const seen = new Map<string, string>();
  const compared = new Map<string, string>();
  const hasChanged = ([file, text]: readonly [string, string]): boolean => {
    const state = stateOf(file);
    const isSettled = seen.get(file) === state;
    seen.set(file, state);
    if (state === '' || !isSettled || compared.get(file) === state) return false;
    compared.set(file, state);
    return textOf(file, text) !== text;
  };
  return new Promise((resolve) => {
    const end = (changed: string | undefined): void => {
      clearInterval(timer);
      signal.removeEventListener('abort', stopped);
      resolve(changed);
    };
    const stopped = (): void => end(undefined);
    const timer = setInterval(() => {
      const found = [...files].filter(hasChanged)[0];
      if (found !== undefined) end(found[0]);
    }, betweenLooks);
    signal.addEventListener('abort', stopped);
    if (signal.aborted) stopped();
  });
}

/** Empty where it is not there. */
function stateOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
}

/** What cannot be read is as it was. */
function textOf(file: string, before: string): string {
  try {
    return readSource(file);
  } catch (failure) {
    if (failure instanceof DataError) return before;
    throw failure;
  }
}
