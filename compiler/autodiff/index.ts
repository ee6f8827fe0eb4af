/**
 * Graph in; the same graph with every `gradient` node expanded into equations, out.
 *
 * Gradients of one value are expanded together, where the first of them stands, by one reverse sweep. Nodes are
 * visited in order, so a gradient of something made from gradients finds only equations: second order is the
 * same sweep again.
 */
import { graphBuilder } from '../ir/build.ts';
import type { Gradient, Graph, Node, ValueId } from '../ir/graph.ts';
import type { Expr } from '../scalar/expr.ts';
import { rewrite } from '../scalar/walk.ts';
import { sweep, zeroGradient } from './adjoint.ts';

/** Replaces all gradient nodes by equations. */
export function differentiate(graph: Graph): Graph {
  if (!graph.nodes.some(({ kind }) => kind === 'gradient')) return graph;
  const builder = graphBuilder(graph.name);
  const reserved = new Set(graph.nodes.map(({ name }) => name));
  /** The place of each old node in the new graph. */
  const moved = new Map<ValueId, ValueId>();
  /** By the value that is differentiated: the gradients that are there. */
  const swept = new Map<ValueId, ReadonlyMap<ValueId, ValueId>>();

  const sweepFor = (of: ValueId): ReadonlyMap<ValueId, ValueId> => {
    const targets = new Map<ValueId, string>();
    for (const node of graph.nodes) {
      if (node.kind !== 'gradient' || node.of !== of) continue;
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

  graph.nodes.forEach((node, id) => {
    moved.set(id, node.kind === 'gradient' ? expand(node) : builder.add(relocated(node, moved)));
  });
  return builder.finish(
    graph.results.map((result) => ({ ...result, value: moved.get(result.value)! })),
    graph.updates.map(({ target, value }) => ({ target: moved.get(target)!, value: moved.get(value)! })),
  );
}

/** A node whose loads name the new places of their values. */
function relocated(node: Exclude<Node, Gradient>, moved: ReadonlyMap<ValueId, ValueId>): Node {
  if (node.kind !== 'equation') return node;
  const relocate = (expr: Expr): Expr =>
    rewrite(expr, (e) => (e.kind === 'load' ? { ...e, value: moved.get(e.value)! } : e));
  const { reduce } = node;
  return {
    ...node,
    body: relocate(node.body),
    ...(reduce && { reduce: { ...reduce, guards: reduce.guards.map(relocate) } }),
  };
}
