/** Positions made of an index and of data: both ends are guarded, whichever side the data stands on. */
import { describe, expect, it } from 'vitest';
import { evaluateWith, graphOf, tensor64 } from '../prelude/harness.ts';

const shifts = [-7, -1, 0, 1, 3, 9];
const x = tensor64(
  [6, 5],
  Array.from({ length: 30 }, (_, k) => k + 1),
);

const positions: readonly (readonly [string, (i: number, a: number) => number])[] = [
  ['i + a[n]', (i, a) => i + a],
  ['a[n] + i', (i, a) => a + i],
  ['i - a[n]', (i, a) => i - a],
  ['a[n] - i', (i, a) => a - i],
  ['i * a[n]', (i, a) => i * a],
  ['a[n] * i + 1', (i, a) => a * i + 1],
  ['min(i, a[n])', (i, a) => Math.min(i, a)],
  ['max(a[n], i)', (i, a) => Math.max(i, a)],
  ['abs(a[n] + i)', (i, a) => Math.abs(i + a)],
  ['-a[n]', (_, a) => -a],
  ['(if i > 2 then i else a[n])', (i, a) => (i > 2 ? i : a)],
  ['(if i > 2 then a[n] else i)', (i, a) => (i > 2 ? a : i)],
  ['(a[n] + 20) % 7 - 1', (_, a) => ((a + 20) % 7) - 1],
];

describe('a read at a position made of indices and data', () => {
  it.each(positions)('%s', (position, of) => {
    const text = `model m {
  input x: f32[6, 5]
  input a: i32[6]
  output y[n: 6, i: 5] = (x[n, ${position}] else -1)
}
`;
    const { results } = evaluateWith(graphOf(text, 'run'), { x, a: tensor64([6], shifts) });
    const expected = shifts.flatMap((a, n) =>
      [0, 1, 2, 3, 4].map((i) => {
        const at = of(i, a);
        return at < 0 || at > 4 ? -1 : x.data[5 * n + at]!;
      }),
    );
    expect([...results.get('y')!.data]).toEqual(expected);
  });
});
