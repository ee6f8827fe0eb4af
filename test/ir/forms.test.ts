/** Equations of one form: what is found out of one of them holds for the others, over the values that those read. */
import { describe, expect, it, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { shareForms } from '../../compiler/ir/forms.ts';
import type { Equation, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { formOf, isEquation, mapOperands } from '../../compiler/ir/nodes.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { expectSameResults } from '../support/agreement.ts';
import { withGradients } from '../support/gradient.ts';
import { type RandomGraph, randomGraph } from '../support/random-graph.ts';

const equationsOf = ({ nodes }: Graph): readonly Equation[] => nodes.filter(isEquation);

/** Whether two equations over these leaves have one form. */
function areAlike(one: string, other: string): boolean {
  const graph = parseGraph(`graph test {
    input %x[i: 3, j: 4]: f32
    input %y[i: 3, j: 4]: f32
    input %z[i: 4, j: 3]: f32
    input %n[i: 3, j: 4]: i32
    %a${one}
    %b${other}
    result value %a
    result value %b
  }`);
  shareForms(graph.nodes);
  const [a, b] = equationsOf(graph);
  return formOf(a!) === formOf(b!);
}

describe('equations are alike', () => {
  const product = '[i: 3]: f32 = sum[j: 4] %x[i, j] * %y[i, j]';
  it.each([
    ['whatever they read', product, '[i: 3]: f32 = sum[j: 4] %y[i, j] * %x[i, j]'],
    [
      'where conditions are',
      '[i: 3]: f32 = if i < 2 then %x[i, 1] else 0.0',
      '[i: 3]: f32 = if i < 2 then %y[i, 1] else 0.0',
    ],
  ])('%s', (_, one, other) => expect(areAlike(one, other)).toBe(true));

  it.each([
    ['one value for two', product, '[i: 3]: f32 = sum[j: 4] %x[i, j] * %x[i, j]'],
    ['two values for one', '[i: 3]: f32 = sum[j: 4] %x[i, j] * %x[i, j]', product],
    ['another index', product, '[i: 3]: f32 = sum[j: 4] %x[i, j] * %y[i, (j + 1) mod 4]'],
    ['another name of an index', product, '[k: 3]: f32 = sum[j: 4] %x[k, j] * %y[k, j]'],
    ['another extent', product, '[i: 3]: f32 = sum[j: 3] %x[i, j] * %y[i, j]'],
    ['another shape of what is read', '[i: 3]: f32 = %x[i, 0]', '[i: 3]: f32 = %z[i, 0]'],
    [
      'another type of what is read',
      '[i: 3]: bool = %x[i, 0] < %x[i, 1]',
      '[i: 3]: bool = %n[i, 0] < %n[i, 1]',
    ],
    ['another reduction', product, '[i: 3]: f32 = max[j: 4] %x[i, j] * %y[i, j]'],
    [
      'another condition',
      '[i: 3]: f32 = sum[j: 4 where j < 2] %x[i, j]',
      '[i: 3]: f32 = sum[j: 4 where j < 3] %x[i, j]',
    ],
    ['a condition more', '[i: 3]: f32 = sum[j: 4] %x[i, j]', '[i: 3]: f32 = sum[j: 4 where j < 3] %x[i, j]'],
    ['another constant', '[i: 3]: f32 = %x[i, 0] * 2.0', '[i: 3]: f32 = %x[i, 0] * 3.0'],
    ['another zero', '[i: 3]: f32 = %x[i, 0] + 0.0', '[i: 3]: f32 = %x[i, 0] + -0.0'],
    ['another function', '[i: 3]: f32 = exp(%x[i, 0])', '[i: 3]: f32 = log(%x[i, 0])'],
  ])('but not: %s', (_, one, other) => expect(areAlike(one, other)).toBe(false));
});

/** A graph beside itself, over other values of its leaves. */
function twice({ graph, feeds }: RandomGraph): RandomGraph {
  const { nodes } = graph;
  const too = (name: string): string => `${name}_too`;
  const later = (id: ValueId): ValueId => id + nodes.length;
  const others = nodes.map((node) => ({ ...mapOperands(node, later), name: too(node.name) }));
  const results = graph.results.map((result) => ({
    ...result,
    name: too(result.name),
    value: later(result.value),
  }));
  return {
    graph: { ...graph, nodes: [...nodes, ...others], results: [...graph.results, ...results], updates: [] },
    feeds: new Map(
      [...feeds].flatMap(([name, tensor]) => [
        [name, tensor] as const,
        [too(name), { ...tensor, data: tensor.data.toReversed() }] as const,
      ]),
    ),
  };
}

test('random graphs beside themselves: gradients and passes give what they give where nothing is alike', () => {
  let shared = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const both = twice(randomGraph(seed, { smooth: true, equations: 4 }));
    const { graph, feeds } = withGradients(both.graph, both.feeds, seed);
    const text = printGraph(graph);
    const alone = differentiate(parseGraph(text));
    const alike = parseGraph(text);
    shareForms(alike.nodes);
    shared += equationsOf(alike).filter((equation) => formOf(equation) !== equation).length;
    const gradients = differentiate(alike);
    expectSameResults(alone, gradients, feeds);
    expectSameResults(alone, runPasses(gradients), feeds, 1e-6);
  }
  expect(shared).toBeGreaterThan(400);
});
