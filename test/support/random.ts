/** A seed in, a stream of random choices out: the same for the same seed, on every machine. */

export interface RandomSource {
  /** In [0, 1). */
  readonly number: () => number;
  /** In [min, max], both ends inclusive. */
  readonly integer: (min: number, max: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(from: readonly T[]) => T;
  /** Of the standard normal distribution. */
  readonly normal: () => number;
}

/** Mulberry32, by Tommy Ettinger (public domain): 32 bits of state, enough for tests. */
export function randomSource(seed: number): RandomSource {
  let state = seed | 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (min: number, max: number): number => min + Math.floor(number() * (max - min + 1));
  return {
    number,
    integer,
    chance: (probability) => number() < probability,
    pick: (from) => {
      if (from.length === 0) throw new RangeError('nothing to pick from');
      return from[integer(0, from.length - 1)]!;
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - number())) * Math.cos(2 * Math.PI * number()),
  };
}
