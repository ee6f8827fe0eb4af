/**
 * Records of the random functions: a key, a stream and a counter in, a number out, the same bits in
 * TypeScript and in WGSL.
 *
 * The generator is Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror & Shaw, *Parallel random numbers: as
 * easy as 1, 2, 3* (SC 2011). It has no state and needs only additions, rotations and exclusive ors.
 */
import { logarithmHelpers } from './exponential.ts';
import { type Helper, randomness, type ScalarFunction } from './record.ts';
import { turnedSineHelper } from './sine.ts';

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

const rotation = (by: number): string => `  a = a + b; b = ((b << ${by}u) | (b >> ${32 - by}u)) ^ a;`;

const threefryHelper: Helper = {
  name: 'threefry',
  text: [
    'fn threefry(key: vec2u, counter: vec2u) -> vec2u {',
    `  let parity = ${parity}u ^ key.x ^ key.y;`,
    '  var a = counter.x + key.x;',
    '  var b = counter.y + key.y;',
    ...[0, 1, 2, 3, 4].flatMap((group) => {
      const schedule = ['key.x', 'key.y', 'parity'];
      const lines = [0, 1, 2, 3].map((k) => rotation(rotations[(4 * group + k) % 8]!));
      const injection = group + 1;
      return [
        ...lines,
        `  a = a + ${schedule[injection % 3]}; b = b + ${schedule[(injection + 1) % 3]} + ${injection}u;`,
      ];
    }),
    '  return vec2u(a, b);',
    '}',
  ].join('\n'),
};

const uniformHelper: Helper = {
  name: 'random_uniform',
  text: `fn random_uniform(key: u32, stream: u32, counter: i32) -> f32 {
  return f32(threefry(vec2u(key, stream), vec2u(u32(counter), 0u)).x >> 8u) * 5.9604644775390625e-08;
}`,
};

const normalHelper: Helper = {
  name: 'random_normal',
  text: `fn random_normal(key: u32, stream: u32, counter: i32) -> f32 {
  let bits = threefry(vec2u(key, stream), vec2u(u32(counter), 1u)) >> vec2u(8u);
  let radius = sqrt(-2.0 * log_f32(f32(bits.x + 1u) * 5.9604644775390625e-08));
  return radius * turned_sine(f32(bits.y) * 3.7450704e-07, 1);
}`,
};

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
    wgsl: ([key, stream, counter]) => `random_uniform(${key}, ${stream}, ${counter})`,
    helpers: () => [threefryHelper, uniformHelper],
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
    wgsl: ([key, stream, counter]) => `random_normal(${key}, ${stream}, ${counter})`,
    helpers: () => [threefryHelper, turnedSineHelper, ...logarithmHelpers, normalHelper],
    partials: 'zero',
    domain,
    cost: 'dear',
  },
} as const satisfies Record<string, ScalarFunction>;
