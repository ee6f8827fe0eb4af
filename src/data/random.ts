/** A seed and a stream number in, a sequence of random numbers out; the same on every machine. */

export interface Random {
  /** In [0, 1). */
  readonly unit: () => number;
  readonly between: (low: number, high: number) => number;
  /** Standard normal, by Box and Muller (1958). */
  readonly normal: () => number;
  /** 0, 1, … count - 1. */
  readonly below: (count: number) => number;
}

/** Spreads every input bit over the word: the finaliser of MurmurHash3 (Appleby). */
function mix(word: number): number {
  let h = word >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hashed counters: number k of a stream is a hash of the seed, the stream and k. */
export function randomStream(seed: number, stream: number): Random {
  const key = mix(mix(seed) ^ Math.imul(stream + 1, 0x9e3779b9));
  let counter = 0;
  const unit = (): number => {
    counter += 1;
    return mix(key ^ mix(Math.imul(counter, 0x85157af5))) / 2 ** 32;
  };
  return {
    unit,
    between: (low, high) => low + (high - low) * unit(),
    normal: () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    below: (count) => Math.floor(unit() * count),
  };
}
