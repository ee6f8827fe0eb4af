/**
 * Checks gradients in one random direction, in f64: ⟨d loss, v⟩ by the adjoint against central differences, and
 * then once more for the gradient itself.
 *
 * The loss is `sum_k u_k * y_k` over all f32 results with random weights u, so any graph with f32 results and
 * f32 leaves can be checked. The second order checks `sum_k w_k * (d loss)_k` with random w in the same way: it
 * is the Hessian in a random direction, and finds wrong terms that the first order cannot see.
 */

import { expect } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { variable } from '../../compiler/index/build.ts';
import { graphBuilder } from '../../compiler/ir/build.ts';
import type { Equation, Graph, Index, Leaf, Node, ValueId } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { add, constant, index, load, multiply } from '../../compiler/scalar/build.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { elementCount } from '../../runtime/extents.ts';
import { type RandomSource, randomSource } from './random.ts';

export interface GradientOptions {
  /** Values of leaves; the others are drawn from the standard normal distribution (integers are 0). */
  readonly feeds?: ReadonlyMap<string, Tensor64>;
  /** Names of the leaves to differentiate by; all f32 inputs and parameters unless told. */
  readonly wrt?: readonly string[];
  /** 1 or 2; 2 unless told. */
  readonly order?: 1 | 2;
  readonly seed?: number;
  /** Relative to the magnitude of the derivative's terms; 1e-6 unless told. */
  readonly tolerance?: number;
  /** The half-width of a difference; 1e-4 unless told. */
  readonly step?: number;
}

type Feeds = ReadonlyMap<string, Tensor64>;

/** Fails unless the adjoint of the graph agrees with central differences, to the given order. */
export function expectGradient(graph: Graph, options: GradientOptions = {}): void {
  const random = randomSource(options.seed ?? 1);
  const first = withLoss(graph, floatResults(graph), random, 'loss');
  const leaves = wrtLeaves(graph, options.wrt);
  const feeds = completed(first.graph, new Map([...(options.feeds ?? []), ...first.feeds]), random);
  const once = expectAgreement(first.graph, 'loss', leaves, feeds, random, options);
  if (options.order === 1) return;
  const gradients = once.results.filter(({ role }) => role === 'gradient').map(({ value }) => value);
  const second = withLoss(once, gradients, random, 'second');
  expectAgreement(second.graph, 'second', leaves, new Map([...feeds, ...second.feeds]), random, options);
}

/** Values for all leaves of a graph that have none yet. */
export function completed(graph: Graph, feeds: Feeds, random: RandomSource): Feeds {
  const all = new Map(feeds);
  for (const node of graph.nodes) {
    if (node.kind === 'equation' || node.kind === 'gradient' || all.has(node.name)) continue;
    all.set(
      node.name,
      drawn(node.indices, () => (node.dtype === 'f32' ? random.normal() : 0)),
    );
  }
  return all;
}

const shapeOf = (indices: readonly Index[]): readonly number[] => indices.map(({ extent }) => extent);
const drawn = (indices: readonly Index[], draw: () => number): Tensor64 => {
  const shape = shapeOf(indices);
  const size = elementCount(shape);
  return { shape, data: Float64Array.from({ length: size }, draw) };
};

const floatResults = (graph: Graph): readonly ValueId[] =>
  graph.results.map(({ value }) => value).filter((value) => graph.nodes[value]!.dtype === 'f32');

function wrtLeaves(graph: Graph, names: readonly string[] | undefined): readonly ValueId[] {
  return graph.nodes.flatMap((node, id) => {
    const isLeaf = node.kind === 'input' || node.kind === 'param';
    const wanted = names === undefined ? isLeaf && node.dtype === 'f32' : names.includes(node.name);
    return wanted ? [id] : [];
  });
}

/** The graph with `name` = the sum of the values, each element with a random weight. */
function withLoss(
  graph: Graph,
  values: readonly ValueId[],
  random: RandomSource,
  name: string,
): { readonly graph: Graph; readonly feeds: Feeds } {
  if (values.length === 0) throw new RangeError('nothing to differentiate: the graph has no f32 result');
  const builder = graphBuilder(graph.name, graph.nodes);
  const feeds = new Map<string, Tensor64>();
  const origin = { path: [{ kind: 'model', name }] } as const;
  const parts = values.map((value, k): Expr => {
    const { indices } = graph.nodes[value]!;
    const weights: Leaf = { kind: 'input', name: `${name}_weights_${k}`, dtype: 'f32', indices, origin };
    feeds.set(
      weights.name,
      drawn(indices, () => random.normal()),
    );
    const at = indices.map((i) => index(variable(i.name)));
    const body = multiply(load(builder.add(weights), 'f32', at), load(value, 'f32', at));
    if (indices.length === 0) return body;
    const reduce = { by: 'sum', indices, guards: [] } as const;
    const total: Equation = {
      kind: 'equation',
      name: `${name}_part_${k}`,
      dtype: 'f32',
      indices: [],
      reduce,
      body,
      origin,
    };
    return load(builder.add(total), 'f32', []);
  });
  const loss: Node = {
    kind: 'equation',
    name,
    dtype: 'f32',
    indices: [],
    body: parts.reduce(add, constant(0)),
    origin,
  };
  const result = { name, role: 'loss', value: builder.add(loss) } as const;
  return { graph: builder.finish([result], []), feeds };
}

/** The graph with a gradient node for the loss and each of the leaves as its results. */
function asking(graph: Graph, loss: string, leaves: readonly ValueId[]): Graph {
  const builder = graphBuilder(graph.name, graph.nodes);
  const of = graph.results.find(({ name }) => name === loss)!.value;
  const gradients = leaves.map((wrt) => {
    const { name, indices } = graph.nodes[wrt]!;
    const node: Node = {
      kind: 'gradient',
      name: `d.${name}`,
      dtype: 'f32',
      indices,
      of,
      wrt,
      origin: { path: [] },
    };
    return { name: `d.${name}`, role: 'gradient', value: builder.add(node) } as const;
  });
  return builder.finish([...graph.results, ...gradients], []);
}

/** A graph with a random weighted sum of its f32 results as loss of that name, and its gradient for every f32 leaf. */
export function withGradients(
  graph: Graph,
  feeds: Feeds,
  seed: number,
  name = 'loss',
): { readonly graph: Graph; readonly feeds: Feeds } {
  const random = randomSource(seed);
  const loss = withLoss(graph, floatResults(graph), random, name);
  return {
    graph: asking(loss.graph, name, wrtLeaves(loss.graph, undefined)),
    feeds: new Map([...feeds, ...loss.feeds]),
  };
}

/** Compares both derivatives along a random direction; gives the graph with the gradients as its results. */
function expectAgreement(
  graph: Graph,
  loss: string,
  leaves: readonly ValueId[],
  feeds: Feeds,
  random: RandomSource,
  options: GradientOptions,
): Graph {
  const expanded = differentiate(asking(graph, loss, leaves));
  expect(verify(expanded), printGraph(expanded)).toEqual([]);
  const { results } = evaluateGraph(expanded, feeds);
  const step = options.step ?? 1e-4;
  const direction = new Map(
    leaves.map(
      (id) => [graph.nodes[id]!.name, drawn(graph.nodes[id]!.indices, () => random.normal())] as const,
    ),
  );
  let found = 0;
  let magnitude = 1;
  for (const [name, v] of direction) {
    const gradient = results.get(`d.${name}`)!;
    for (let k = 0; k < v.data.length; k++) {
      found += gradient.data[k]! * v.data[k]!;
      magnitude += Math.abs(gradient.data[k]! * v.data[k]!);
    }
  }
  const lossAt = (t: number): number =>
    evaluateGraph(graph, moved(feeds, direction, t)).results.get(loss)!.data[0]!;
  // The central difference of fourth order: its error is O(step^4).
  const difference = (h: number): number => {
    const near = (lossAt(h) - lossAt(-h)) / (2 * h);
    const far = (lossAt(2 * h) - lossAt(-2 * h)) / (4 * h);
    return (4 * near - far) / 3;
  };
  const errorAt = (h: number): number => Math.abs(found - difference(h)) / magnitude;
  const tolerance = options.tolerance ?? 1e-6;
  // Steep functions need a smaller step, at the price of rounding errors.
  const first = errorAt(step);
  const error = first < tolerance ? first : Math.min(first, errorAt(step / 16));
  const message = `${loss}: the adjoint gives ${found}, differences give ${difference(step)}\n${printGraph(expanded)}`;
  expect(error, message).toBeLessThan(tolerance);
  return expanded;
}

const moved = (feeds: Feeds, direction: Feeds, t: number): Feeds =>
  new Map(
    [...feeds].map(([name, { shape, data }]) => {
      const v = direction.get(name);
      return [
        name,
        v === undefined ? { shape, data } : { shape, data: data.map((x, k) => x + t * v.data[k]!) },
      ];
    }),
  );
