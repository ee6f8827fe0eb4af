/** Right numbers and those that somebody found, at several points, in; how the found ones are wrong, as a lecturer would say it, out. */
import type { Tensor64 } from '../../compiler/reference/tensor.ts';

/** One result at one point. */
export interface Pair {
  readonly expected: Tensor64;
  readonly found: Tensor64;
}

export type Likeness =
  | { readonly kind: 'right'; readonly off: number }
  | { readonly kind: 'shape'; readonly expected: readonly number[]; readonly found: readonly number[] }
  /** The axes of what was found, in the order that makes it right. */
  | { readonly kind: 'transposed'; readonly shape: boolean }
  | { readonly kind: 'sign' }
  | { readonly kind: 'factor'; readonly factor: number }
  /** A factor that changes along some axes only. */
  | { readonly kind: 'factors'; readonly along: readonly number[] }
  | { readonly kind: 'added'; readonly constant: number }
  | { readonly kind: 'not finite' }
  /** Right but at this position of this axis. */
  | { readonly kind: 'border'; readonly axis: number; readonly position: number }
  | { readonly kind: 'wrong' };

/** What rounding in f64 may make of a right formula. */
const tolerance = 1e-7;

/** The size that differences count against. */
const scaleOf = ({ data }: Tensor64): number => data.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);

/** Whether each number is near enough, in order. */
export function rightOnes({ expected, found }: Pair): readonly boolean[] {
  const near = tolerance * scaleOf(expected);
  return [...expected.data].map((x, k) => Math.abs(x - found.data[k]!) <= near);
}

const sameShape = ({ expected, found }: Pair): boolean => expected.shape.join() === found.shape.join();

const isRight = (pair: Pair): boolean => sameShape(pair) && rightOnes(pair).every((right) => right);

const offOf = ({ expected, found }: Pair): number =>
  expected.data.reduce((most, x, k) => Math.max(most, Math.abs(x - found.data[k]!)), 0) / scaleOf(expected);

export function likenessOf(pairs: readonly Pair[]): Likeness {
  if (pairs.every(isRight)) return { kind: 'right', off: Math.max(...pairs.map(offOf)) };
  const [{ expected, found }] = pairs as readonly [Pair];
  if (turned(pairs)) return { kind: 'transposed', shape: !sameShape(pairs[0]!) };
  if (!pairs.every(sameShape)) return { kind: 'shape', expected: expected.shape, found: found.shape };
  if (pairs.some((pair) => pair.found.data.some((x) => !Number.isFinite(x)))) return { kind: 'not finite' };
  const factor = commonOf(pairs, quotient);
  if (factor !== undefined) return isNear(factor, -1) ? { kind: 'sign' } : { kind: 'factor', factor };
  const constant = commonOf(pairs, (x, y) => y - x);
  if (constant !== undefined) return { kind: 'added', constant };
  return atBorder(pairs) ?? byAxes(pairs) ?? { kind: 'wrong' };
}

const isNear = (x: number, y: number): boolean =>
  Math.abs(x - y) <= 1e-6 * Math.max(Math.abs(x), Math.abs(y));

/** y by x; nothing where both are 0, and no number where one of them is. */
const quotient = (x: number, y: number, near: number): number | undefined => {
  const zeros = [x, y].filter((value) => Math.abs(value) <= near).length;
  return zeros === 0 ? y / x : zeros === 2 ? undefined : Number.NaN;
};

/** What all pairs of numbers have in common, if they do. */
function commonOf(
  pairs: readonly Pair[],
  of: (expected: number, found: number, near: number) => number | undefined,
): number | undefined {
  const all = pairs.flatMap(({ expected, found }) => {
    const near = tolerance * scaleOf(expected);
    return [...expected.data]
      .map((x, k) => of(x, found.data[k]!, near))
      .filter((value) => value !== undefined);
  });
  const [first] = all;
  // One or two numbers agree by chance.
  if (first === undefined || all.length < 3) return undefined;
  return all.every((value) => isNear(value, first)) ? first : undefined;
}

/** The last two axes have changed places. */
function turned(pairs: readonly Pair[]): boolean {
  if (pairs.some(({ expected, found }) => expected.shape.length !== found.shape.length)) return false;
  if (pairs[0]!.expected.shape.length < 2) return false;
  return pairs.every(({ expected, found }) => isRight({ expected, found: transposed(found) }));
}

function transposed({ shape, data }: Tensor64): Tensor64 {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const size = rows * columns;
  const at = (k: number): number => {
    const inside = k % size;
    return k - inside + (inside % rows) * columns + Math.floor(inside / rows);
  };
  return { shape: [...shape.slice(0, -2), columns, rows], data: data.map((_, k) => data[at(k)]!) };
}

/** The position of an element on each axis. */
export function positionOf(k: number, shape: readonly number[]): readonly number[] {
  const position: number[] = [];
  let rest = k;
  for (const extent of [...shape].reverse()) {
    position.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return position;
}

/** All that is wrong is first or last on an axis of at least three. */
function atBorder(pairs: readonly Pair[]): Likeness | undefined {
  const { shape } = pairs[0]!.expected;
  const wrong = pairs.flatMap((pair) =>
    rightOnes(pair).flatMap((right, k) => (right ? [] : [positionOf(k, shape)])),
  );
  for (const [axis, extent] of shape.entries()) {
    if (extent < 3) continue;
    const position = wrong[0]![axis]!;
    if (position !== 0 && position !== extent - 1) continue;
    if (wrong.every((at) => at[axis] === position)) return { kind: 'border', axis, position };
  }
  return undefined;
}

/** The quotient is the product of a number for each position of one axis and one for each of the other. */
function byAxes(pairs: readonly Pair[]): Likeness | undefined {
  const { shape } = pairs[0]!.expected;
  if (shape.length !== 2 || shape.some((extent) => extent < 3)) return undefined;
  const [rows, columns] = shape as readonly [number, number];
  const ratios = pairs.map(({ expected, found }) => expected.data.map((x, k) => found.data[k]! / x));
  const isProduct = ratios.every((ratio) =>
    ratio.every((value, k) => {
      const [i, j] = [Math.floor(k / columns), k % columns];
      return isNear(value * ratio[0]!, ratio[i * columns]! * ratio[j]!);
    }),
  );
  if (!isProduct) return undefined;
  const varies = (step: number, count: number): boolean =>
    ratios.some((ratio) =>
      Array.from({ length: count }, (_, k) => ratio[k * step]!).some((v) => !isNear(v, ratio[0]!)),
    );
  const along = [...(varies(columns, rows) ? [0] : []), ...(varies(1, columns) ? [1] : [])];
  return { kind: 'factors', along };
}
