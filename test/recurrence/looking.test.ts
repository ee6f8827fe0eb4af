/** What looks at recurrences and changes nothing: checks of gradients, what is stopped, the sanitizer, traces. */
import { describe, expect, test } from 'vitest';
import { compareDerivatives } from '../../compiler/compare/index.ts';
import { freeze } from '../../compiler/gradcheck/freeze.ts';
import {
  checkGradient,
  differentiableLeaves,
  projected,
  withGradients,
} from '../../compiler/gradcheck/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { unrolled } from '../../compiler/ir/unroll.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { trace } from '../../compiler/trace/index.ts';
import { traceRows } from '../../src/views/trace-rows.ts';
import { completed } from '../support/gradient.ts';
import { graphOf, numbersOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';
import { soundly } from '../support/same-results.ts';

test('what a recurrence stops is held for a comparison with differences', () => {
  const graph = graphOf(`
    input %x[t: 4]: f32
    %a[t: 4]: f32 = %x[t] * stop_gradient(if 1 <= t then %b[t - 1] else 3.0)
    %b[t: 4]: f32 = 2.0 * %a[t] + (if 1 <= t then %b[t - 1] else 0.0)
    result output %b`);
  const feeds = completed(graph, new Map(), randomSource(2));
  const frozen = freeze(graph, feeds);
  expect(recurrencesOf(soundly(frozen.graph).nodes).map(({ members }) => members.length)).toEqual([1]);
  const values = (of: Graph, given: ReadonlyMap<string, Tensor64>): readonly number[] =>
    numbersOf(of, 'b', Object.fromEntries(given));
  expect(values(frozen.graph, frozen.feeds)).toEqual(values(graph, feeds));
});

test('what is stopped under a condition is measured where that holds', () => {
  const graph = graphOf(`
    input %x[t: 4, k: 2]: f32
    input %keep[t: 4]: f32
    %s[t: 4]: f32 = %x[t, 1] + (if 1 <= t and stop_gradient(%s[t - 1]) < %keep[t] then stop_gradient(%s[t - 1]) else 0.5)
    %a[t: 4]: f32 = (if 1 <= t then stop_gradient(%x[t - 1, 0]) else 3.0) * %s[t]
    %l: f32 = sum[t: 4, k: 2 where t + k <= 3] %a[t] * stop_gradient(%x[t + k, k])
    result output %l`);
  const feeds = completed(graph, new Map(), randomSource(2));
  const frozen = freeze(graph, feeds);
  expect(soundly(frozen.graph).nodes.filter(({ name }) => name.startsWith('stopped')).length).toBe(4);
  expect(numbersOf(frozen.graph, 'l', Object.fromEntries(frozen.feeds))).toEqual(
    numbersOf(graph, 'l', Object.fromEntries(feeds)),
  );
  const loss = { ...graph, results: [{ name: 'l', role: 'loss', value: graph.results[0]!.value }] } as const;
  expect(checkGradient(loss, feeds).leaves.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees']);
});

describe('a check of a gradient', () => {
  const rnn = (clause: string): Graph =>
    graphOf(`
      input %x[t: 4, k: 2]: f32
      param %U[j: 2, k: 2]: f32
      %u[t: 4, j: 2]: f32 = sum[k: 2] %U[j, k] * (if 1 <= t then %s[t - 1, k] else 0.0)
      %z[t: 4, j: 2]: f32 = %x[t, j] + %u[t, j]
      %s[t: 4, j: 2]: f32 = tanh(%z[t, j])${clause} + 0.25 * (if 1 <= t then %s[t - 1, j] else 0.0)
      %l: f32 = sum[t: 4, j: 2] %s[t, j] ** 2
      result loss %l`);

  test('a right one agrees to the second order', () => {
    const graph = rnn('');
    const feeds = completed(graph, new Map(), randomSource(4));
    const leaves = differentiableLeaves(graph);
    expect(checkGradient(graph, feeds).leaves.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees']);
    const second = projected(withGradients(graph, leaves), 3);
    const except = new Set([...second.feeds.keys()]);
    const found = checkGradient(second.graph, new Map([...feeds, ...second.feeds]), { except });
    expect(found.leaves.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees']);
  });

  test('of a wrong one the equation is named, that reads itself earlier', () => {
    const graph = rnn(' derivative(%z[t, j]: 1.0 - result)');
    const feeds = completed(graph, new Map(), randomSource(4));
    const { leaves, culprit } = checkGradient(graph, feeds);
    expect(leaves.map(({ verdict }) => verdict)).toContain('disagrees');
    expect(culprit).toMatchObject({ name: 's', operand: 'z' });
  });
});

test('the text of a graph says where a recurrence is, and comes back', () => {
  const graph = graphOf(`
    input %x[t: 3]: f32
    %u[t: 3]: f32 = 2.0 * (if t + 1 < 3 then %s[t + 1] else 0.0)
    %s[t: 3]: f32 = tanh(%x[t] + %u[t])
    %c[t: 3]: f32 = %s[t] + (if 1 <= t then %c[t - 1] else 0.0)
    result output %c`);
  for (const layout of [undefined, { width: 60 }]) {
    const text = printGraph(graph, layout);
    expect(text).toContain('  // recurrence over t = 2 .. 0: the next 2 equations\n  %u');
    expect(text).toContain('  // recurrence over t = 0 .. 2: the next equation\n  %c');
    expect(parseGraph(text)).toEqual(graph);
  }
});

describe('a trace', () => {
  test('has a row for each position, forward and back', () => {
    const graph = graphOf(`
      input %x[t: 3, j: 2]: f32
      param %U[j: 2, k: 2]: f32
      %u[t: 3, j: 2]: f32 = sum[k: 2] %U[j, k] * (if 1 <= t then %s[t - 1, k] else 0.0)
      %s[t: 3, j: 2]: f32 = tanh(%x[t, j] + %u[t, j])
      %l: f32 = sum[j: 2] %s[2, j] ** 2
      result loss %l`);
    const feeds = completed(graph, new Map(), randomSource(6));
    const made = trace(graph, feeds);
    const { values } = evaluateGraph(made.graph, feeds);
    const { forward, adjoints } = traceRows(made, { exact: values }, '', 'l');
    expect(forward.map(({ symbol, formula }) => `${symbol} = ${formula}`).slice(2)).toEqual([
      'u.t0[j] = sum[k] 0',
      's.t0[j] = tanh(x[0, j] + u.t0[j])',
      'u.t1[j] = sum[k] U[j, k] * s.t0[k]',
      's.t1[j] = tanh(x[1, j] + u.t1[j])',
      'u.t2[j] = sum[k] U[j, k] * s.t1[k]',
      's.t2[j] = tanh(x[2, j] + u.t2[j])',
      'l = sum[j] s.t2[j] ** 2',
    ]);
    expect(adjoints.filter(({ symbol }) => symbol.startsWith('d.s')).map(({ symbol }) => symbol)).toEqual([
      'd.s.t2[j]',
      'd.s.t1[j]',
      'd.s.t0[j]',
    ]);
    const [wrt] = differentiableLeaves(graph).filter((id) => graph.nodes[id]!.name === 'U');
    const expected = evaluateGraph(withGradients(graph, [wrt!]), feeds).results.get('d.U')!;
    const total = made.adjoints.findLast(({ target }) => made.graph.nodes[target]!.name === 'U')!.total;
    for (const [k, value] of expected.data.entries()) expect(values[total]!.data[k]).toBeCloseTo(value, 12);
  });

  test('of numbers it has one operation a row, and its derivative is compared in four ways', () => {
    const graph = graphOf(`
      input %x: f32
      %l[n: 3]: f32 = if 1 <= n then 4.0 * %l[n - 1] * (1.0 - %l[n - 1]) else %x
      %y: f32 = %l[2]
      result output %y`);
    const feeds = new Map([['x', { shape: [], data: Float64Array.of(0.2) }]]);
    const made = trace(graph, feeds);
    expect(made.elementary).toBe(true);
    const plain = unrolled(graph);
    const { automatic, symbolic, numerical } = compareDerivatives(plain, feeds, {
      of: plain.results[0]!.value,
      wrt: 0,
    });
    expect(automatic.derivative).toBeCloseTo(4 * (1 - 0.4) * 4 * (1 - 2 * 0.64), 12);
    expect(symbolic.derivative).toBeCloseTo(automatic.derivative, 12);
    expect(numerical.derivative).toBeCloseTo(automatic.derivative, 6);
  });
});
