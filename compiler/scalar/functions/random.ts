/**
 * Records of the random functions: a key, a stream and a counter in, a number out, the same bits in
 * TypeScript and on every target.
 *
 * The generator is Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror & Shaw, *Parallel random numbers: as
 * easy as 1, 2, 3* (SC 2011). It has no state and needs only additions, rotations and exclusive ors.
 */
import { formula } from '../formula-text.ts';
import { logarithm } from './exponential.ts';
import type { ScalarFunction } from './record.ts';
import { turnedSine } from './sine.ts';
import { randomness } from './typing.ts';

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** Skein's key schedule parity (Salmon et al., section 4.2). */
const parity = 0x1bd11bda;

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** The two words, as unsigned numbers, for a key of two words and a counter of two words. */
export function threefry(
  key: readonly [number, number],
  counter: readonly [number, number],
): readonly [number, number] {
  const schedule = [key[0], key[1], parity ^ key[0] ^ key[1]];
  let a = (counter[0] + schedule[0]!) | 0;
  let b = (counter[1] + schedule[1]!) | 0;
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    b = rotateLeft(b, rotations[round % 8]!) ^ a;
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    a = (a + schedule[injection % 3]!) | 0;
    b = (b + schedule[(injection + 1) % 3]! + injection) | 0;
  }
  return [a >>> 0, b >>> 0];
}

/** Lines that make the words a and b of a key and a stream, and of a counter and a number that tells uses apart. */
const lines = (use: number): readonly string[] => {
  const schedule = ['key', 'stream', 'third'];
  const rounds = Array.from({ length: 20 }, (_, round) => {
    const [by, next] = [rotations[round % 8]!, round + 1];
    const mixed = [
      `a${next} = a${round} + b${round}`,
      `b${next} = ((b${round} << ${by}) | (b${round} >> ${32 - by})) ^ a${next}`,
    ];
    if (round % 4 !== 3) return mixed;
    const injection = next / 4;
    return [
      `m${injection} = a${round} + b${round}`,
      `n${injection} = ((b${round} << ${by}) | (b${round} >> ${32 - by})) ^ m${injection}`,
      `a${next} = m${injection} + ${schedule[injection % 3]}`,
      `b${next} = n${injection} + ${schedule[(injection + 1) % 3]} + ${injection}`,
    ];
  });
  return [
    `third = ${parity} ^ key ^ stream`,
    'a0 = bits_u32(counter) + key',
    `b0 = stream + ${use}`,
    ...rounds.flat(),
  ];
};

const parameters = '(key: u32, stream: u32, counter: i32) -> f32';

const uniform = formula(
  [`random_uniform${parameters}`, ...lines(0), 'to_f32(a20 >> 8) * 5.9604644775390625e-08'].join('\n'),
);

const normal = formula(
  [
    `random_normal${parameters}`,
    ...lines(1),
    'radius = sqrt(-2 * log_f32(to_f32((a20 >> 8) + 1) * 5.9604644775390625e-08))',
    'radius * turned_sine(to_f32(b20 >> 8) * 3.7450704e-07, 1)',
  ].join('\n'),
  [logarithm, turnedSine],
);

const unit = 2 ** -24;

const domain = [
  [0, 1000],
  [0, 1000],
  [0, 1000],
] as const;

export const random = {
  random_uniform: {
    doc: 'A number of [0, 1) with 24 random bits, the same for the same key, stream and counter.',
    aliases: [],
    type: randomness,
    evaluate: (key, stream, counter) => (threefry([key!, stream!], [counter!, 0])[0] >>> 8) * unit,
    compute: () => uniform,
    partials: 'zero',
    domain,
    cost: 'dear',
  },
  random_normal: {
    doc: 'A number of the standard normal distribution, by Box & Muller (1958).',
    aliases: [],
    type: randomness,
    evaluate: (key, stream, counter) => {
      const [a, b] = threefry([key!, stream!], [counter!, 1]);
      const radius = Math.sqrt(-2 * Math.log(((a >>> 8) + 1) * unit));
      return radius * Math.cos(2 * Math.PI * (b >>> 8) * unit);
    },
    compute: () => normal,
    partials: 'zero',
    domain,
    cost: 'dear',
  },
} as const satisfies Record<string, ScalarFunction>;
