/** Reads and the conditions around them in, proof that they stay inside out: by the facts and the verifier of the graph. */
import type { Affine, Range, Ranges } from '../../index/affine.ts';
import { variablesOf as affineVariables } from '../../index/query.ts';
import { type Reading, unprovenLoads } from '../../ir/verify-loads.ts';
import { assume, boundsUnder, type Facts, factsOf } from '../../scalar/facts.ts';
import { variablesOf } from '../../scalar/walk.ts';
import type { Checker } from '../checker.ts';
import type { Element, Readable } from '../typed.ts';

const reading: Reading<Readable> = {
  // A reduction inside is read at its own indices, and stays inside by itself.
  extentOf: (value, axis) =>
    value.kind === 'reduction' ? Number.POSITIVE_INFINITY : value.dims[axis]!.extent,
  textOf: () => 'a read',
};

/** What is known of the index variables that the elements mention, without conditions. */
export function rangesIn(checker: Checker, elements: readonly Element[]): Facts {
  const ids = new Set(elements.flatMap((element) => [...variablesOf(element)]));
  return factsOf(rangesOf(checker, ids));
}

function rangesOf(checker: Checker, ids: Iterable<string>): Ranges {
  const ranges = new Map<string, Range>();
  for (const id of ids) {
    const range = checker.ranges.get(id);
    if (range !== undefined) ranges.set(id, range);
  }
  return ranges;
}

export const assumeAll = (facts: Facts, conditions: readonly Element[]): Facts =>
  conditions.reduce((known, condition) => assume(known, condition), facts);

/** The values that index arithmetic can have where the checker stands. */
export function rangeHere({ ranges, conditions }: Checker, of: Affine): Range {
  const ids = [...affineVariables(of), ...conditions.flatMap((condition) => [...variablesOf(condition)])];
  const known = assumeAll(factsOf(new Map(ids.map((id) => [id, ranges.get(id)!]))), conditions);
  return known.impossible ? { min: 0, max: -1 } : boundsUnder(of, known);
}

/** Whether all reads of it are in range where the facts hold. */
export const isSafe = (element: Element, facts: Facts): boolean =>
  unprovenLoads({ expr: element, facts }, reading).length === 0;
