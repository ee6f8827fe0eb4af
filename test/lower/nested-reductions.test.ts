/** Reductions inside of expressions: each gets an equation of its own, guarded by the conditions that its reads need. */
import { describe, expect, it } from 'vitest';
import { equationsOf, evaluate, graphOf, modelWith } from './lowered.ts';

const x = [
  [1, 2],
  [3, 4],
  [5, 6],
];

const outputOf = (text: string, feeds: Parameters<typeof evaluate>[1]): readonly number[] => {
  const graph = graphOf(text, { kind: 'run' }, { set: { B: 3, C: 2 } });
  const { results } = evaluate(graph, feeds);
  return [...results.values()][0]!.data as unknown as readonly number[];
};

describe('a reduction in a branch', () => {
  const text = modelWith(
    '  input x: f32[B, C]\n  output y[b] = if b > 0 then sum[c] x[b - 1, c] else -(sum[c] x[b, c])',
  );

  it('is guarded where its reads need the condition, and only there', () => {
    expect(equationsOf(graphOf(text, { kind: 'run' }, { set: { B: 3, C: 2 } }))).toEqual([
      '%y.sum[b: 3]: f32 = sum[c: 2 where b > 0] %x[b - 1, c]',
      '%y.sum_2[b: 3]: f32 = sum[c: 2] %x[b, c]',
      '%y[b: 3]: f32 = if b > 0 then %y.sum[b] else -%y.sum_2[b]',
    ]);
  });

  it('has the values of the branch', () => {
    expect([...outputOf(text, { x })]).toEqual([-3, 3, 7]);
  });
});

describe('one reduction in two places', () => {
  it('is guarded in each by the conditions there', () => {
    const text = `fn either(a) = if a > 3 then a else 0
${modelWith(
  '  input x: f32[B, C]\n  output y[b: B] = if b > 0 then either(sum[c] x[b - 1, c]) else if b < 1 then either(sum[c] x[b + 1, c]) else 0',
)}`;
    expect([...outputOf(text, { x })]).toEqual([7, 0, 7]);
  });

  it('counts in one where the conditions of the other do not hold', () => {
    const text = `fn either(a, k) = if k > 1 then a else if k < 1 then 0 else 2 * a
${modelWith('  input x: f32[B, C]\n  output y[b: B] = if b > 0 then either(sum[c] x[b - 1, c], b) else 0')}`;
    expect([...outputOf(text, { x })]).toEqual([0, 6, 7]);
  });

  it('is one equation where nothing need guard it', () => {
    const text = `fn twice(a) = a * a\n${modelWith('  input x: f32[B, C]\n  output y[b] = if x[b, 0] > 1 then twice(sum[c] x[b, c]) else 0')}`;
    const graph = graphOf(text, { kind: 'run' }, { set: { B: 3, C: 2 } });
    expect(equationsOf(graph).filter((line) => line.includes('= sum['))).toHaveLength(1);
    expect([...outputOf(text, { x })]).toEqual([0, 49, 121]);
  });
});

describe('a guard', () => {
  it('that reads outside without the condition around comes after it', () => {
    const text = modelWith(
      '  input x: f32[B, C]\n  output y[b: B] = if b > 0 then sum[c where x[b - 1, c] > 1] x[b - 1, c] else 0',
    );
    expect([...outputOf(text, { x })]).toEqual([0, 2, 7]);
  });

  it('guards a reduction inside, and says nothing of an index that this one binds again', () => {
    const text = modelWith(
      '  input x: f32[B, C]\n  output y[b] = sum[k: C where k > 0] (sum[j: B where j >= k] x[j - k, k]) + sum[j: C] x[b, j]',
    );
    expect([...outputOf(text, { x })]).toEqual([6 + 3, 6 + 7, 6 + 11]);
  });

  it('and the formula of a derived reducer, whose inner reductions run over the same elements', () => {
    const text = modelWith(
      '  input x: f32[B, C]\n  output y[b: B] = if b > 0 then var[c where c < b] x[b - 1, c] else 0',
    );
    expect([...outputOf(text, { x })]).toEqual([0, 0, 0.25]);
  });
});

describe('a number that its type cannot hold', () => {
  it.each([['fn f(a: f32[...]) -> i32 { return 2.5 }', 'f declares i32 and returns the number 2.5']])(
    'is refused: %s',
    (declaration, message) => {
      const text = `${declaration}\n${modelWith('  input x: f32[B]\n  output y = f(x)')}`;
      expect(() => graphOf(text)).toThrow(message);
    },
  );
});
