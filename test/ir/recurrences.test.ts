/** Recurrences as groups of equations: what they are found to be, what makes them illegal, how they are put in order. */
import { describe, expect, test } from 'vitest';
import { arranged } from '../../compiler/ir/arrange.ts';
import { componentsOf, spansOf } from '../../compiler/ir/components.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printExpr, printGraph } from '../../compiler/ir/print.ts';
import { recurrencesOf, sequentialIndex } from '../../compiler/ir/recurrences.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { graphOf, numbersOf, tensor } from '../support/graphs.ts';

const rnn = `
  input %x[b: 2, t: 5, j: 3]: f32
  param %U[j: 3, k: 3]: f32
  %z[b: 2, t: 5, j: 3]: f32 = sum[k: 3] %U[j, k] * (if 1 <= t then %s[b, t - 1, k] else 0.0)
  %s[b: 2, t: 5, j: 3]: f32 = tanh(%x[b, t, j] + %z[b, t, j])
  result output %s`;

/** Each recurrence as text: its members with their indices, which way it goes, its reads with their distances. */
const found = ({ nodes }: Graph): readonly string[] =>
  recurrencesOf(nodes).map((recurrence) => {
    const { members, extent, direction, reads } = recurrence;
    const names = members.map((id) => `${nodes[id]!.name}/${sequentialIndex(nodes, recurrence, id).name}`);
    const loads = reads.map(({ reader, load, nearest, farthest }) => {
      const far = farthest === nearest ? nearest : `${nearest}..${farthest}`;
      return `${nodes[reader]!.name}: ${printExpr(load, nodes)} ${far}`;
    });
    return `${names.join(' ')}; ${extent} ${direction}; ${loads.join(', ')}`;
  });

const soundly = (lines: string): readonly string[] => {
  const graph = graphOf(lines);
  expect(verify(graph)).toEqual([]);
  return found(graph);
};

describe('what is a recurrence', () => {
  test('the text names later nodes and comes back', () => {
    const graph = graphOf(rnn);
    expect(parseGraph(printGraph(graph))).toEqual(graph);
    expect(parseGraph(printGraph(graph, { width: 60 }))).toEqual(graph);
  });

  test('a graph without one has none', () => {
    const graph = graphOf(`
      input %x[i: 3]: f32
      %y[i: 3]: f32 = %x[i]`);
    expect(spansOf(graph.nodes)).toEqual([]);
    expect(recurrencesOf(graph.nodes)).toEqual([]);
    expect(arranged(graph.nodes).nodes).toBe(graph.nodes);
  });

  test('two equations, at distances 1 and 0', () => {
    expect(soundly(rnn)).toEqual(['z/t s/t; 5 forward; z: %s[b, t - 1, k] 1, s: %z[b, t, j] 0']);
  });

  test('backward in time, and another name of the index in each member', () => {
    expect(
      soundly(`
        input %x[t: 4]: f32
        %a[p: 4]: f32 = if p < 3 then %b[p + 1] else 0.0
        %b[q: 4]: f32 = %x[q] + %a[q]`),
    ).toEqual(['a/p b/q; 4 backward; a: %b[p + 1] 1, b: %a[q] 0']);
  });

  test('the sequential index is found among indices of equal extent, wherever it stands', () => {
    expect(
      soundly(`
        input %x[i: 4, j: 4, k: 4]: f32
        %a[i: 4, j: 4, k: 4]: f32 = if 1 <= k then %b[k - 1, i, j] else 0.0
        %b[l: 4, i: 4, j: 4]: f32 = %x[i, j, l] + %a[i, j, l]`),
    ).toEqual(['a/k b/l; 4 forward; a: %b[k - 1, i, j] 1, b: %a[i, j, l] 0']);
  });

  test('several distances, by one load and by several', () => {
    expect(
      soundly(`
        input %x[t: 9]: f32
        input %a[s: 3]: f32
        %f[t: 9]: f32 = sum[s: 3 where s + 1 <= t] %a[s] * %y[t - s - 1]
        %y[t: 9]: f32 = %x[t] + %f[t] + (if 4 <= t then %y[t - 4] else 0.0)`),
    ).toEqual(['f/t y/t; 9 forward; f: %y[t - s - 1] 1..3, y: %f[t] 0, y: %y[t - 4] 4']);
  });

  test('a history: positions that guards prove earlier', () => {
    expect(
      soundly(`
        input %x[t: 6]: f32
        %h[t: 6]: f32 = sum[s: 6 where s < t] %y[s]
        %y[t: 6]: f32 = %x[t] - %h[t]`),
    ).toEqual(['h/t y/t; 6 forward; h: %y[s] 1..5, y: %h[t] 0']);
  });

  test('a member above may be read up to the position at hand', () => {
    expect(
      soundly(`
        input %x[t: 6]: f32
        %k[t: 6]: f32 = %x[t] + (if 1 <= t then %y[t - 1] else 0.0)
        %y[t: 6]: f32 = sum[s: 6 where s <= t] %k[s]`),
    ).toEqual(['k/t y/t; 6 forward; k: %y[t - 1] 1, y: %k[s] 0..5']);
  });

  test('the first element under a guard is earlier', () => {
    expect(
      soundly(`
        input %x[t: 6]: f32
        %y[t: 6]: f32 = %x[t] + (if 1 <= t then %y[0] else 0.0)`),
    ).toEqual(['y/t; 6 forward; y: %y[0] 1..5']);
  });

  test('two that follow each other are two', () => {
    expect(
      soundly(`
        input %x[t: 4]: f32
        %a[t: 4]: f32 = %x[t] + (if 1 <= t then %a[t - 1] else 0.0)
        %m: f32 = sum[t: 4] %a[t]
        %b[t: 4]: f32 = %a[t] + %m + (if t < 3 then %b[t + 1] else 0.0)`),
    ).toEqual(['a/t; 4 forward; a: %a[t - 1] 1', 'b/t; 4 backward; b: %b[t + 1] 1']);
  });

  test('where an index could be walked either way, the first that fits is taken', () => {
    expect(
      soundly(`
        %a[i: 3, j: 3]: f32 = if 1 <= i and 1 <= j then %a[i - 1, j - 1] else 1.0`),
    ).toEqual(['a/i; 3 forward; a: %a[i - 1, j - 1] 1']);
    expect(
      soundly(`
        %a[i: 3, j: 3]: f32 = if j < 2 then %a[i, j + 1] + (if 1 <= i then %a[i - 1, j + 1] else 0.0) else 1.0`),
    ).toEqual(['a/j; 3 backward; a: %a[i, j + 1] 1, a: %a[i - 1, j + 1] 1']);
  });
});

describe('what is none', () => {
  const problems = (lines: string): readonly string[] => verify(graphOf(`input %x[t: 4]: f32\n${lines}`));

  test('a load of a later node that comes back nowhere', () => {
    expect(problems('%a[t: 4]: f32 = %b[t]\n%b[t: 4]: f32 = %x[t]')).toEqual([
      '%a: a load of %b, which is not earlier',
    ]);
  });
  test('something else among the members', () => {
    expect(
      problems(`
        %a[t: 4]: f32 = if 1 <= t then %b[t - 1] else 0.0
        %c[t: 4]: f32 = %a[t]
        %b[t: 4]: f32 = %x[t] + %a[t]`),
    ).toEqual(['%c: stands among %a and %b, which need each other, and is not needed so']);
  });
  test('a cycle within one position', () => {
    expect(problems('%a[t: 4]: f32 = %b[t]\n%b[t: 4]: f32 = %x[t] + %a[t]')).toEqual([
      '%a: reads %b[t], which needs it by %a[t] in %b; at the same position of t: a cycle within it',
    ]);
    expect(problems('%a[t: 4]: f32 = %a[t]')).toEqual([
      '%a: reads %a[t], itself; at the same position of t: a cycle within it',
    ]);
  });
  test('a member that is read at the same position before it is there', () => {
    expect(
      problems(`
        %a[t: 4]: f32 = %b[t]
        %b[t: 4]: f32 = %x[t] + (if 1 <= t then %a[t - 1] else 0.0)`),
    ).toEqual([
      '%a: reads %b[t], which needs it by %a[t - 1] in %b; at the same position of t: a cycle within it',
    ]);
  });
  test('an earlier position without a guard is out of range', () => {
    expect(problems('%a[t: 4]: f32 = %a[t - 1]')[0]).toMatch(/may read positions -1 to 2/);
  });
  test('both ways at once', () => {
    expect(
      problems(`
        %a[t: 4]: f32 = %x[t] + (if 1 <= t then %b[t - 1] else 0.0)
        %b[t: 4]: f32 = %x[t] + (if t < 3 then %a[t + 1] else 0.0)`),
    ).toEqual([
      '%b: reads %a[t + 1], which needs it by %b[t - 1] in %a; a later position of t, where others read earlier ones',
    ]);
  });
  test('other extents', () => {
    expect(
      problems(`
        %a[t: 4]: f32 = %x[t] + (if 1 <= t then %b[t - 1] else 0.0)
        %b[t: 3]: f32 = %a[t]`),
    ).toHaveLength(1);
  });
  test('a position that may be the same, or is data', () => {
    expect(problems('%a[t: 4]: f32 = %x[t] + (if 1 <= t then %a[0] + %a[1] else 0.0)')).toEqual([
      '%a: reads %a[1], which needs it by %a[0] in %a; perhaps at the same position of t: a cycle within it',
    ]);
    expect(problems('%a[t: 4]: f32 = sum[s: 4 where s <= t] %a[s]')[0]).toMatch(/at the same position of t/);
    expect(
      problems(
        '%n[t: 4]: i32 = to_i32(%x[t])\n%a[t: 4]: f32 = if 1 <= t then %a[minimum(t, %n[t])] else 0.0',
      ),
    ).toEqual([expect.stringMatching(/is data, and may be any position of t/)]);
  });
  test('what has no index', () => {
    expect(problems('%a: f32 = 1.0 + %a')).toEqual([
      '%a: needs itself, and has no index to be computed along',
    ]);
    expect(problems('%m: f32 = sum[t: 4] %a[t]\n%a[t: 4]: f32 = if 1 <= t then %m else 0.0')).toHaveLength(1);
  });
  test('one position', () => {
    expect(verify(graphOf('%a[t: 1]: f32 = if 1 <= t then %a[t - 1] else 2.0'))).toEqual([
      '%a: a recurrence over 1 position: nothing comes back',
    ]);
  });
});

describe('arranging', () => {
  const texts = (lines: string): readonly string[] => {
    const graph = graphOf(lines);
    const { nodes, place } = arranged(graph.nodes);
    for (const [id, { name }] of graph.nodes.entries()) expect(nodes[place(id)]!.name).toBe(name);
    const after: Graph = { ...graph, nodes };
    expect(verify(after)).toEqual([]);
    return nodes.map(({ name }) => name);
  };

  test('members in the order of one position, others outside', () => {
    expect(
      texts(`
        input %x[t: 4]: f32
        %s[t: 4]: f32 = %x[t] + %p[t]
        %q[t: 4]: f32 = 2.0 * %s[t]
        %p[t: 4]: f32 = if 1 <= t then %s[t - 1] * %v[t] else %w[t]
        %w[t: 4]: f32 = %v[t]
        %v[t: 4]: f32 = %x[t]`),
    ).toEqual(['x', 'v', 'w', 'p', 's', 'q']);
  });

  test('one position leaves no group, and nothing reads what is never there', () => {
    const { nodes } = arranged(
      graphOf(`
        input %x[t: 1]: f32
        %p[t: 1]: f32 = if 1 <= t then %s[t - 1] else 3.0
        %h[t: 1]: f32 = sum[u: 1 where u < t] %s[u]
        %s[t: 1]: f32 = %x[t] + %p[t] + %h[t]`).nodes,
    );
    expect(spansOf(nodes)).toEqual([]);
    const graph: Graph = { name: 'g', nodes, results: [], updates: [] };
    expect(verify(graph)).toEqual([]);
    expect(numbersOf(graph, 's', { x: tensor([1], [2]) })).toEqual([5]);
  });

  test('what no order fits is refused', () => {
    expect(() => arranged(graphOf('%a[t: 4]: f32 = 1.0 + %b[t]\n%b[t: 4]: f32 = %a[t]').nodes)).toThrow(
      /a cycle within it/,
    );
  });

  test('components stand after what they read', () => {
    const { nodes } = graphOf(`
      input %x[t: 4]: f32
      %a[t: 4]: f32 = %b[t]
      %b[t: 4]: f32 = %c[t] + %a[t]
      %c[t: 4]: f32 = %x[t]`);
    expect(componentsOf(nodes, { first: 0, last: 3 })).toEqual([[0], [3], [1, 2]]);
  });
});
