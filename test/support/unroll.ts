/**
 * A graph in; the same without recurrences, out: an equation for each member at each position, and one that puts the
 * positions together under the member's name. Long, and known to be right: what recurrences are compared with.
 */
import * as affine from '../../compiler/index/build.ts';
import { rangesOf } from '../../compiler/index/query.ts';
import { type GraphBuilder, graphBuilder } from '../../compiler/ir/build.ts';
import { boundIndices, mapExpressions } from '../../compiler/ir/equation.ts';
import type { Equation, Graph, ValueId } from '../../compiler/ir/graph.ts';
import { asComputed, mapOperands } from '../../compiler/ir/nodes.ts';
import { type Recurrence, recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { asAffine, constant, equals, index, load, select } from '../../compiler/scalar/build.ts';
import type { Expr, Load } from '../../compiler/scalar/expr.ts';
import { simplify } from '../../compiler/scalar/simplify/index.ts';
import { rewrite, substituteIndices } from '../../compiler/scalar/walk.ts';

export function unrolled(graph: Graph): Graph {
  const builder = graphBuilder(graph.name);
  const moved = new Map<ValueId, ValueId>();
  const starts = new Map(recurrencesOf(graph.nodes).map((found) => [found.members[0]!, found]));
  for (const [id, node] of graph.nodes.entries()) {
    const recurrence = starts.get(id);
    if (recurrence !== undefined) unroll(recurrence, graph, builder, moved);
    if (!moved.has(id)) moved.set(id, builder.add(mapOperands(node, (value) => moved.get(value)!)));
  }
  return builder.finish(
    graph.results.map((result) => ({ ...result, value: moved.get(result.value)! })),
    graph.updates.map(({ target, value }) => ({ target: moved.get(target)!, value: moved.get(value)! })),
  );
}

function unroll(
  recurrence: Recurrence,
  graph: Graph,
  builder: GraphBuilder,
  moved: Map<ValueId, ValueId>,
): void {
  const { members, axes, extent, direction } = recurrence;
  /** Of each member, where its value at each position stands. */
  const made = new Map(members.map((id) => [id, new Map<number, ValueId>()]));
  const chosen = (
    at: Expr,
    positions: ReadonlyMap<number, ValueId>,
    read: (id: ValueId) => Expr,
    none: Expr,
  ): Expr => {
    const exact = asAffine(at);
    if (exact?.terms.length === 0) {
      const id = positions.get(exact.constant);
      return id === undefined ? none : read(id);
    }
    return [...positions].reduce(
      (otherwise, [position, id]) => select(equals(at, constant(position, 'i32')), read(id), otherwise),
      none,
    );
  };
  const readAt = (e: Load): Expr => {
    const positions = made.get(e.value);
    if (positions === undefined) return { ...e, value: moved.get(e.value)! };
    const axis = axes.get(e.value)!;
    const others = e.indices.filter((_, k) => k !== axis);
    return chosen(e.indices[axis]!, positions, (id) => load(id, e.dtype, others), constant(0, e.dtype));
  };
  for (let k = 0; k < extent; k++) {
    const position = direction === 'forward' ? k : extent - 1 - k;
    for (const id of members) {
      const node = asComputed(graph.nodes[id]);
      const axis = axes.get(id)!;
      const ranges = rangesOf(boundIndices(node));
      const here = new Map([[node.indices[axis]!.name, affine.constant(position)]]);
      const unrolledBody = mapExpressions(node, (e) =>
        rewrite(simplify(substituteIndices(e, here, ranges), ranges), (part) =>
          part.kind === 'load' ? readAt(part) : part,
        ),
      );
      const indices = node.indices.filter((_, other) => other !== axis);
      made
        .get(id)!
        .set(position, builder.add({ ...unrolledBody, name: `${node.name}_at_${position}`, indices }));
    }
  }
  for (const id of members) {
    const { name, dtype, indices, origin } = graph.nodes[id]!;
    const axis = axes.get(id)!;
    const at = indices.map((own) => index(affine.variable(own.name)));
    const others = at.filter((_, k) => k !== axis);
    const positions = made.get(id)!;
    const body = chosen(at[axis]!, positions, (value) => load(value, dtype, others), constant(0, dtype));
    const whole: Equation = { kind: 'equation', name, dtype, indices, body, origin };
    moved.set(id, builder.add(whole));
  }
}
