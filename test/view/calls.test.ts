/** Calls of one function are apart: in paths, and in the boxes of pictures. */
import { expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { partOf, printStep } from '../../compiler/ir/origin.ts';
import { graphDot } from '../../src/views/dot.ts';
import { loopBoxes } from '../../src/views/loops.ts';
import { graphOf } from '../lower/lowered.ts';

const text = `
layer Block(units: int) (x: f32[..., I]) -> f32[..., units] {
  return relu(relu(x |> Dense(units)))
}
model m {
  input x: f32[4, 3]
  h = x |> Dense(3) |> relu
  g = h |> Block(3) |> Dense(3) |> relu
  loss = sum(g)
}
train m { minimize loss with sgd(lr = 0.1) }
`;

test('each call has a number where it stands, and a box of its own', () => {
  const graph = graphOf(text, { kind: 'train' }, { training: true });
  const paths = graph.nodes.map(({ origin }) => origin.path.map(printStep).join(' > '));
  for (const path of [
    'm > relu_1',
    'm > Block_1: Block > relu_1',
    'm > Block_1: Block > relu_2',
    'm > relu_2',
  ]) {
    expect(paths.filter((other) => other === path)).toHaveLength(1);
  }
  const labels = [...graphDot(graph).matchAll(/^\s*label="([^"]+)"/gmu)].map(([, label]) => label);
  expect(labels.filter((label) => label?.startsWith('relu')).toSorted()).toEqual([
    'relu_1',
    'relu_1',
    'relu_2',
    'relu_2',
  ]);
});

test('what a node is stands in its origin, not in its name', () => {
  const named = graphOf(
    'model m {\n  input x: f32[2]\n  d.y = 2 * x\n  loss = sum(d.y)\n}\n'.replaceAll('d.y', 'd_y'),
  );
  expect(named.nodes.map(partOf)).toEqual(named.nodes.map(() => 'forward'));
  const trained = graphOf(text, { kind: 'train' }, { training: true });
  const parts = new Map(trained.nodes.map((node) => [node.name, partOf(node)]));
  expect(parts.get('Dense_1.W.next')).toBe('update');
  expect(parts.get('d.Dense_1.W')).toBe('adjoint');
  expect(parts.get('h')).toBe('forward');
});

test('a loop is a box around its values and the calls in it, forwards and backwards', () => {
  const graph = differentiate(
    graphOf(
      `layer Cell(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
  return tanh(relu(x |> Dense(units)) + Dense(units)(h))
}
model m {
  input x: f32[2, 5, 3]
  cell = Cell(4)
  scan t: 5 {
    h[:, t] = cell(x[:, t], (h[:, t - 1] else 0))
  }
  loss = sum(h)
}
`,
      { kind: 'gradient', wrt: ['x'] },
    ),
  );
  const titles = new Set([...loopBoxes(graph).values()].map(({ title }) => title));
  expect([...titles]).toEqual(['loop over t = 0 .. 4', 'loop over t = 4 .. 0']);
  const dot = graphDot(graph);
  for (const title of titles) expect(dot.split(`label="${title}"`)).toHaveLength(2);
  // What the cell makes of the inputs needs no loop: its other part stands in there, with its parameters.
  const [, inside] = dot.split('label="loop over t = 0 .. 4"');
  expect(inside).toContain('label="cell: Cell"');
  expect(inside!.split('subgraph')[2]).toContain('cell.Dense_2.W');
});
