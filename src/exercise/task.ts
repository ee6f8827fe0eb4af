/** An exercise in; what it asks, as its first comment says it, and the lines that it leaves open, out. */
import { positionOf } from '../../grammar/source.ts';
import type { Parsed } from '../model/checked-model.ts';
import { openPlaces } from './formulas.ts';

/** The comment that a file begins with, without its slashes. */
export const taskOf = (text: string): string =>
  (/^(?:\/\/(?!\/).*\n)+/.exec(text)?.[0] ?? '').replaceAll(/^\/\/ ?/gm, '').trimEnd();

/** A line for each open formula: `  line 10: output df_dx = ?`. */
export function openText({ main }: Parsed): string {
  const lines = main.source.text.split('\n');
  return openPlaces(main.source)
    .map((at) => positionOf(main.source, at.start).line)
    .map((line) => `  line ${line}: ${lines[line - 1]!.trim()}`)
    .join('\n');
}
