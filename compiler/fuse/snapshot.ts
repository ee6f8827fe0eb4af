/**
 * Graph -> graph: a result or an update that is the old value of an overwritten leaf gets a copy of its own.
 *
 * With `update %w <- %new` and `update %previous <- %w`, the old %w must outlive its memory.
 */
import { variable } from '../index/build.ts';
import { graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { index, load } from '../scalar/build.ts';

export function snapshot(graph: Graph): Graph {
  const overwritten = new Set(graph.updates.filter((u) => u.value !== u.target).map((u) => u.target));
  const taken = [...graph.results, ...graph.updates.filter((u) => u.value !== u.target)].map((x) => x.value);
  const needed = new Set(taken.filter((value) => overwritten.has(value)));
  if (needed.size === 0) return graph;
  const out = graphBuilder(graph.name, graph.nodes);
  const copies = new Map([...needed].map((value) => [value, out.add(copyOf(graph, value))]));
  const at = (value: ValueId): ValueId => copies.get(value) ?? value;
  return out.finish(
    graph.results.map((r) => ({ ...r, value: at(r.value) })),
    graph.updates.map((u) => (u.value === u.target ? u : { ...u, value: at(u.value) })),
  );
}

function copyOf(graph: Graph, value: ValueId): Equation {
  const { name, dtype, indices, origin } = graph.nodes[value]!;
  return {
    kind: 'equation',
    name: `${name}.old`,
    dtype,
    indices,
    body: load(
      value,
      dtype,
      indices.map((i) => index(variable(i.name))),
    ),
    origin,
  };
}
