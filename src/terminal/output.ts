/**
 * Texts in, to stdout or stderr out. Nothing else in `src/` writes there.
 *
 * What is printed may hold what others wrote: names in a data file, names of files, words of an argument. A plain
 * text is made visible here, so that none of it can steer a terminal; only what `paint` gives has colours.
 */
import pc from 'picocolors';
import { visible } from './visible-text.ts';

/** Text that may hold colours, and whose other characters are visible already. */
export class Painted {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Printable = string | Painted;

const painted =
  (color: (text: string) => string) =>
  (text: string): Painted =>
    new Painted(color(shown(text)));

export const paint = {
  bold: painted(pc.bold),
  dim: painted(pc.dim),
  alarm: painted((text) => pc.red(pc.bold(text))),
  praise: painted((text) => pc.bold(pc.green(text))),
} as const;

/** Results, for people and for other programs. */
export const print = (...parts: readonly Printable[]): void => {
  process.stdout.write(joined(parts));
};

/** The text of a file: as it is for whoever takes it from a pipe or keeps it, visible on a terminal. */
export function printFile(text: string): void {
  if (process.stdout.isTTY) print(text);
  else process.stdout.write(text);
}

/** What is said on the way: progress, notes, failures. */
export const tell = (...parts: readonly Printable[]): void => {
  process.stderr.write(joined(parts));
};

const joined = (parts: readonly Printable[]): string =>
  parts.map((part) => (part instanceof Painted ? part.text : shown(part))).join('');

const shown = (text: string): string => visible(text, '\n\t');
