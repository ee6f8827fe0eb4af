/** Systems of linear equations, against elimination with pivots and against the pseudoinverse of a product. */
import { given, type Probe } from './probe.ts';

type Vector = readonly number[];

const range = (n: number): readonly number[] => Array.from({ length: n }, (_, k) => k);

/** The textbook's elimination, each time with the largest pivot. */
function eliminated(a: Vector, b: Vector): Vector {
  const n = b.length;
  const rows = range(n).map((r) => [...a.slice(r * n, r * n + n), b[r]!]);
  for (const k of range(n)) {
    const pivot = range(n)
      .slice(k)
      .reduce((best, r) => (Math.abs(rows[r]![k]!) > Math.abs(rows[best]![k]!) ? r : best), k);
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (const r of range(n)) {
      if (r === k) continue;
      const factor = rows[r]![k]! / rows[k]![k]!;
      rows[r] = rows[r]!.map((value, c) => value - factor * rows[k]![c]!);
    }
  }
  return range(n).map((k) => rows[k]![n]! / rows[k]![k]!);
}

/** `a b` of `a` with R rows of K and `b` with K rows of C. */
const product = (a: Vector, b: Vector, R: number, K: number, C: number): Vector =>
  range(R * C).map((at) =>
    range(K).reduce((sum, k) => sum + a[Math.floor(at / C) * K + k]! * b[k * C + (at % C)]!, 0),
  );

const transposed = (a: Vector, R: number, C: number): Vector =>
  range(R * C).map((at) => a[(at % R) * C + Math.floor(at / R)]!);

/** `(a^T a)^-1 a^T b` for more rows than columns, `a^T (a a^T)^-1 b` for fewer. */
function pseudoinverse(a: Vector, b: Vector, R: number, C: number): Vector {
  const t = transposed(a, R, C);
  if (R >= C) return eliminated(product(t, a, C, R, C), product(t, b, C, R, 1));
  return product(t, eliminated(product(a, t, R, C, R), b), C, R, 1);
}

const square = [2, -1, 0.5, 0.25, 3, -1, 1, 0.5, -2.5, 0.5, -3, 1, 2, 0.25, 0.75, -1, 1.5, 2];
const wide = [1, -0.5, 2, 0.25, 0.5, 1.5, -1, 2];
/** A product of 4 by 2 and 2 by 3: of rank 2. */
const [left, right] = [
  [1, 2, -1, 0.5, 0.5, -1.5, 2, 1],
  [1, -1, 0.5, 2, 0.25, -1],
];

export const linearSystemProbes: readonly Probe[] = [
  {
    of: 'solve',
    call: 'solve(a, b)',
    inputs: { a: given('f32', [2, 3, 3], square), b: given('f32', [2, 3], [1, -2, 0.5, 3, 1, -1]) },
    resultShape: [2, 3],
    formula: (v) =>
      range(2).flatMap((k) => eliminated(v.a!.slice(9 * k, 9 * k + 9), v.b!.slice(3 * k, 3 * k + 3))),
    differentiable: ['a', 'b'],
  },
  {
    of: 'solve',
    call: 'solve(a, b)',
    inputs: { a: given('f32', [1, 1], [-4]), b: given('f32', [1], [3]) },
    resultShape: [1],
    formula: () => [-0.75],
    differentiable: ['a', 'b'],
  },
  {
    of: 'least_squares',
    call: 'least_squares(a, b)',
    inputs: { a: given('f32', [4, 2], wide), b: given('f32', [4], [1, -2, 0.5, 3]) },
    resultShape: [2],
    formula: (v) => pseudoinverse(v.a!, v.b!, 4, 2),
    differentiable: ['a', 'b'],
  },
  {
    of: 'least_squares',
    call: 'least_squares(product, b)',
    inputs: {
      product: given('f32', [4, 3], product(left, right, 4, 2, 3)),
      b: given('f32', [4], [1, -2, 0.5, 3]),
    },
    resultShape: [3],
    formula: (v) => pseudoinverse(right, pseudoinverse(left, v.b!, 4, 2), 2, 3),
    differentiable: ['b'],
  },
  {
    of: 'least_squares_of_few',
    call: 'least_squares_of_few(a, b)',
    inputs: { a: given('f32', [2, 4], wide), b: given('f32', [2], [1, -2]) },
    resultShape: [4],
    formula: (v) => pseudoinverse(v.a!, v.b!, 2, 4),
    differentiable: ['a', 'b'],
  },
  {
    of: 'least_squares_of_few',
    call: 'least_squares_of_few(product, b)',
    inputs: {
      product: given('f32', [3, 4], transposed(product(left, right, 4, 2, 3), 4, 3)),
      b: given('f32', [3], [1, -2, 0.5]),
    },
    resultShape: [4],
    formula: (v) =>
      pseudoinverse(transposed(left, 4, 2), pseudoinverse(transposed(right, 2, 3), v.b!, 3, 2), 2, 4),
    differentiable: ['b'],
  },
  {
    of: 'least_squares_of_many',
    call: 'least_squares_of_many(a, b)',
    inputs: { a: given('f32', [4, 2], wide), b: given('f32', [4], [0.5, 1, -1, 2]) },
    resultShape: [2],
    formula: (v) => pseudoinverse(v.a!, v.b!, 4, 2),
    differentiable: ['a', 'b'],
  },
  {
    of: 'independent_rows',
    call: 'independent_rows(a)',
    inputs: { a: given('f32', [3, 2], [3, 4, 6, 8, 0, -2]) },
    resultShape: [3, 2],
    formula: () => [0.6, 0.8, 0, 0, 0.8, -0.6],
    differentiable: [],
  },
  {
    of: 'back_substituted',
    call: 'back_substituted(t, c)',
    inputs: {
      t: given('f32', [3, 3], [2, 1, -1, 0, 4, 3, 0, 0, 5]),
      c: given('f32', [3], [1, 2, 10]),
    },
    resultShape: [3],
    formula: () => [2, -1, 2],
    differentiable: ['t', 'c'],
  },
];
