/** How far an index runs: written, declared, or told by the reads that all of its values need. */
import { describe, expect, it } from 'vitest';
import { evaluate, graphOf, modelWith } from '../lower/lowered.ts';
import { checkText, shortly } from './check-text.ts';

const problems = (text: string, set: Readonly<Record<string, number>> = {}): readonly string[] =>
  shortly(checkText(text, { set }));

const run = (
  text: string,
  set: Readonly<Record<string, number>>,
  feeds: Parameters<typeof evaluate>[1],
): readonly number[] => {
  const { results } = evaluate(graphOf(text, { kind: 'run' }, { set }), feeds);
  return [...[...results.values()][0]!.data];
};

const concatenation = `fn concatenate(a: f32[B, A], c: f32[B, C]) -> f32[B, A + C] {
  return y[b, i] = if i < A then a[b, i] else c[b, i - A]
}
${modelWith('  input a: f32[B, A]\n  input c: f32[B, C]\n  output y = concatenate(a, c)')}`;

describe('a declared result', () => {
  it.each([
    [2, 3],
    [3, 2],
    [1, 1],
    [1, 4],
    [4, 1],
  ])('gives a concatenation of %i and %i its length', (A, C) => {
    const rows = (n: number, from: number) =>
      [0, 1].map((b) => Array.from({ length: n }, (_, i) => from + 10 * b + i));
    const [a, c] = [rows(A, 0), rows(C, 100)];
    expect(run(concatenation, { B: 2, A, C }, { a, c })).toEqual([0, 1].flatMap((b) => [...a[b]!, ...c[b]!]));
  });

  it('gives a slice its length, at the start, in the middle and with a step', () => {
    const text = `fn head(x: f32[T]) -> f32[T - 2] { return y[t] = x[t] }
fn middle(x: f32[T]) -> f32[T - 2] { return y[t] = x[t + 1] }
fn even(x: f32[T]) -> f32[T / 2] { return y[t] = x[2*t] }
${modelWith('  input x: f32[T]\n  output y[t: T - 2] = 100 * head(x)[t] + middle(x)[t]\n  output z = even(x)')}`;
    expect(run(text, { T: 5 }, { x: [0, 1, 2, 3, 4] })).toEqual([1, 102, 203]);
  });

  it('pads where a read has an else', () => {
    const text = `fn padded(x: f32[T]) -> f32[T + 2] { return y[t] = (x[t] else -1) }
${modelWith('  input x: f32[T]\n  output y = padded(x)')}`;
    expect(run(text, { T: 2 }, { x: [5, 6] })).toEqual([5, 6, -1, -1]);
  });

  it('with ... before what is declared', () => {
    const text = `fn joined(a: f32[..., A], c: f32[..., C]) -> f32[..., A + C] {
  return y[..., i] = if i < A then a[..., i] else c[..., i - A]
}
${modelWith('  input a: f32[B, A]\n  input c: f32[B, C]\n  output y = joined(a, c)')}`;
    expect(
      run(
        text,
        { B: 2, A: 1, C: 2 },
        {
          a: [[1], [2]],
          c: [
            [3, 4],
            [5, 6],
          ],
        },
      ),
    ).toEqual([1, 3, 4, 2, 5, 6]);
  });

  it('longer than what all values read is a read outside', () => {
    const text = `fn f(x: f32[T]) -> f32[T + 2] { return y[t] = x[t] }
${modelWith('  input x: f32[T]\n  output y = f(x)')}`;
    expect(problems(text, { T: 3 })).toEqual(['NN312 1:49 t runs from 0 to 4, outside of 0 to 2']);
  });

  it('does not hide that two reads disagree', () => {
    const text = `fn f(x: f32[T], W: f32[I]) -> f32[T] { return y[t] = x[t] * W[t] }
${modelWith('  input x: f32[T]\n  input W: f32[I]\n  output y = f(x, W)')}`;
    expect(problems(text, { T: 3, I: 4 })).toEqual(['NN304 1:63 index t runs over two lengths']);
  });

  it('of another rank gives no index its length', () => {
    const text = `fn f(x: f32[B, T]) -> f32[B] { return y[b, t] = x[b, t] }
${modelWith('  input x: f32[B, T]\n  output y = f(x)')}`;
    expect(problems(text, { B: 2, T: 3 })).toEqual([
      'NN327 1:23 f declares f32[B = 2] and returns f32[B = 2, T = 3]',
    ]);
  });
});

describe('a read in a branch', () => {
  it('tells the length where nothing else does', () => {
    const text = modelWith('  input s: f32[T, S]\n  output y[t, u] = if u <= t then s[t, u] else 0');
    expect(
      run(
        text,
        { T: 2, S: 2 },
        {
          s: [
            [1, 2],
            [3, 4],
          ],
        },
      ),
    ).toEqual([1, 0, 3, 4]);
  });

  it('tells nothing beside a read that all values need', () => {
    const text = modelWith(
      '  input x: f32[T]\n  input w: f32[A]\n  output y[t] = x[t] + (if t < A then w[t] else 0)',
    );
    expect(run(text, { T: 3, A: 2 }, { x: [1, 2, 3], w: [10, 20] })).toEqual([11, 22, 3]);
    expect(run(text, { T: 1, A: 1 }, { x: [1], w: [10] })).toEqual([11]);
  });

  it('is proven inside, or refused', () => {
    const text = modelWith(
      '  input x: f32[T]\n  input w: f32[A]\n  output y[t] = x[t] + (if x[t] > 0 then w[t] else 0)',
    );
    expect(problems(text, { T: 3, A: 2 })).toEqual(['NN312 4:44 t runs from 0 to 2, outside of 0 to 1']);
  });

  it('against another in a branch decides nothing', () => {
    const text = modelWith(
      '  input a: f32[A]\n  input c: f32[C]\n  output y[i] = if i < A then a[i] else c[i]',
    );
    expect(problems(text, { A: 2, C: 3 })).toEqual(['NN304 4:43 index i runs over two lengths']);
  });

  it('under a guard is a read in a branch', () => {
    const text = modelWith(
      '  input x: f32[T]\n  input w: f32[A]\n  output y = sum[t: T where t < A] x[t] * w[t]\n  output z[t] = x[t] * sum[a: A where a <= t] (if t < A then w[t] else 1)',
    );
    expect(run(text, { T: 3, A: 2 }, { x: [1, 2, 3], w: [10, 20] })).toEqual([50]);
  });

  it('is no reason for a guard to differ: what a guard reads is read everywhere', () => {
    const text = modelWith(
      '  input m: f32[T]\n  input w: f32[A]\n  output y = sum[t where m[t] > 0] (w[t] else 0)',
    );
    expect(run(text, { T: 3, A: 2 }, { m: [1, 0, 1], w: [10, 20] })).toEqual([10]);
  });
});
