/**
 * A seed and a position come in, reproducible random integers go out.
 *
 * Everything is counter-based: a number is a hash of where it is used, so that step 1000 has the same key
 * whether or not steps 1 to 999 ran in this process.
 */

/**
 * A bijection of the 32-bit integers that changes half the bits on average: two rounds of xorshift and
 * multiplication, the family of C. Wellons, "Prospecting for Hash Functions" (2018), with the constants that
 * the splitmix32 generator uses.
 */
export function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** 2^32 divided by the golden ratio: spreads small counters over all bits. */
const golden = 0x9e3779b9;

/** Hashes two words to one; no argument is special, zeros included. */
const combine = (a: number, b: number): number => mix(mix(a + golden) ^ Math.imul(b + 1, golden));

/** The `key` scalar of a step: `combine(seed, step)`, a u32. */
export const stepKey = (seed: number, step: number): number => combine(seed, step);

/** The `key` of the `step`-th run of a part of a training's step; the first part's are those of the training alone. */
export const partKey = (seed: number, part: number, step: number): number =>
  stepKey(part === 0 ? seed : combine(mix(seed), part), step);

/** The k-th random word of a stream. */
const word = (stream: number, k: number): number => combine(stream, k);

/**
 * An integer of 0 … range-1 from a stream, without favour: words of the last incomplete range are thrown away. `used` counts the words.
 */
function below(range: number, stream: number, used: { count: number }): number {
  const limit = 2 ** 32 - (2 ** 32 % range);
  let drawn = word(stream, used.count++);
  while (drawn >= limit) drawn = word(stream, used.count++);
  return drawn % range;
}

/** n numbers of 0 … n-1, each drawn from all of them, that depend on the seed and the epoch alone. */
export function drawn(n: number, seed: number, epoch: number): Uint32Array {
  const stream = combine(mix(seed), epoch);
  const used = { count: 0 };
  return Uint32Array.from({ length: n }, () => below(n, stream, used));
}

/** An order of 0 … n-1 that depends on the seed alone, and is that of no epoch: samples that are held out come first in it. */
export const splitOrder = (n: number, seed: number): Uint32Array => shuffle(n, combine(seed, n), -1);

/**
 * A uniformly drawn order of 0 … n-1 that depends on the seed and the epoch alone: the Fisher-Yates shuffle
 * (Durstenfeld 1964).
 */
export function shuffle(n: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  const stream = combine(mix(seed), epoch);
  const used = { count: 0 };
  for (let last = n - 1; last > 0; last--) {
    const other = below(last + 1, stream, used);
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}
