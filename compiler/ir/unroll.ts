/**
 * A graph in; the same without recurrences, out: an equation for each member at each position, `%s.t0`, `%s.t1`, …,
 * and one that puts the positions together under the member's name. It is as long as there are positions: a trace
 * shows it, and recurrences are compared with it.
 */
import * as affine from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import { asAffine, constant, equals, index, load, select } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { rewrite, substituteIndices } from '../scalar/walk.ts';
import { type GraphBuilder, graphBuilder } from './build.ts';
import { spansOf } from './components.ts';
import { boundIndices, mapExpressions, mapLoads } from './equation.ts';
import type { Equation, Graph, Node, ValueId } from './graph.ts';
import { asComputed, isComputed, loadsOfNode, mapOperands, operandsOf } from './nodes.ts';
import { type Recurrence, recurrencesOf } from './recurrences.ts';

export function unrolled(graph: Graph): Graph {
  const recurrences = recurrencesOf(graph.nodes);
  if (recurrences.length === 0) return graph;
  const builder = graphBuilder(graph.name);
  const moved = new Map<ValueId, ValueId>();
  const starts = new Map(recurrences.map((found) => [found.members[0]!, found]));
  const axes = new Map(recurrences.flatMap((found) => [...found.axes]));
  const whole = readWhole(graph, axes);
  /** Of each member, where its value at each position stands. */
  const made = new Map<ValueId, ReadonlyMap<number, ValueId>>();
  const readOutside = (e: Load): Expr => {
    const axis = axes.get(e.value);
    const position = axis === undefined ? undefined : constantPosition(e, axis);
    if (axis === undefined || position === undefined) return { ...e, value: moved.get(e.value)! };
    return readAt(e, axis, position, made.get(e.value)!);
  };
  for (const [id, node] of graph.nodes.entries()) {
    const recurrence = starts.get(id);
    if (recurrence !== undefined) {
      for (const [member, positions] of positionsOf(recurrence, graph, builder, readOutside)) {
        made.set(member, positions);
        if (whole.has(member))
          moved.set(member, builder.add(together(graph.nodes[member]!, axes.get(member)!, positions)));
      }
    }
    if (axes.has(id)) continue;
    const place = (value: ValueId): ValueId => moved.get(value)!;
    moved.set(id, builder.add(isComputed(node) ? mapLoads(node, readOutside) : mapOperands(node, place)));
  }
  return builder.finish(
    graph.results.map((result) => ({ ...result, value: moved.get(result.value)! })),
    graph.updates.map(({ target, value }) => ({ target: moved.get(target)!, value: moved.get(value)! })),
  );
}

/** The position along an axis where a load reads wherever it stands. */
function constantPosition({ indices }: Load, axis: number): number | undefined {
  const exact = asAffine(indices[axis]!);
  return exact?.terms.length === 0 ? exact.constant : undefined;
}

/** A value at a constant position; 0 where that is none: no point evaluates it. */
function readAt(
  { dtype, indices }: Load,
  axis: number,
  position: number,
  positions: ReadonlyMap<number, ValueId>,
): Expr {
  const id = positions.get(position);
  if (id === undefined) return constant(0, dtype);
  return load(
    id,
    dtype,
    indices.filter((_, k) => k !== axis),
  );
}

/** The members that are read outside of their recurrence, and not at a constant position. */
function readWhole(
  { nodes, results, updates }: Graph,
  axes: ReadonlyMap<ValueId, number>,
): ReadonlySet<ValueId> {
  const whole = new Set([...results, ...updates].map(({ value }) => value));
  const members = membersTogether(nodes);
  for (const [id, node] of nodes.entries()) {
    if (!isComputed(node)) for (const value of operandsOf(node)) whole.add(value);
    for (const read of loadsOfNode(node)) {
      const axis = axes.get(read.value);
      if (axis === undefined || members(id, read.value)) continue;
      if (constantPosition(read, axis) === undefined) whole.add(read.value);
    }
  }
  return whole;
}

/** Whether two nodes are members of one recurrence. */
function membersTogether(nodes: readonly Node[]): (a: ValueId, b: ValueId) => boolean {
  const spans = spansOf(nodes);
  return (a, b) => spans.some(({ first, last }) => [a, b].every((id) => first <= id && id <= last));
}

/** The equations of a recurrence, position by position: of each member, where its value at each one stands. */
function positionsOf(
  { members, axes, extent, direction }: Recurrence,
  graph: Graph,
  builder: GraphBuilder,
  readOutside: (e: Load) => Expr,
): ReadonlyMap<ValueId, ReadonlyMap<number, ValueId>> {
  const made = new Map(members.map((id) => [id, new Map<number, ValueId>()]));
  const read = (e: Load): Expr => {
    const positions = made.get(e.value);
    if (positions === undefined) return readOutside(e);
    const axis = axes.get(e.value)!;
    const position = constantPosition(e, axis);
    return position === undefined
      ? chosen(e, axis, positions, constant(0, e.dtype))
      : readAt(e, axis, position, positions);
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
          part.kind === 'load' ? read(part) : part,
        ),
      );
      const indices = node.indices.filter((_, other) => other !== axis);
      const name = `${node.name}.${node.indices[axis]!.name}${position}`;
      made.get(id)!.set(position, builder.add({ ...unrolledBody, name, indices }));
    }
  }
  return made;
}

/** The value at the position that a load gives, if it is one of these. */
const chosen = (e: Load, axis: number, positions: ReadonlyMap<number, ValueId>, none: Expr): Expr =>
  [...positions.keys()].reduceRight((otherwise, position) => {
    const isThis = equals(e.indices[axis]!, constant(position, 'i32'));
    return select(isThis, readAt(e, axis, position, positions), otherwise);
  }, none);

/** All positions of a member as one value. */
function together(
  { name, dtype, indices, origin }: Node,
  axis: number,
  positions: ReadonlyMap<number, ValueId>,
): Equation {
  const whole = load(
    0,
    dtype,
    indices.map((own) => index(affine.variable(own.name))),
  );
  const inOrder = [...positions].sort(([a], [b]) => a - b);
  const [last] = inOrder.pop()!;
  const body = chosen(whole, axis, new Map(inOrder), readAt(whole, axis, last, positions));
  return { kind: 'equation', name, dtype, indices, body, origin };
}
