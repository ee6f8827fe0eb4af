/**
 * A scalar function of f32 in; the points at which its error is measured, out: all exponents and both signs, the
 * neighbourhoods of kinks, poles and changes of formula, and for sine and cosine of the multiples of pi/2.
 */
import { type FunctionName, functionNames, functions, resultType } from '../../compiler/scalar/functions.ts';
import { randomSource } from './random.ts';

export type Point = readonly number[];

export interface Sweep {
  /** For the docs: where the promise holds. */
  readonly where: string;
  readonly points: readonly Point[];
}

const words = new DataView(new ArrayBuffer(4));
const fromBits = (bits: number): number => {
  words.setUint32(0, bits >>> 0);
  return words.getFloat32(0);
};
const bitsOf = (x: number): number => {
  words.setFloat32(0, x);
  return words.getUint32(0);
};

export const smallestNormal = 2 ** -126;
export const largestFloat = 3.4028234663852886e38;

/** The functions with a table row: f32 in, f32 out, and something to compute. */
export const measured: readonly FunctionName[] = functionNames.filter((fn) => {
  const floats = Array.from({ length: functions[fn].type.arity }, () => 'f32' as const);
  return !['to_f32', 'stop_gradient'].includes(fn) && resultType(fn, floats) === 'f32';
});

/** Of every exponent, both signs: the power of two, its last neighbour, and some between. */
function allExponents(seed: number, each: number): readonly number[] {
  const random = randomSource(seed);
  const found: number[] = [0];
  for (let exponent = 1; exponent < 255; exponent++) {
    for (let k = 0; k < each; k++) {
      const mantissa = k === 0 ? 0 : k === 1 ? 0x7fffff : random.integer(0, 0x7fffff);
      const x = fromBits((exponent << 23) | mantissa);
      found.push(x, -x);
    }
  }
  return found;
}

const spread = (seed: number, low: number, high: number, count: number): readonly number[] => {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => Math.fround(low + (high - low) * random.number()));
};

/** The f32 on both sides of each number, and of its opposite. */
const around = (centres: readonly number[], steps: number): readonly number[] =>
  centres.flatMap((centre) =>
    Array.from({ length: 2 * steps + 1 }, (_, k) => fromBits(bitsOf(centre) + k - steps)).flatMap((x) => [
      x,
      -x,
    ]),
  );

/** Where functions have kinks or poles, and where implementations change their formula. */
const edges = [
  ...[0.25, 0.29289323, 0.41421357, 0.5, 0.625, Math.LN2 / 2, Math.SQRT1_2, Math.LN2, 1, Math.SQRT2],
  ...[1.5 * Math.LN2, 2, 2.4142135, 3, 4, 5, 9, 10, 20, 80, 87, 88, 88.7, 89],
];

/** The f32 nearest to each multiple of pi/2 up to 10^5, where what is left of the angle is smallest. */
const quarterTurns = Array.from({ length: 63_661 }, (_, k) => Math.fround(((k + 1) * Math.PI) / 2));

const reals: readonly number[] = [
  ...allExponents(1, 24),
  ...spread(2, -2, 2, 12_000),
  ...spread(3, -12, 12, 12_000),
  ...spread(4, -100, 100, 8_000),
  ...around(edges, 24),
];

const angles: readonly number[] = [...quarterTurns, ...quarterTurns.map((x) => -x)];

const pairs = (xs: readonly number[], ys: readonly number[]): readonly Point[] =>
  xs.map((x, k) => [x, ys[k % ys.length]!]);

const anyPairs: readonly Point[] = [
  ...pairs(allExponents(5, 20), [...allExponents(6, 20)].reverse()),
  ...pairs(allExponents(7, 20), allExponents(8, 20)),
  ...pairs(spread(9, -4, 4, 8_000), spread(10, -4, 4, 8_000)),
  ...pairs(around(edges, 24), around([1], 24)),
];

/** Bases of all sizes to exponents that use the whole range of f32, and to whole ones; negative bases to whole ones. */
function powers(): readonly Point[] {
  const random = randomSource(11);
  const bases = [...allExponents(12, 16), ...spread(13, 0, 3, 8_000), ...around([0.5, Math.SQRT2, 1, 2], 40)];
  return bases.flatMap((base) => {
    const x = Math.abs(base);
    const reach = Math.fround((random.number() * 256 - 128) / Math.log2(x));
    const whole = random.integer(-70, 70);
    return [
      ...(Number.isFinite(reach) ? [[x, reach]] : []),
      [x, Math.fround(random.normal())],
      [base, whole],
    ] as const;
  });
}

/** Quotients up to 2^20 of operands of all sizes, many of them next to a whole number. */
function divisions(): readonly Point[] {
  const random = randomSource(14);
  return allExponents(15, 30).flatMap((y) => {
    const quotient = 2 ** (random.number() * 22 - 2) * (random.chance(0.5) ? 1 : -1);
    const x = Math.fround(quotient * y);
    const multiple = Math.fround(Math.round(quotient) * y);
    return [
      [x, y],
      [multiple, y],
      [fromBits(bitsOf(multiple) + 1), y],
      [fromBits(bitsOf(multiple) - 1), y],
    ].filter(([a, b]) => Math.abs(a! / b!) < 2 ** 20 && Math.abs(a!) < 2 ** 127 && Math.abs(b!) > 2 ** -100);
  });
}

const unary = (xs: readonly number[]): readonly Point[] => xs.map((x) => [x]);
const upTo = (limit: number): readonly Point[] =>
  unary([...reals, ...angles]).filter(([x]) => Math.abs(x!) <= limit);

const own: Partial<Record<FunctionName, Sweep>> = {
  modulo: { where: 'abs(x/y) < 2^20, abs(x) < 2^127, abs(y) > 2^-100', points: divisions() },
  power: { where: 'x > 0, or n whole', points: powers() },
  sin: { where: 'abs(x) <= 1e5', points: upTo(1e5) },
  cos: { where: 'abs(x) <= 1e5', points: upTo(1e5) },
  tan: { where: 'abs(x) <= 1e5', points: upTo(1e5) },
};

/** Values that f32 has no number for, nearly so, or none at all, are out of the domain. */
const defined =
  (fn: FunctionName) =>
  (point: Point): boolean => {
    const y = functions[fn].evaluate(...point);
    const held = (x: number): boolean =>
      Number.isFinite(x) && Math.abs(x) <= largestFloat && (x === 0 || Math.abs(x) >= smallestNormal);
    return point.every(held) && Number.isFinite(y) && Math.abs(y) < largestFloat;
  };

export function sweepOf(fn: FunctionName): Sweep {
  const sweep = own[fn] ?? { where: '', points: functions[fn].type.arity === 1 ? unary(reals) : anyPairs };
  return { where: sweep.where, points: sweep.points.filter(defined(fn)) };
}

/**
 * The error in units of the last place of the exact value. A value below the normal numbers may be flushed to
 * 0, or be any other number down there.
 */
export function errorInUlps(found: number, exact: number): number {
  const size = Math.abs(exact);
  if (exact === found) return 0;
  if (size < smallestNormal) return exact !== 0 && Math.abs(found) <= smallestNormal ? 0 : Infinity;
  const ulp = 2 ** (Math.floor(Math.log2(size)) - 23);
  const error = Math.abs(found - exact) / ulp;
  return Number.isNaN(error) ? Infinity : error;
}
