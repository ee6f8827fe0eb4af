/**
 * Sums over the positions of a number by lists of them: the same values on every road, in the reference, in kernels and
 * in nests, where two threads at one place would be found; and as much work as there are positions.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { isEquation, mapOperands } from '../../compiler/ir/nodes.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { listedBy, listsEquation } from '../../compiler/ir/position-lists.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { listPositions, runPasses } from '../../compiler/passes/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { scheduleAll } from '../../compiler/schedule/all.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { cpuExecutor, runOnCpu } from '../support/cpu.ts';
import { expectFound } from '../support/execute.ts';
import { completed } from '../support/gradient.ts';
import { expectProgramAgrees } from '../support/nests.ts';
import { randomSource } from '../support/random.ts';

const isSum = (node: Node): boolean => isEquation(node) && node.dtype === 'f32';
const always = listPositions({ fewest: 0 });
const targets: readonly Target[] = Object.values(defaultTargets);

interface Case {
  readonly outer: number;
  readonly inner: number;
  readonly values: number;
  readonly depth: number;
  readonly form: number;
  readonly seed: number;
}

/** The ways in which networks ask for positions. */
const forms: readonly ((c: Case) => string)[] = [
  // The gradient of an embedding.
  ({ outer, inner, values, depth }) => `
    %y[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, i: ${inner} where %t[n, i] == v] %g[n, i, d]`,
  // The same, its condition the other way round, with a weight and another condition.
  ({ outer, inner, values, depth }) => `
    %y[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, i: ${inner} where v == %t[n, i], 1 <= i + n] %g[n, i, d] * %e[v, d]`,
  // Along the other axis first.
  ({ outer, inner, values, depth }) => `
    %y[d: ${depth}, v: ${values}]: f32 = sum[i: ${inner}, n: ${outer} where %t[n, i] == v] %g[n, i, d]`,
  // What stands at a position is computed.
  ({ outer, inner, values, depth }) => `
    %y[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, i: ${inner} where (%t[n, i] + 1) mod ${values} == v] %g[n, i, d]`,
  // Unpooling by positions: a list for each element of a batch.
  ({ outer, inner, values, depth }) => `
    %y[n: ${outer}, v: ${values}, d: ${depth}]: f32 = sum[i: ${inner} where %t[n, i] == v] %g[n, i, d]`,
  // An update in the same kernel.
  ({ outer, inner, values, depth }) => `
    %z[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, i: ${inner} where %t[n, i] == v] %g[n, i, d]
    %y[v: ${values}, d: ${depth}]: f32 = %e[v, d] - 0.1 * %z[v, d] / (1.0 + abs(%z[v, d]))`,
  // Two sums over one list, and one over another.
  ({ outer, inner, values, depth }) => `
    %a[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, i: ${inner} where %t[n, i] == v] %g[n, i, d]
    %b[v: ${values}]: f32 = sum[n: ${outer}, i: ${inner} where %t[n, i] == v] 1.0
    %c[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, i: ${inner} where %u[n, i] == v] %g[n, i, d]
    %y[v: ${values}, d: ${depth}]: f32 = %a[v, d] / (1.0 + %b[v]) + %c[v, d]`,
  // More than one number is summed at each position, with conditions of both kinds.
  ({ outer, inner, values, depth }) => `
    %y[v: ${values}, d: ${depth}]: f32 = sum[k: 2, n: ${outer}, i: ${inner}, l: 3 where l <= n + k, %t[n, i] == v, 1 <= i + n] %g[n, i, d] * %g[n, i, (d + l) mod ${depth}] * (if %u[n, i] == k then 0.5 else 2.0)`,
  // The same of what does not depend on the position, or on the row, at all.
  ({ outer, inner, values, depth }) => `
    %y[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, i: ${inner}, l: 3 where %t[n, i] == v] %g[0, 0, (d + l) mod ${depth}]
    %z[v: ${values}, d: ${depth}]: f32 = sum[n: ${outer}, k: 2, i: ${inner} where %t[n, i] == v] %g[n, i, 0] + to_f32(k)
    result value %z`,
];

const cases: fc.Arbitrary<Case> = fc.record({
  outer: fc.constantFrom(1, 2, 3),
  inner: fc.constantFrom(1, 2, 5, 8),
  values: fc.constantFrom(1, 2, 3, 7, 8, 300),
  depth: fc.constantFrom(1, 3, 4, 8),
  form: fc.nat({ max: forms.length - 1 }),
  seed: fc.integer({ min: 1, max: 1000 }),
});

function graphOf(c: Case): Graph {
  const { outer, inner, values, depth } = c;
  return parseGraph(`graph test {
    input %t[n: ${outer}, i: ${inner}]: i32
    input %u[n: ${outer}, i: ${inner}]: i32
    input %g[n: ${outer}, i: ${inner}, d: ${depth}]: f32
    input %e[v: ${values}, d: ${depth}]: f32
    ${forms[c.form]!(c)}
    result value %y
  }`);
}

function feedsOf(graph: Graph, { outer, inner, values, seed }: Case) {
  const random = randomSource(seed);
  const numbers = () => ({
    shape: [outer, inner],
    data: Float64Array.from({ length: outer * inner }, () => random.integer(0, values - 1)),
  });
  return completed(
    graph,
    new Map([
      ['t', numbers()],
      ['u', numbers()],
    ]),
    random,
  );
}

/** The schedules of all kernels of a graph, but of those that sum at each position by itself. */
const chosen = (graph: Graph, target: Target): readonly string[] => {
  const fused = fuse(graph, target);
  return scheduleAll(fused.kernels, fused.values, target)
    .filter(({ kernel }) => !kernel.steps.every(({ name }) => name.endsWith('.inner')))
    .map(({ decision }) => decision.chosen);
};

describe('lists', () => {
  it('keep the values of every sum that walks them', () => {
    let walked = 0;
    fc.assert(
      fc.property(cases, (c) => {
        const graph = graphOf(c);
        const feeds = feedsOf(graph, c);
        const listed = always.run(graph);
        if (listed !== graph) walked++;
        expectSameResults(graph, listed, feeds);
        expect(always.run(listed)).toBe(listed);
        for (const target of targets) expectProgramAgrees(listed, feeds, target);
      }),
      { numRuns: 150 },
    );
    expect(walked).toBeGreaterThan(140);
  });

  it.each(forms.map((_, form) => form))('are walked in form %d, and made in time of their length', (form) => {
    const c = { outer: 3, inner: 8, values: 300, depth: 8, form, seed: 1 };
    for (const target of targets) {
      const names = chosen(always.run(graphOf(c)), target);
      expect(names).toContain('lists');
      expect(names).toContain('walk');
      expect(names).not.toContain('reduce');
    }
  });

  it('are found again in their equation, and in nothing else', () => {
    const graph = always.run(graphOf({ outer: 3, inner: 8, values: 7, depth: 4, form: 4, seed: 1 }));
    const lists = graph.nodes.find(({ name }) => name === 't.lists')!;
    expect(printNode(lists, graph.nodes)).toBe(
      '%t.lists[n: 3, p: 15]: i32 = min[i: 8 where p - 7 < i, (if p < 7 then p else %t[n, p - 7]) == %t[n, i]] i',
    );
    if (!isEquation(lists)) throw new Error('no equation');
    const listed = listedBy(lists)!;
    expect(listed.values).toBe(7);
    const { reduce } = listsEquation(listed);
    expect(listedBy({ ...lists, reduce: { ...reduce, guards: reduce.guards.slice(1) } })).toBeUndefined();
    expect(listedBy({ ...lists, reduce: { ...reduce, by: 'max' } })).toBeUndefined();
  });

  it('of something else are not walked', () => {
    const c = { outer: 2, inner: 8, values: 7, depth: 4, form: 6, seed: 3 };
    const listed = always.run(graphOf(c));
    const at = (name: string): number => listed.nodes.findIndex((node) => node.name === name);
    const [t, u] = [at('t.lists'), at('u.lists')];
    expect([t, u]).not.toContain(-1);
    // The conditions of a sum over t with the lists of u: true of few positions, and no list to walk.
    const swap = (id: number): number => (id === t ? u : id === u ? t : id);
    const sums = listed.nodes.map((node) =>
      isEquation(node) && node.dtype === 'f32' ? mapOperands(node, swap) : node,
    );
    const lists = sums.filter((_, id) => id === t || id === u);
    expect(lists).toHaveLength(2);
    const order = [...sums.keys()].sort((a, b) => Number(isSum(sums[a]!)) - Number(isSum(sums[b]!)) || a - b);
    const place = (id: number): number => order.indexOf(id);
    const wrong: Graph = {
      ...listed,
      nodes: order.map((id) => mapOperands(sums[id]!, place)),
      results: listed.results.map((result) => ({ ...result, value: place(result.value) })),
    };
    expect(verify(wrong)).toEqual([]);
    const feeds = feedsOf(wrong, c);
    for (const target of targets) {
      expectProgramAgrees(wrong, feeds, target);
      expect(chosen(wrong, target)).not.toContain('walk');
    }
  });

  it('are left alone in small sums', () => {
    const graph = graphOf({ outer: 3, inner: 8, values: 300, depth: 8, form: 0, seed: 1 });
    expect(runPasses(graph).nodes.map(({ name }) => name)).not.toContain('t.lists');
  });
});

describe('on the processor', () => {
  const executor = cpuExecutor(2);
  it.each(forms.map((_, form) => form))('form %d', async (form) => {
    const c = { outer: 4, inner: 64, values: 1031, depth: 4, form, seed: 5 };
    const graph = graphOf(c);
    const feeds = feedsOf(graph, c);
    const names = runPasses(graph).nodes.map(({ name }) => name);
    expect(names).toContain('t.lists');
    expectFound(await runOnCpu(executor, graph, feeds), graph, feeds);
  });
});

describe('numbers that are none', () => {
  it('are on no list', () => {
    const c = { outer: 2, inner: 5, values: 3, depth: 4, form: 0, seed: 2 };
    const graph = always.run(graphOf(c));
    const outside = { shape: [2, 5], data: Float64Array.of(-1, 0, 3, 1, 2, 1000000, 1, -7, 3, 0) };
    const feeds = new Map([...feedsOf(graph, c), ['t', outside]]);
    expect(evaluateGraph(graph, feeds).results.get('y')!.data).toHaveLength(12);
    for (const target of targets) expectProgramAgrees(graph, feeds, target);
  });
});
