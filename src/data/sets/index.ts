/** The data sets that nnc makes itself, by name; the bytes of one that a data specification names, `data:moons/test:100`. */

import { meant } from '../../../compiler/check/problems/suggest.ts';
import { DataError } from '../../../runtime/errors.ts';
import { randomStream } from '../random.ts';
import { chaos, heartbeats, sinusoids, sparse } from './curves.ts';
import type { DataSet, Part } from './data-set.ts';
import { messages } from './messages.ts';
import { captioned, digits, domains, overlapping, scenes } from './pictures.ts';
import { circles, gates, gaussians, moons, separable, spirals } from './plane.ts';
import { analogies, grammar } from './texts.ts';

const sets = {
  gates,
  separable,
  circles,
  moons,
  spirals,
  gaussians,
  sinusoids,
  sparse,
  heartbeats,
  chaos,
  digits,
  shapes: captioned,
  scenes,
  domains,
  overlapping,
  grammar,
  analogies,
  messages,
} as const satisfies Readonly<Record<string, DataSet>>;

export const dataSets: ReadonlyMap<string, DataSet> = new Map(Object.entries(sets));

export const parts: readonly Part[] = ['training', 'test'];

/** They are drawn in memory. */
export const mostRows = 1_000_000;

/** The seed that `data:NAME` has. */
export const usualSeed = 1;

/** The same set, part, count and seed give the same bytes; a longer one begins with the shorter one where rows are drawn alone. */
export function madeData(set: DataSet, part: Part, count = set.counts[part], seed = usualSeed): Uint8Array {
  const own = 2 * seed + parts.indexOf(part);
  return set.make(count, (k) => randomStream(own, k));
}

/** `data:moons`, `data:moons/test`, `data:digits:500`; undefined for a path. */
export function madeDataNamed(path: string): Uint8Array | undefined {
  const rest = /^data:(.*)$/s.exec(path)?.[1];
  if (rest === undefined) return undefined;
  const [, name = rest, part = 'training', digits] =
    /^([^/:]*)(?:\/(training|test))?(?::(\d+))?$/.exec(rest) ?? [];
  const set = dataSets.get(name);
  if (set === undefined) {
    throw new DataError(`nnc makes no data set ${name}; ${meant(name, [...dataSets.keys()])}`);
  }
  const count = digits === undefined ? undefined : Number(digits);
  if (count !== undefined && !(count >= 1 && count <= mostRows)) {
    throw new DataError(`${path}: expected 1 to ${mostRows} rows`);
  }
  return madeData(set, part as Part, count);
}
