import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { namedIn } from '../../compiler/ir/origin.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { firstOffence, noOffence, pointOf, sanitize } from '../../compiler/sanitize/index.ts';
import { witness } from '../../compiler/sanitize/witness.ts';
import { graphOf, tensor } from '../support/graphs.ts';

type Feeds = Readonly<Record<string, Tensor64>>;

/** Names of the probes that find something, with the position of each. */
function found(graph: Graph, feeds: Feeds): readonly (readonly [string, number])[] {
  const { graph: probing, probes } = sanitize(graph);
  expect(verify(probing, { gone: namedIn(probing.nodes) })).toEqual([]);
  const { results } = evaluateGraph(probing, new Map(Object.entries(feeds)));
  return probes.flatMap(({ result }) => {
    const at = results.get(result)!.data[0]!;
    return at === noOffence ? [] : [[result, at] as const];
  });
}

/** What the witness says of the first one. */
function culprit(graph: Graph, feeds: Feeds) {
  const { graph: probing, probes } = sanitize(graph);
  const { results } = evaluateGraph(probing, new Map(Object.entries(feeds)));
  const probe = firstOffence(probes, ({ result }) => results.get(result)!.data[0]!)!;
  const point = pointOf(probe, results.get(probe.result)!.data[0]!);
  const evidence = witness(graph, probe, point);
  expect(verify(evidence.graph, { gone: namedIn(evidence.graph.nodes) })).toEqual([]);
  const read = evaluateGraph(evidence.graph, new Map(Object.entries(feeds))).results;
  const value = (result: string): number => read.get(result)!.data[0]!;
  const verdict = evidence.verdicts.find((v) => value(v.found) === 1);
  return {
    node: graph.nodes[probe.value]!.name,
    point: Object.fromEntries(point),
    what: verdict?.what,
    operand: verdict && [verdict.value.text, value(verdict.value.result)],
    loads: evidence.loads.map(({ text, result }) => [text, value(result)]),
    own: evidence.own && value(evidence.own.result),
  };
}

const pointwise = (body: string): Graph =>
  graphOf(`  input %x[i: 4]: f32
  %y[i: 4]: f32 = ${body}
  result output %y`);

const x = (...data: number[]): Feeds => ({ x: tensor([data.length], data) });

describe('domains', () => {
  test.each([
    ['log(%x[i])', [1, 2, 0, -1], 2, 'log of a number that is not positive'],
    ['log1p(%x[i])', [1, 0, -1, 2], 2, 'log1p of a number that is not above -1'],
    ['sqrt(%x[i])', [1, 0, 4, -1], 3, 'square root of a negative number'],
    ['1.0 / %x[i]', [1, 0, 0, 1], 1, 'division by zero'],
    ['exp(%x[i])', [88.7, 88.8, 0, 0], 1, 'exp overflows'],
    ['acos(%x[i])', [1, -1, 0, 1.5], 3, 'acos of a number outside [-1, 1]'],
    ['%x[i] ** -1.0', [1, -2, 0, 1], 2, '0 to a negative power'],
    ['%x[i] ** 0.5', [1, -2, 0, 1], 1, 'a negative number to a power that is not whole'],
  ])('%s of %j', (body, data, at, what) => {
    const graph = pointwise(body);
    const result = culprit(graph, x(...data));
    expect(result).toMatchObject({ node: 'y', point: { i: at }, what });
    expect(result.operand).toEqual(['%x[i]', data[at]]);
  });

  test.each([
    ['log(%x[i])', [1, 2, 0.5, 1e-30]],
    ['sqrt(%x[i])', [0, 1, 4, 9]],
    ['%x[i] / 2.0', [0, 1, 4, 9]],
    ['exp(%x[i])', [-1000, 0, 88, 1]],
    ['%x[i] ** 2.0', [-1, 0, 4, 9]],
    ['%x[i] ** 0.5', [1, 0, 4, 9]],
    ['if %x[i] > 0.0 then log(%x[i]) else 0.0', [-1, 0, 1, 2]],
    ['if %x[i] == 0.0 then 0.0 else 1.0 / %x[i]', [-1, 0, 1, 2]],
  ])('nothing is said of %s of %j', (body, data) => {
    expect(found(pointwise(body), x(...data))).toEqual([]);
  });
});

describe('the first offence', () => {
  test('what reads the culprit only carries it on', () => {
    const graph = graphOf(`  input %x[i: 4]: f32
  %a[i: 4]: f32 = log(%x[i])
  %b: f32 = sum[i: 4] %a[i]
  result output %b`);
    expect(found(graph, x(1, 0, 1, 1))).toEqual([
      ['a.domain', 1],
      ['b.finite', 0],
    ]);
    expect(culprit(graph, x(1, 0, 1, 1)).node).toBe('a');
  });

  test('within a reduction, with the reduced index', () => {
    const graph = graphOf(`  input %p[b: 2, c: 3]: f32
  %s[b: 2]: f32 = sum[c: 3 where c != 0] log(%p[b, c])
  result output %s`);
    const p = (...data: number[]) => ({ p: tensor([2, 3], data) });
    expect(found(graph, p(0, 1, 1, -5, 1, 1))).toEqual([]);
    expect(culprit(graph, p(0, 1, 1, -5, 1, 0))).toMatchObject({
      point: { b: 1, c: 2 },
      operand: ['%p[b, c]', 0],
    });
  });

  test('a leaf that is not finite, and a result that is not', () => {
    const graph = graphOf(`  param %w: f32
  %y: f32 = %w * %w
  result output %y`);
    expect(culprit(graph, { w: tensor([], [Number.NaN]) })).toMatchObject({ node: 'w', what: undefined });
    expect(culprit(graph, { w: tensor([], [1e300]) })).toMatchObject({
      node: 'y',
      what: undefined,
      loads: [['%w', 1e300]],
      own: Number.POSITIVE_INFINITY,
    });
  });

  test.each([
    ['forward', '1 <= t', 't - 1', [0, 3]],
    ['backward', 't + 1 < 4', 't + 1', [3, 0]],
  ] as const)(
    'in a recurrence that goes %s it is at the earliest step, in whichever equation',
    (_, guard, at, [from, to]) => {
      // %a stands first, and the bad number of a later step stands before that of the earlier one in memory.
      const graph = graphOf(`  input %x[b: 2, t: 4]: f32
  %a[b: 2, t: 4]: f32 = 2.0 * (if ${guard} then %s[b, ${at}] else 1.0)
  %s[b: 2, t: 4]: f32 = log(%x[b, t]) + 0.0 * %a[b, t]
  result output %s`);
      const steps = Array.from({ length: 8 }, () => 1);
      steps[4 + (from < to ? 1 : 2)] = 0;
      steps[from < to ? 3 : 0] = 0;
      expect(culprit(graph, { x: tensor([2, 4], steps) })).toMatchObject({
        node: 's',
        point: { b: 1, t: from < to ? 1 : 2 },
        operand: ['%x[b, t]', 0],
      });
    },
  );

  test('probes of large tensors are split, and count on', () => {
    const size = 40_000;
    const graph = graphOf(`  input %x[i: ${size}]: f32
  %y[i: ${size}]: f32 = log(%x[i])
  result output %y`);
    const data = Array.from({ length: size }, (_, i) => (i === 31_234 || i === 39_000 ? 0 : 1));
    expect(found(graph, x(...data))).toEqual([['y.domain', 31_234]]);
  });
});
