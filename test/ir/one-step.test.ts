/** A recurrence's step, given what it kept, says what the recurrence says at each position. */
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { isLeaf } from '../../compiler/ir/nodes.ts';
import { oneStep } from '../../compiler/ir/one-step.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { randomStream } from '../../src/data/random.ts';
import { checkModel } from '../../src/model/checked-model.ts';
import { parseModel } from '../../src/model/model.ts';

const length = 7;

function graphOf(body: string, positions: number): Graph {
  const parsed = parseModel('m.nn', () => `model m {\n  input x: f32[B, T, 3]\n${body}\n  output y = z\n}\n`);
  const bindings = new Map([
    ['B', 2],
    ['T', positions],
  ]);
  return lower(checkModel(parsed, { training: false, bindings }).program, { kind: 'run', outputs: ['y'] });
}

/** Numbers for all leaves but x, the same for each graph of a model. */
function feedsFor(graph: Graph, given: ReadonlyMap<string, Tensor64>): ReadonlyMap<string, Tensor64> {
  return new Map(
    graph.nodes.filter(isLeaf).map((leaf): readonly [string, Tensor64] => {
      const shape = leaf.indices.map(({ extent }) => extent);
      const random = randomStream(leaf.name.length, 0);
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [
        leaf.name,
        given.get(leaf.name) ?? {
          shape,
          data: Float64Array.from({ length: count }, () => random.unit() - 0.5),
        },
      ];
    }),
  );
}

/** Of [2, T, …], what stands at these positions. */
const positionsOf = ({ shape, data }: Tensor64, from: number, count: number): Tensor64 => {
  const [batch = 0, whole = 0, ...inner] = shape;
  const size = inner.reduce((product, extent) => product * extent, 1);
  const rows = Array.from({ length: batch }, (_, b) => [
    ...Array.from(data).slice((b * whole + from) * size, (b * whole + from + count) * size),
  ]);
  return { shape: [batch, count, ...inner], data: Float64Array.from(rows.flat()) };
};

describe('as all positions at once', () => {
  it.each([
    ['RNN', '  z = RNN(4)(x)'],
    ['two layers of LSTM', '  z = x |> LSTM(4) |> LSTM(2)'],
    ['GRU with weights behind', '  z = x |> GRU(3) |> Dense(2)'],
    [
      'a beginning of its own',
      '  param s: f32[4] init zeros\n  h[b, t, j: 4] = tanh((h[b, t - 1, j] else s[j]) + x[b, t, mod(j, 3)])\n  z = h',
    ],
    [
      'two values that need each other',
      '  scan t: T {\n    a[b, t] = 0.5 * (c[b, t - 1] else 1) + x[b, t, 0]\n    c[b, t] = a[b, t] - 0.25 * (a[b, t - 1] else 0)\n  }\n  z[b, t] = a[b, t] * c[b, t]',
    ],
  ])('%s', (_, body) => {
    const whole = graphOf(body, length);
    const x = feedsFor(whole, new Map()).get('x')!;
    const expected = evaluateGraph(whole, feedsFor(whole, new Map())).results.get('y')!;
    const { graph, position } = oneStep(graphOf(body, 2))!;
    expect(verify(graph)).toEqual([]);
    let given: ReadonlyMap<string, Tensor64> = new Map();
    for (let t = 0; t < length; t++) {
      const at = Math.min(t, 1);
      const row = positionsOf(x, Math.max(0, t - 1), 2);
      const chosen = { shape: [], data: Float64Array.of(at) };
      const feeds = feedsFor(graph, new Map([...given, ['x', row], [position, chosen]]));
      const { results, updates } = evaluateGraph(graph, feeds);
      const [found, wanted] = [positionsOf(results.get('y')!, at, 1).data, positionsOf(expected, t, 1).data];
      found.forEach((value, k) => {
        expect(value).toBeCloseTo(wanted[k]!, 12);
      });
      given = updates;
    }
  });
});

it.each([
  ['no recurrence', '  z = Dense(2)(x)', 2],
  ['more positions', '  z = RNN(2)(x)', 3],
  ['backwards', '  h[b, t] = x[b, t, 0] + (h[b, t + 1] else 0)\n  z = h', 2],
])('there is no step of %s', (_, body, positions) => {
  expect(oneStep(graphOf(body, positions))).toBeUndefined();
});
