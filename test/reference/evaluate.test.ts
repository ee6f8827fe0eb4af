import { describe, expect, it, test } from 'vitest';
import { variable } from '../../compiler/index/build.ts';
import { InternalError } from '../../compiler/internal-error.ts';
import { graphBuilder } from '../../compiler/ir/build.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { add, index, load } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { graphOf, numbersOf, tensor } from '../support/graphs.ts';

test('a matrix product', () => {
  const graph = graphOf(`
    input %x[b: 2, i: 3]: f32
    param %W[o: 2, i: 3]: f32
    %y[b: 2, o: 2]: f32 = sum[i: 3] %x[b, i] * %W[o, i]
    result output y %y
    update %W <- %W`);
  const feeds = new Map([
    ['x', tensor([2, 3], [1, 2, 3, 4, 5, 6])],
    ['W', tensor([2, 3], [1, 0, 1, 0, 1, 0])],
  ]);
  const { results, updates, values } = evaluateGraph(graph, feeds);
  expect([...results.get('y')!.data]).toEqual([4, 2, 10, 5]);
  expect(results.get('y')!.shape).toEqual([2, 2]);
  expect(updates.get('W')).toBe(feeds.get('W'));
  expect(values).toHaveLength(3);
});

test('a convolution without padding', () => {
  const graph = graphOf(`
    input %x[j: 4, i: 4]: f32
    param %f[v: 3, u: 3]: f32
    %o[j: 2, i: 2]: f32 = sum[v: 3, u: 3] %f[v, u] * %x[j + v, i + u]`);
  const x = tensor([4, 4], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  const f = tensor([3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(numbersOf(graph, 'o', { x, f })).toEqual([348, 393, 528, 573]);
});

test('padding reads the other branch only', () => {
  const graph = graphOf(`
    input %x[i: 3]: f32
    %y[i: 3]: f32 = if 0 <= i - 1 and i - 1 < 3 then %x[i - 1] else 0.5`);
  expect(numbersOf(graph, 'y', { x: tensor([3], [1, 2, 3]) })).toEqual([0.5, 1, 2]);
});

test('guards leave elements out, and an empty reduction gives the identity', () => {
  const graph = graphOf(`
    input %x[i: 3]: f32
    %s[i: 3]: f32 = sum[j: 3 where j < i] %x[j]
    %p[i: 3]: f32 = prod[j: 3 where j < i] %x[j]
    %m[i: 3]: f32 = max[j: 3 where j < i] %x[j]
    %n[i: 1]: i32 = max[j: 3 where j < i] j
    %u[i: 1]: u32 = max[j: 3 where j < i] to_u32(j)
    %a[i: 3]: i32 = argmax[j: 3 where j < i] %x[j]
    %l[i: 3]: bool = all[j: 3 where j < i] 2.0 < %x[j]`);
  const x = tensor([3], [2, 3, 5]);
  expect(numbersOf(graph, 's', { x })).toEqual([0, 2, 5]);
  expect(numbersOf(graph, 'p', { x })).toEqual([1, 2, 6]);
  expect(numbersOf(graph, 'm', { x })).toEqual([-3.4028234663852886e38, 2, 3]);
  expect(numbersOf(graph, 'n', { x })).toEqual([-2147483648]);
  expect(numbersOf(graph, 'u', { x })).toEqual([0]);
  expect(numbersOf(graph, 'a', { x })).toEqual([0, 0, 1]);
  expect(numbersOf(graph, 'l', { x })).toEqual([1, 0, 0]);
});

test('argmax and argmin give the first of equals, row-major over several indices', () => {
  const graph = graphOf(`
    input %x[i: 2, j: 3]: f32
    %a: i32 = argmax[i: 2, j: 3] %x[i, j]
    %b: i32 = argmin[i: 2, j: 3] %x[i, j]
    %c[i: 2]: i32 = argmax[j: 3] %x[i, j]`);
  const x = tensor([2, 3], [1, 4, 0, 0, 4, 4]);
  expect(numbersOf(graph, 'a', { x })).toEqual([1]);
  expect(numbersOf(graph, 'b', { x })).toEqual([2]);
  expect(numbersOf(graph, 'c', { x })).toEqual([1, 1]);
});

test('integers wrap at 32 bits', () => {
  const graph = graphOf(`
    input %k[i: 2]: i32
    %square[i: 2]: i32 = %k[i] * %k[i]
    %sum: i32 = sum[i: 2] %k[i]
    %prod: i32 = prod[i: 2] %k[i]
    %u[i: 2]: u32 = to_u32(%k[i]) * 3u
    %q[i: 2]: i32 = %k[i] div (0 - 7)
    %r[i: 2]: i32 = %k[i] mod 7`);
  const k = tensor([2], [2147483647, 123456789]);
  expect(numbersOf(graph, 'square', { k })).toEqual([1, Math.imul(123456789, 123456789)]);
  expect(numbersOf(graph, 'sum', { k })).toEqual([(2147483647 + 123456789) | 0]);
  expect(numbersOf(graph, 'prod', { k })).toEqual([Math.imul(2147483647, 123456789)]);
  expect(numbersOf(graph, 'u', { k })).toEqual([(3 * 2147483647) % 2 ** 32, 3 * 123456789]);
  expect(numbersOf(graph, 'q', { k })).toEqual([-306783379, -17636685]);
  expect(numbersOf(graph, 'r', { k })).toEqual([1, 1]);
});

test('a gather reads at its data, and data out of range is named', () => {
  const graph = graphOf(`
    input %E[v: 3, d: 2]: f32
    input %ids[b: 2]: i32
    %y[b: 2, d: 2]: f32 = %E[%ids[b], d]`);
  const E = tensor([3, 2], [1, 2, 3, 4, 5, 6]);
  expect(numbersOf(graph, 'y', { E, ids: tensor([2], [2, 0]) })).toEqual([5, 6, 1, 2]);
  expect(() => numbersOf(graph, 'y', { E, ids: tensor([2], [2, 3]) })).toThrow(
    new RangeError('%E[%ids[b], d] in %y reads position 3 of axis 0, which has 3 (b = 1, d = 0)'),
  );
});

test('an index out of range is a fault of the compiler', () => {
  const graph = graphOf(`
    input %x[i: 3]: f32
    %y[i: 3]: f32 = %x[i + 1]`);
  expect(() => numbersOf(graph, 'y', { x: tensor([3], [1, 2, 3]) })).toThrow(InternalError);
  expect(() => numbersOf(graph, 'y', { x: tensor([3], [1, 2, 3]) })).toThrow(
    '%x[i + 1] in %y reads position 3',
  );
});

test('feeds must be there and have the right shape', () => {
  const graph = graphOf('input %x[i: 3]: f32');
  expect(() => numbersOf(graph, 'x')).toThrow('no value was given for %x');
  expect(() => numbersOf(graph, 'x', { x: tensor([2], [1, 2]) })).toThrow('%x has shape [3], not [2]');
});

test('a derivative clause has the value of its value, and a gradient has none', () => {
  const graph = graphOf(`
    input %x: f32
    %y: f32 = exp(%x) derivative(%x: result * 7.0)
    %g: f32 = gradient %y wrt %x`);
  const { values } = evaluateGraph(graph, new Map([['x', tensor([], [0])]]));
  expect(values[1]!.data[0]).toBe(1);
  expect(values[2]).toBeUndefined();
});

test('shared parts are computed once for each point', () => {
  // Without sharing this would take 2 to the 60 steps.
  const builder = graphBuilder('test');
  const i = { name: 'i', extent: 2 };
  const x = builder.add({ kind: 'input', name: 'x', dtype: 'f32', indices: [i], origin: { path: [] } });
  let body: Expr = load(x, 'f32', [index(variable('i'))]);
  for (let k = 0; k < 60; k++) body = add(body, body);
  builder.add({ kind: 'equation', name: 'y', dtype: 'f32', indices: [i], body, origin: { path: [] } });
  const graph = builder.finish([], []);
  expect(numbersOf(graph, 'y', { x: tensor([2], [1, 3]) })).toEqual([2 ** 60, 3 * 2 ** 60]);
});

test('a recurrence runs over its positions, forward and backward', () => {
  const graph = graphOf(`
    input %x[t: 4]: f32
    %z[t: 4]: f32 = 3.0 * (if 1 <= t then %s[t - 1] else 1.0)
    %s[t: 4]: f32 = %x[t] + %z[t]
    %r[t: 4]: f32 = %x[t] + (if t < 3 then 2.0 * %r[t + 1] else 0.0)`);
  const x = tensor([4], [1, 2, 3, 4]);
  expect(numbersOf(graph, 's', { x })).toEqual([4, 14, 45, 139]);
  expect(numbersOf(graph, 'r', { x })).toEqual([49, 24, 11, 4]);
});

test('a recurrence whose index stands in the middle, with reductions of all kinds', () => {
  const graph = graphOf(`
    input %x[b: 2, t: 3, j: 2]: f32
    %total[t: 3, b: 2]: f32 = sum[j: 2] (if 1 <= t then %y[b, t - 1, j] else 1.0)
    %best[b: 2, t: 3]: i32 = argmax[j: 2] (if 1 <= t then %y[b, t - 1, j] else %x[b, 0, j])
    %some[b: 2, t: 3]: bool = any[j: 2 where 1 <= t] (if 1 <= t then %y[b, t - 1, j] else 0.0) > 5.0
    %all[b: 2, t: 3]: f32 = prod[s: 3, j: 2 where s < t] %y[b, s, j]
    %y[b: 2, t: 3, j: 2]: f32 = (if %some[b, t] then 0.5 else 1.0) * %x[b, t, %best[b, t]] + %total[t, b] + %all[b, t]`);
  const x = [1, 2, 3, 5, 4, 6, 2, 1, 3, 4, 6, 5];
  const expected: number[] = [];
  for (let b = 0; b < 2; b++) {
    const history: number[][] = [];
    for (let t = 0; t < 3; t++) {
      const row = x.slice((b * 3 + t) * 2, (b * 3 + t) * 2 + 2);
      const before = history.at(-1) ?? x.slice(b * 6, b * 6 + 2);
      const best = before[1]! > before[0]! ? 1 : 0;
      const total = (history.at(-1) ?? [1, 1]).reduce((a, c) => a + c);
      const all = history.flat().reduce((a, c) => a * c, 1);
      const half = (history.at(-1) ?? []).some((value) => value > 5);
      history.push([0, 1].map(() => (half ? 0.5 : 1) * row[best]! + total + all));
    }
    expected.push(...history.flat());
  }
  expect(numbersOf(graph, 'y', { x: tensor([2, 3, 2], x) })).toEqual(expected);
});

test('what a recurrence reads too early shows', () => {
  const graph = graphOf(`
    input %n[t: 2]: i32
    %s[t: 2]: f32 = if 1 <= t then %s[t - 1] else 1.0`);
  expect(numbersOf(graph, 's', { n: tensor([2], [0, 0]) })).toEqual([1, 1]);
  const wrong = graphOf('%s[t: 2]: f32 = 1.0 + %s[t]');
  expect(() => numbersOf(wrong, 's')).toThrow(/no order of positions/);
});

describe('with values that were measured', () => {
  const measured = (text: string, found: Readonly<Record<string, readonly number[]>>) =>
    evaluateGraph(graphOf(text), new Map(), new Map(Object.entries(found)));

  it('an equation of a recurrence is evaluated on its own, too', () => {
    const { results } = measured(
      `
        %a[t: 4]: f32 = 2.0 * (if 1 <= t then %b[t - 1] else 1.0)
        %b[t: 4]: f32 = %a[t] + 1.0
        %sum: f32 = sum[t: 4] %b[t]
        result value %a
        result value %b
        result value %sum
      `,
      { a: [5, 7, 9, 11], b: [10, 20, 30, 40] },
    );
    expect([...results.get('a')!.data]).toEqual([2, 20, 40, 60]);
    expect([...results.get('b')!.data]).toEqual([6, 8, 10, 12]);
    expect([...results.get('sum')!.data]).toEqual([100]);
  });

  it('and what was not measured goes on as it is', () => {
    const { results } = measured(
      `
        %a[t: 3]: f32 = 2.0 * (if 1 <= t then %b[t - 1] else 1.0)
        %b[t: 3]: f32 = %a[t] + 1.0
        result value %a
        result value %b
      `,
      { a: [5, 7, 9] },
    );
    expect([...results.get('a')!.data]).toEqual([2, 12, 16]);
    expect([...results.get('b')!.data]).toEqual([6, 8, 10]);
  });
});
