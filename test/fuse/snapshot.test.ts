/** Old values that outlive their memory: swaps, a value that is kept, a result that is an overwritten leaf. */
import { describe, expect, test } from 'vitest';
import { snapshot } from '../../compiler/fuse/snapshot.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { expectSameResults } from '../support/agreement.ts';
import { graphOf, tensor } from '../support/graphs.ts';
import { expectProgramAgrees } from '../support/nests.ts';

const states = `
  state %a[i: 3]: f32
  state %b[i: 3]: f32`;
const feeds = new Map([
  ['a', tensor([3], [1, 2, 3])],
  ['b', tensor([3], [40, 50, 60])],
]);

/** The names of the copies that a graph is given; what it computes stays, through kernels and nests too. */
function copiesOf(graph: Graph): readonly string[] {
  const after = snapshot(graph);
  expectSameResults(graph, after, feeds);
  for (const target of Object.values(defaultTargets)) expectProgramAgrees(graph, feeds, target);
  return after.nodes.slice(graph.nodes.length).map(({ name }) => name);
}

describe('an old value has a copy', () => {
  test('where two states swap', () => {
    expect(copiesOf(graphOf(`${states}\n  update %a <- %b\n  update %b <- %a`))).toEqual(['b.old', 'a.old']);
  });
  test('where another state keeps it', () => {
    const kept = `${states}
  %new[i: 3]: f32 = %a[i] * 2.0 + %b[i]
  update %a <- %new
  update %b <- %a`;
    expect(copiesOf(graphOf(kept))).toEqual(['a.old']);
  });
  test('where it is a result', () => {
    const result = `${states}
  %new[i: 3]: f32 = %a[i] * 2.0 + %b[i]
  result output before %a
  result output after %new
  update %a <- %new`;
    expect(copiesOf(graphOf(result))).toEqual(['a.old']);
  });
  test('once, whatever needs it', () => {
    const often = `${states}
  %new[i: 3]: f32 = %a[i] * 2.0
  result output before %a
  result output again %a
  update %a <- %new
  update %b <- %a`;
    expect(copiesOf(graphOf(often))).toEqual(['a.old']);
  });
});

describe('a graph stays the same object', () => {
  test.each([
    ['without updates', '  result output y %a'],
    ['where the old value is only read', '  %n[i: 3]: f32 = %a[i] + 1.0\n  update %a <- %n'],
    ['where a leaf keeps its value', '  result output y %a\n  update %a <- %a\n  update %b <- %a'],
    ['where a result is overwritten by nothing', '  result output y %a\n  update %b <- %a'],
  ])('%s', (_, lines) => {
    const graph = graphOf(`${states}\n${lines}`);
    expect(snapshot(graph)).toBe(graph);
  });
});
