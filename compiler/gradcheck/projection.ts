/** A graph with gradients as results in; a random projection of them as the only result out: order 2 checks that. */
import { graphBuilder } from '../ir/build.ts';
import type { Graph, Leaf } from '../ir/graph.ts';
import type { Tensor64 } from '../reference/tensor.ts';
import { add, constant, load, multiply } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { at } from '../trace/pullback.ts';
import { drawNormal } from './draw.ts';

export interface Projected {
  readonly graph: Graph;
  /** The values of the new leaves, the weights. */
  readonly feeds: ReadonlyMap<string, Tensor64>;
}

/** `sum_k ⟨w_k, gradient_k⟩`, the gradients being the results of that role. */
export function projected(graph: Graph, seed: number): Projected {
  const builder = graphBuilder(graph.name, graph.nodes);
  const feeds = new Map<string, Tensor64>();
  const origin = { path: [{ kind: 'model', name: 'projection of the gradient' }] } as const;
  const gradients = graph.results.filter(({ role }) => role === 'gradient');
  const parts = gradients.map(({ value }, k): Expr => {
    const { indices, name } = graph.nodes[value]!;
    const leaf: Leaf = { kind: 'input', name: `weight.${name}`, dtype: 'f32', indices, origin };
    const weight = builder.add(leaf);
    // Weights that an f32 holds, so that a device sees the same ones.
    const { shape, data } = drawNormal(indices, seed, 1000 + k);
    feeds.set(builder.node(weight).name, { shape, data: data.map(Math.fround) });
    const body = multiply(load(weight, 'f32', at(indices)), load(value, 'f32', at(indices)));
    if (indices.length === 0) return body;
    const reduce = { by: 'sum', indices, guards: [] } as const;
    const equation = { kind: 'equation', name: `part.${name}`, dtype: 'f32', origin, reduce, body } as const;
    return load(builder.add({ ...equation, indices: [] }), 'f32', []);
  });
  const body = parts.reduce(add, constant(0));
  const equation = { kind: 'equation', name: 'projection', dtype: 'f32', indices: [], origin, body } as const;
  const value = builder.add(equation);
  return { graph: builder.finish([{ name: 'projection', role: 'loss', value }], []), feeds };
}
