/** What differentiation and passes make of recurrences: what a reader sees, what is in a loop and what is not. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { passes, runPasses } from '../../compiler/passes/index.ts';
import { completed, withGradients } from '../support/gradient.ts';
import { graphOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';
import { networks } from '../support/recurrences.ts';
import { expectSame, soundly } from '../support/same-results.ts';

/** The names of the members of each recurrence. */
const groups = ({ nodes }: Graph): readonly string[] =>
  recurrencesOf(nodes).map(
    ({ members, direction }) => `${direction}: ${members.map((id) => nodes[id]!.name).join(' ')}`,
  );

const equations = ({ nodes }: Graph): readonly string[] =>
  nodes.flatMap((node) => (node.kind === 'equation' ? [printNode(node, nodes)] : []));

/** The graph after passes, by their names, which mean what it means. */
function run(names: string, graph: Graph): Graph {
  const list = names.split(' ').map((name) => passes.get(name)!);
  const made = soundly(runPasses(soundly(graph), [], list));
  expectSame(made, graph, completed(graph, new Map(), randomSource(1)));
  return made;
}

const extents = { batch: 2, steps: 5, units: 3 };

describe('backpropagation through time', () => {
  test('of a recurrent layer reads like its slide', () => {
    const graph = differentiate(
      graphOf(`
        input %x[b: 2, t: 5, i: 4]: f32
        param %W[j: 3, i: 4]: f32
        param %U[j: 3, k: 3]: f32
        %a[b: 2, t: 5, j: 3]: f32 = sum[i: 4] %W[j, i] * %x[b, t, i]
        %z[b: 2, t: 5, j: 3]: f32 = sum[k: 3] %U[j, k] * (if 1 <= t then %s[b, t - 1, k] else 0.0)
        %s[b: 2, t: 5, j: 3]: f32 = tanh(%a[b, t, j] + %z[b, t, j])
        %l: f32 = sum[b: 2, t: 5, j: 3] %s[b, t, j] ** 2
        %d.U[j: 3, k: 3]: f32 = gradient %l wrt %U
        %d.W[j: 3, i: 4]: f32 = gradient %l wrt %W
        result gradient %d.U
        result gradient %d.W`),
    );
    expect(groups(soundly(graph))).toEqual(['forward: z s', 'backward: d.s.1 d.s d.z']);
    const text = equations(runPasses(graph))
      .join('\n')
      .replace(/j_\d|m/g, 'm');
    expect(text).toMatch(
      /%d\.s\.1\[b: 2, t: 5, \w: 3\]: f32 = sum\[\w+: 3 where t <= 3\] %d\.z\[b, t \+ 1, \w\] \* %U\[\w, \w\]/,
    );
    expect(text).toMatch(
      /%d\.U\[j: 3, k: 3\]: f32 = sum\[b: 2, t: 4\] %d\.z\[b, t \+ 1, j\] \* %s\[b, t, k\]/,
    );
    expect(text).toMatch(/%d\.W\[j: 3, i: 4\]: f32 = sum\[b: 2, t: 5\] %d\.z\[b, t, j\] \* %x\[b, t, i\]/);
  });

  test.each([
    ['LSTM', ['forward: uh z c y', 'backward: d.y.1 d.y d.c d.z']],
    ['GRU', ['forward: z a n c y', 'backward: d.y.1 d.y.2 d.y d.c d.a.1 d.a d.z']],
  ])('of %s keeps what is on a cycle in its loop, and nothing else', (name, expected) => {
    const asked = withGradients(graphOf(networks[name]!.text(extents)), new Map(), 1).graph;
    const found = groups(runPasses(differentiate(asked)));
    const [forward, backward] = found;
    expect(forward).toBe(expected[0]);
    expect(found).toHaveLength(2);
    for (const outside of ['d.U', 'd.W', 'd.x', 'wx', 'd.wx', 'loss'])
      expect(backward!.split(' ')).not.toContain(outside);
  });

  test('a softmax within the loop has no adjoint for its maximum', () => {
    const asked = withGradients(
      graphOf(networks['decoder with attention']!.text(extents)),
      new Map(),
      1,
    ).graph;
    const names = differentiate(asked).nodes.map((node) => node.name);
    expect(names).toContain('d.n');
    expect(names).not.toContain('d.m');
    expect(names.some((name) => name.includes('arg'))).toBe(false);
  });

  test('a carry that the loss does not depend on has no adjoint', () => {
    const graph = differentiate(
      graphOf(`
        input %x[t: 4]: f32
        %a[t: 4]: f32 = %x[t] + (if 1 <= t then stop_gradient(%b[t - 1]) else 0.0)
        %b[t: 4]: f32 = 2.0 * %a[t]
        %l: f32 = sum[t: 4] %a[t]
        %d.x[t: 4]: f32 = gradient %l wrt %x
        result gradient %d.x`),
    );
    expect(groups(soundly(graph))).toEqual(['forward: a b']);
    expect(equations(graph).some((text) => text.startsWith('%d.b'))).toBe(false);
  });
});

describe('passes', () => {
  test('hoist-sums: what a recurrence does not need is one sum outside', () => {
    const graph = graphOf(`
      input %x[t: 4, k: 3]: f32
      param %U[j: 3, k: 3]: f32
      param %V[j: 3, k: 3]: f32
      %z[t: 4, j: 3]: f32 = sum[k: 3] %V[j, k] * %x[t, k] + %U[j, k] * (if 1 <= t then %s[t - 1, k] else 0.0)
      %s[t: 4, j: 3]: f32 = tanh(%z[t, j])
      result output %s`);
    const made = run('hoist-sums merge-sums', graph);
    expect(groups(made)).toEqual(['forward: z.inside z s']);
    expect(equations(made)[0]).toBe('%z.outside[t: 4, j: 3]: f32 = sum[k: 3] %V[j, k] * %x[t, k]');
  });

  test('hoist-sums: what is taken off is one sum outside, too', () => {
    const graph = graphOf(`
      input %x[t: 4, k: 3]: f32
      param %U[j: 3, k: 3]: f32
      param %V[j: 3, k: 3]: f32
      %z[t: 4, j: 3]: f32 = sum[k: 3] %U[j, k] * (if 1 <= t then %s[t - 1, k] else 0.0) - (%V[j, k] * %x[t, k] - %U[k, j])
      %s[t: 4, j: 3]: f32 = tanh(%z[t, j])
      result output %s`);
    const made = run('hoist-sums canonicalise', graph);
    expect(groups(made)).toEqual(['forward: z.inside z s']);
    expect(equations(made)[0]).toBe('%z.outside[t: 4, j: 3]: f32 = sum[k: 3] %U[k, j] - %V[j, k] * %x[t, k]');
    expect(equations(made)[1]).not.toContain('%x');
  });

  test('merge-sums: a sum outside stays there', () => {
    const graph = graphOf(`
      input %x[t: 4, k: 3]: f32
      %a[t: 4]: f32 = sum[k: 3] %x[t, k]
      %b[t: 4]: f32 = sum[k: 3] (if 1 <= t then %s[t - 1, k] else 0.0)
      %c[t: 4]: f32 = %a[t] + %b[t]
      %s[t: 4, k: 3]: f32 = tanh(%c[t] + %x[t, k])
      result output %s`);
    expect(groups(run('merge-sums eliminate-dead', graph))).toEqual(['forward: b c s']);
  });

  test('eliminate-dead: all members go, or none', () => {
    const graph = graphOf(`
      input %x[t: 4]: f32
      %a[t: 4]: f32 = %x[t] + (if 1 <= t then %b[t - 1] else 0.0)
      %b[t: 4]: f32 = 2.0 * %a[t]
      %c[t: 4]: f32 = %x[t] + (if 1 <= t then %c[t - 1] else 0.0)
      result output %a`);
    expect(equations(run('eliminate-dead', graph))).toHaveLength(2);
  });

  test('forward-copies: readers of a copy, at whatever distance, read its source', () => {
    const graph = graphOf(`
      input %x[t: 4]: f32
      %a[t: 4]: f32 = %x[t] + (if 1 <= t then %c[t - 1] else 0.0) + (if 2 <= t then %c[t - 2] else 0.0)
      %c[t: 4]: f32 = %a[t]
      %d[t: 4]: f32 = %c[t]
      result output %d`);
    const made = run('forward-copies eliminate-dead', graph);
    expect(groups(made)).toEqual(['forward: a']);
    expect(equations(made)).toHaveLength(1);
  });

  test('propagate-constants: a member that is a constant leaves', () => {
    const graph = graphOf(`
      input %x[t: 4]: f32
      %a[t: 4]: f32 = %x[t] + (if 1 <= t then %z[t - 1] else 2.0)
      %z[t: 4]: f32 = if t < 9 then 3.0 else %a[t]
      result output %a`);
    const made = run('canonicalise propagate-constants eliminate-dead canonicalise', graph);
    expect(groups(made)).toEqual([]);
  });

  test('share: equal members are one', () => {
    const graph = graphOf(`
      input %x[t: 4]: f32
      %p[t: 4]: f32 = if 1 <= t then %a[t - 1] else 0.0
      %q[t: 4]: f32 = if 1 <= t then %a[t - 1] else 0.0
      %a[t: 4]: f32 = %x[t] + %p[t] * %q[t]
      result output %a`);
    expect(groups(run('share', graph))).toEqual(['forward: p a']);
  });

  test('tighten: a history of one position is a distance', () => {
    const graph = graphOf(`
      input %x[t: 4]: f32
      %p[t: 4]: f32 = sum[s: 4 where s == t - 1] %a[s]
      %a[t: 4]: f32 = %x[t] + 0.5 * %p[t]
      result output %a`);
    const made = run('tighten canonicalise trivial-reductions', graph);
    expect(recurrencesOf(made.nodes)[0]!.reads.map(({ nearest, farthest }) => [nearest, farthest])).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  test('split-reductions: both stages of a member are members; few results are few at one position', () => {
    const graph = graphOf(`
      input %x[t: 90, k: 20000]: f32
      %p[t: 90]: f32 = sum[k: 20000] %x[t, k] * (if 1 <= t then %a[t - 1] else 1.0)
      %a[t: 90]: f32 = tanh(%p[t])
      result output %a`);
    const made = soundly(runPasses(graph, [], [passes.get('split-reductions')!]));
    expect(groups(made)).toEqual(['forward: p.partial p a']);
  });
});
