/** What anybody reaches without learning, counted in the data; and what another row of the zoo has reached. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDataSpec } from '../../runtime/data/spec.ts';
import { readDataFile } from '../../src/data/tensor-files.ts';
import { root } from './command.ts';
import { meanOf, type Results, resultsFile } from './page.ts';

const column = (spec: string): readonly number[] =>
  Array.from(readDataFile(parseDataSpec(spec)).tensor.data as ArrayLike<number>, Number);

/** The share of the class that most rows have. */
export const majority = (spec: string) => (): number => {
  const values = column(spec);
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(...counts.values()) / values.length;
};

/** The entropy of a character of a text given the one before it: no table of pairs has a smaller loss. */
export const entropyOfPairs = (file: string) => (): number => {
  const text = readFileSync(path.join(root, file), 'utf8');
  const pairs = new Map<string, number>();
  const firsts = new Map<string, number>();
  for (let k = 0; k + 1 < text.length; k++) {
    const [pair, first] = [text.slice(k, k + 2), text[k]!];
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    firsts.set(first, (firsts.get(first) ?? 0) + 1);
  }
  const bits = [...pairs].map(([pair, n]) => n * Math.log(firsts.get(pair[0]!)! / n));
  return bits.reduce((sum, term) => sum + term, 0) / (text.length - 1);
};

/** The mean figure of a row that was run before. */
export const reachedBy = (row: string) => (): number => {
  const found = (JSON.parse(readFileSync(resultsFile, 'utf8')) as Results)[row];
  if (found === undefined) throw new Error(`${row} was never run`);
  return meanOf(found.figures);
};
