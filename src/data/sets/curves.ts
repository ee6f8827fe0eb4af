/** Numbers that depend on numbers: a sine, a sum of which most terms are 0, heartbeats, a chaotic series. */
import type { Random } from '../random.ts';
import { type DataSet, drawnTable, tableBytes } from './data-set.ts';

export const sinusoids: DataSet = {
  summary: 'noisy points of one wave of a sine: x, t',
  formula: 'x = u; t = sin(2 pi x) + 0.2 n',
  counts: { training: 25, test: 500 },
  extension: 'csv',
  make: drawnTable(['x', 't'], (random) => {
    const x = random.unit();
    return [x, Math.sin(2 * Math.PI * x) + 0.2 * random.normal()];
  }),
};

/** Of x1, x4, x7, x10 and x13; those of the other fifteen are 0. */
const weights = [3, -2, 1.5, -1, 0.5] as const;

export const sparse: DataSet = {
  summary: 'a sum of 20 features of which 15 do not matter: x1 to x20, t',
  formula: `x = n each; t = 3 x1 - 2 x4 + 1.5 x7 - x10 + 0.5 x13 + n`,
  counts: { training: 40, test: 1000 },
  extension: 'csv',
  make: drawnTable([...Array.from({ length: 20 }, (_, k) => `x${k + 1}`), 't'], (random) => {
    const x = Array.from({ length: 20 }, () => random.normal());
    return [...x, weights.reduce((sum, w, k) => sum + w * x[3 * k]!, 0) + random.normal()];
  }),
};

/** A second has so many samples. */
const rate = 100;
const taps = 8;
/** How a beat of the mother's heart comes through to the belly. */
const path: readonly number[] = [0, 0.5, 0.8, 0.3, -0.4, -0.3, 0.1, 0.05];

/** A wave before a sharp beat and one after it, once a period. */
function heart(seconds: number, period: number): number {
  const at = (((seconds / period) % 1) + 1) % 1;
  const bump = (middle: number, width: number): number =>
    Math.exp(-0.5 * (((at - middle) * period) / width) ** 2);
  return 0.15 * bump(0.3, 0.03) + bump(0.45, 0.012) - 0.25 * bump(0.5, 0.015) + 0.3 * bump(0.7, 0.05);
}

export const heartbeats: DataSet = {
  summary:
    "electrodes on a mother's chest and belly: r0 to r7 (chest, now and up to 7 samples ago), belly, fetal",
  formula:
    `sample k is at k/${rate} s; a heart is four gaussian bumps, the mother's with a period of 0.83 s, the child's of 0.43 s and ` +
    `a fifth as high; chest = mother + 0.01 n, belly = child + sum_i h_i mother(k - i) + 0.01 n, h = ${path.join(' ')}`,
  counts: { training: 4000, test: 1000 },
  extension: 'csv',
  make: (count, stream) => {
    const sources = Array.from({ length: count + taps }, (_, k) => stream(k));
    const start = 10 * sources[0]!.unit();
    const mother = sources.map((_, k) => heart(start + k / rate, 0.83));
    const chest = sources.map((random, k) => mother[k]! + 0.01 * random.normal());
    const rows = Array.from({ length: count }, (_, k) => {
      const now = k + taps;
      const fetal = 0.2 * heart(start + now / rate, 0.43);
      const heard = path.reduce((sum, h, i) => sum + h * mother[now - i]!, 0);
      const belly = fetal + heard + 0.01 * sources[now]!.normal();
      return [...path.map((_, i) => chest[now - i]!), belly, fetal];
    });
    return tableBytes([...path.map((_, i) => `r${i}`), 'belly', 'fetal'], rows);
  },
};

const window = 101;

export const chaos: DataSet = {
  summary: `pieces of the chaotic series of Mackey and Glass (1977): s0 to s${window - 1}`,
  formula:
    'ds/dt = 0.2 s(t - 17)/(1 + s(t - 17)^10) - 0.1 s, steps of 1, from 1.2 + 0.1 n at each earlier time; the first 300 are left out, and 1 is taken off',
  counts: { training: 100, test: 100 },
  extension: 'csv',
  make: drawnTable(
    Array.from({ length: window }, (_, k) => `s${k}`),
    (random) => mackeyGlass(random, 300, window).map((s) => s - 1),
  ),
};

function mackeyGlass(random: Random, skipped: number, kept: number): readonly number[] {
  const s = Array.from({ length: 18 }, () => 1.2 + 0.1 * random.normal());
  while (s.length < 18 + skipped + kept) {
    const late = s[s.length - 18]!;
    s.push(0.9 * s.at(-1)! + (0.2 * late) / (1 + late ** 10));
  }
  return s.slice(-kept);
}
