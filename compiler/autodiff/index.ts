/**
 * Graph in; the same graph with every `gradient` node expanded into equations, out.
 *
 * Gradients of one value are expanded together, where the first of them stands, by one reverse sweep. Nodes are
 * visited in order, so a gradient of something made from gradients finds only equations: second order is the
 * same sweep again.
 */
import { graphBuilder } from '../ir/build.ts';
import { blocksOfGraph } from '../ir/components.ts';
import type { Gradient, Graph, ValueId } from '../ir/graph.ts';
import { isGradient, mapOperands } from '../ir/nodes.ts';
import { sweep, zeroGradient } from './adjoint.ts';

/** Replaces all gradient nodes by equations. */
export function differentiate(graph: Graph): Graph {
  if (!graph.nodes.some(isGradient)) return graph;
  const builder = graphBuilder(graph.name);
  const reserved = new Set(graph.nodes.map(({ name }) => name));
  /** The place of each old node in the new graph. */
  const moved = new Map<ValueId, ValueId>();
  /** By the value that is differentiated: the gradients that are there. */
  const swept = new Map<ValueId, ReadonlyMap<ValueId, ValueId>>();

  const sweepFor = (of: ValueId): ReadonlyMap<ValueId, ValueId> => {
    const targets = new Map<ValueId, string>();
    for (const node of graph.nodes) {
      if (!isGradient(node) || node.of !== of) continue;
      const wrt = moved.get(node.wrt);
      if (wrt !== undefined && !targets.has(wrt)) targets.set(wrt, node.name);
    }
    return sweep({ builder, of: moved.get(of)!, targets, reserved });
  };

  const expand = (node: Gradient): ValueId => {
    const gradients = swept.get(node.of) ?? sweepFor(node.of);
    swept.set(node.of, gradients);
    const wrt = moved.get(node.wrt)!;
    const name = node.name;
    return (
      gradients.get(wrt) ??
      builder.add(zeroGradient(builder.node(moved.get(node.of)!), builder.node(wrt), name))
    );
  };

  for (const { members } of blocksOfGraph(graph)) {
    const start = builder.nodes().length;
    // The members of a recurrence name each other before they are there.
    for (const [k, id] of members.entries()) moved.set(id, start + k);
    for (const id of members) {
      const node = graph.nodes[id]!;
      if (isGradient(node)) moved.set(id, expand(node));
      else builder.add(mapOperands(node, (value) => moved.get(value)!));
    }
  }
  return builder.finish(
    graph.results.map((result) => ({ ...result, value: moved.get(result.value)! })),
    graph.updates.map(({ target, value }) => ({ target: moved.get(target)!, value: moved.get(value)! })),
  );
}
