/** Points of the plane with a class: what can be told apart by a line, and what cannot. */
import { type DataSet, drawnTable } from './data-set.ts';

const classed = ['x1', 'x2', 'class'] as const;

export const gates: DataSet = {
  summary: 'the four rows of two truth values: a, b, and, or, xor',
  formula: 'row k: a = k div 2 mod 2, b = k mod 2; nothing is drawn',
  counts: { training: 4, test: 4 },
  extension: 'csv',
  make: drawnTable(['a', 'b', 'and', 'or', 'xor'], (_, k) => {
    const [a, b] = [(k >> 1) & 1, k & 1];
    return [a, b, a & b, a | b, a ^ b];
  }),
};

/** Distance from the line that none of them is nearer to. */
const margin = 0.1;

export const separable: DataSet = {
  summary: 'points on two sides of a line through 0, none near it: x1, x2, side (-1 or 1)',
  formula: `x = 2u - 1 each, drawn anew until |0.6 x1 - 0.8 x2| >= ${margin}; side = its sign`,
  counts: { training: 200, test: 1000 },
  extension: 'csv',
  make: drawnTable(['x1', 'x2', 'side'], (random) => {
    for (;;) {
      const [x1, x2] = [random.between(-1, 1), random.between(-1, 1)];
      const far = 0.6 * x1 - 0.8 * x2;
      if (Math.abs(far) >= margin) return [x1, x2, Math.sign(far)];
    }
  }),
};

export const moons: DataSet = {
  summary: 'two half moons that reach into each other: x1, x2, class',
  formula:
    'row k is of class k mod 2; a = pi u; (cos a, sin a) or (1 - cos a, 0.5 - sin a), and 0.1 n on each coordinate',
  counts: { training: 400, test: 1000 },
  extension: 'csv',
  make: drawnTable(classed, (random, k) => {
    const [a, t] = [Math.PI * random.unit(), k % 2];
    const [x1, x2] = t === 0 ? [Math.cos(a), Math.sin(a)] : [1 - Math.cos(a), 0.5 - Math.sin(a)];
    return [x1 + 0.1 * random.normal(), x2 + 0.1 * random.normal(), t];
  }),
};

export const circles: DataSet = {
  summary: 'normal points, and whether they are outside of the unit circle: x1, x2, class',
  formula: 'x1 = n, x2 = n; class = [x1^2 + x2^2 > 1], which is so for exp(-1/2) = 60.65 % of them',
  counts: { training: 400, test: 2000 },
  extension: 'csv',
  make: drawnTable(classed, (random) => {
    const [x1, x2] = [random.normal(), random.normal()];
    return [x1, x2, Number(x1 ** 2 + x2 ** 2 > 1)];
  }),
};

export const spirals: DataSet = {
  summary: 'two arms of a spiral: x1, x2, class',
  formula:
    'row k is of class k mod 2; r = 0.1 + 0.9 u, a = 3 pi r + pi class; (r cos a, r sin a), and 0.02 n on each coordinate',
  counts: { training: 600, test: 1000 },
  extension: 'csv',
  make: drawnTable(classed, (random, k) => {
    const [r, t] = [0.1 + 0.9 * random.unit(), k % 2];
    const a = Math.PI * (3 * r + t);
    return [r * Math.cos(a) + 0.02 * random.normal(), r * Math.sin(a) + 0.02 * random.normal(), t];
  }),
};

export const gaussians: DataSet = {
  summary: 'eight heaps on a ring: x1, x2, class (0 to 7)',
  formula: 'row k is of class k mod 8; a = 2 pi class / 8; (2 cos a, 2 sin a), and 0.1 n on each coordinate',
  counts: { training: 800, test: 2000 },
  extension: 'csv',
  make: drawnTable(classed, (random, k) => {
    const [t, a] = [k % 8, (Math.PI / 4) * (k % 8)];
    return [2 * Math.cos(a) + 0.1 * random.normal(), 2 * Math.sin(a) + 0.1 * random.normal(), t];
  }),
};
