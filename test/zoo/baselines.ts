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

/**
 * The mean average precision of a detector that says the same of each picture: of each class the mean of its boxes. All are as sure, so each that
 * is right has the precision of all.
 */
export const precisionOfMeanBoxes = (boxesSpec: string, classesSpec: string) => (): number => {
  const [boxes, classes] = [column(boxesSpec), column(classesSpec)];
  const pictures = classes.length / 3;
  const each = [...new Set(classes)]
    .filter((one) => one >= 0)
    .map((one) => {
      const own = classes.flatMap((k, at) => (k === one ? [boxes.slice(4 * at, 4 * at + 4)] : []));
      const usual = [0, 1, 2, 3].map((k) => meanOf(own.map((box) => box[k]!)));
      const right = own.filter((box) => overlapOf(box, usual) >= 0.5).length;
      return (right / pictures) * (right / own.length);
    });
  return meanOf(each);
};

/** Intersection by union of boxes of a middle, a width and a height. */
function overlapOf(one: readonly number[], other: readonly number[]): number {
  const common = [0, 1].map((k) =>
    Math.max(
      Math.min(one[k]! + one[k + 2]! / 2, other[k]! + other[k + 2]! / 2) -
        Math.max(one[k]! - one[k + 2]! / 2, other[k]! - other[k + 2]! / 2),
      0,
    ),
  );
  const both = common[0]! * common[1]!;
  return both / (one[2]! * one[3]! + other[2]! * other[3]! - both);
}

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
