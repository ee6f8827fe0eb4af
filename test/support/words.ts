/** A message and the text that it is about in; an expectation that the message has no value in place of a word out. */
import { expect } from 'vitest';

/** What a template literal makes of a value that was not there, of an object or of a number that is none. */
const slip = /\b(?:undefined|NaN|null)\b|\[object /;

/** `about`: what was given; its own words may come back. Undefined where all is well. */
export function slipIn(said: string, about = ''): string | undefined {
  const found = slip.exec(said)?.[0];
  return found === undefined || about.includes(found) ? undefined : `the message says ${found}: ${said}`;
}

export function expectWords(said: string, about = ''): void {
  const found = slipIn(said, about);
  if (found !== undefined) expect.fail(found);
}
