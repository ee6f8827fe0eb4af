/** Compares the results of two graphs on the same feeds, in f64. */
import { expect } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { namedIn } from '../../compiler/ir/origin.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';

const close = (a: number, b: number, tolerance: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));

/** Fails unless `after` is a valid graph with the same results and updates as `before`, up to rounding. */
export function expectSameResults(
  before: Graph,
  after: Graph,
  feeds: ReadonlyMap<string, Tensor64>,
  tolerance = 1e-9,
): void {
  const dump = (): string => `${printGraph(before)}\n${printGraph(after)}`;
  expect(
    verify(after, { gone: new Set([...namedIn(before.nodes), ...before.nodes.map(({ name }) => name)]) }),
    dump(),
  ).toEqual([]);
  const [expected, found] = [evaluateGraph(before, feeds), evaluateGraph(after, feeds)];
  for (const part of ['results', 'updates'] as const) {
    expect([...found[part].keys()]).toEqual([...expected[part].keys()]);
    for (const [name, { shape, data }] of expected[part]) {
      const other = found[part].get(name)!;
      expect(other.shape).toEqual(shape);
      const bad = data.findIndex((x, k) => !close(x, other.data[k]!, tolerance));
      if (bad >= 0) expect.fail(`%${name} at ${bad}: ${data[bad]} became ${other.data[bad]}\n${dump()}`);
    }
  }
}
