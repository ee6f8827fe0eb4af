/**
 * Graph -> graph: no tensor and no reduction has an axis of extent 1.
 *
 * Such an axis has one point, so no position in memory depends on it, and no index needs to stand for it. Without it
 * a batch of one example fuses as a batch of two does: equations over the same points are written alike. Outside of
 * kernels tensors keep their shapes (`shapesOf`).
 */
import { constant } from '../index/build.ts';
import { boundIndices, mapExpressions } from '../ir/equation.ts';
import type { Equation, Graph, Index, Node, ValueId } from '../ir/graph.ts';
import { isComputed, loadsOfNode } from '../ir/nodes.ts';
import { withoutOnes } from '../passes/trivial-reductions.ts';
import type { Tensor64 } from '../reference/tensor.ts';
import type { Expr } from '../scalar/expr.ts';
import { rewrite, substituteIndices } from '../scalar/walk.ts';

const isLong = ({ extent }: Index): boolean => extent !== 1;

/** Values keep their numbers. */
export function squeeze(graph: Graph): Graph {
  const hasOnes = (node: Node): boolean =>
    !(isComputed(node) ? boundIndices(node) : node.indices).every(isLong);
  if (!graph.nodes.some(hasOnes)) return graph;
  const kept = graph.nodes.map(({ indices }) => indices.map(isLong));
  const isShort = (value: ValueId): boolean => !kept[value]!.every((long) => long);
  const squeezed = (node: Equation): Equation => {
    if (!hasOnes(node) && !loadsOfNode(node).some(({ value }) => isShort(value))) return node;
    const equation = withoutOnes(node);
    const zeros = new Map(
      equation.indices.filter((i) => !isLong(i)).map(({ name }) => [name, constant(0)] as const),
    );
    const shorter = (expr: Expr): Expr =>
      rewrite(substituteIndices(expr, zeros, new Map()), (e) => {
        if (e.kind !== 'load' || !isShort(e.value)) return e;
        return { ...e, indices: e.indices.filter((_, axis) => kept[e.value]![axis]) };
      });
    return { ...mapExpressions(equation, shorter), indices: equation.indices.filter(isLong) };
  };
  const nodes = graph.nodes.map((node): Node => {
    if (isComputed(node)) return squeezed(node);
    return hasOnes(node) ? { ...node, indices: node.indices.filter(isLong) } : node;
  });
  return { ...graph, nodes };
}

/** The shapes of the values of kernels as the graph that was fused has them; of what fusion made, its own. */
export function shapesOf(fused: {
  readonly given: Graph;
  readonly graph: Graph;
}): (id: ValueId) => readonly number[] {
  const given = new Map(fused.given.nodes.map((node) => [node.name, node]));
  return (id) => {
    const node = fused.graph.nodes[id]!;
    return (given.get(node.name) ?? node).indices.map(({ extent }) => extent);
  };
}

/** Values for the leaves of a graph, for the same graph without axes of extent 1. */
export function squeezedFeeds(feeds: ReadonlyMap<string, Tensor64>): ReadonlyMap<string, Tensor64> {
  return new Map(
    [...feeds].map(([name, { shape, data }]) => [
      name,
      { shape: shape.filter((extent) => extent !== 1), data },
    ]),
  );
}
