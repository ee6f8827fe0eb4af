/**
 * A graph whose recurrences have two positions in; the same graph, in which the second goes on from values that are given, out: the
 * step that a recurrence takes, as often as somebody likes.
 *
 *     %h[b: 1, t: 2, j: 4]: f32 = tanh(%x[b, t, j] + (if 1 <= t then %h[b, t - 1, j] else 0.0))
 *
 * becomes
 *
 *     input %position: i32
 *     state %h.before[b: 1, j: 4]: f32
 *     %h[b: 1, t: 2, j: 4]: f32 = tanh(%x[b, t, j] + (if 1 <= t then %h.before[b, j] else 0.0))
 *     %h.after[b: 1, j: 4]: f32 = %h[b, %position, j]
 *     update %h.before <- %h.after
 *
 * At position 0 it is what it was: a beginning. What a later equation reads of earlier positions itself is not given to it.
 */
import { subtract, variable } from '../index/build.ts';
import { isConstant } from '../index/query.ts';
import { asAffine, index, load } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { graphBuilder } from './build.ts';
import { mapLoads } from './equation.ts';
import type { Graph, Update, ValueId } from './graph.ts';
import { isComputed, mapOperands } from './nodes.ts';
import { recurrencesOf } from './recurrences.ts';

export interface OneStep {
  readonly graph: Graph;
  /** The input that says which position is kept for the next run: 0 where a sequence begins, and 1. */
  readonly position: string;
  /** What is kept. */
  readonly states: readonly ValueId[];
}

/** Undefined where there is no recurrence, or one that is longer, goes backwards, or reads more than one position back. */
export function oneStep(graph: Graph): OneStep | undefined {
  const { nodes } = graph;
  const recurrences = recurrencesOf(nodes);
  const isStep = recurrences.every(
    ({ extent, direction, reads }) =>
      extent === 2 &&
      direction === 'forward' &&
      reads.every(({ isConstant, farthest }) => isConstant && farthest <= 1),
  );
  if (recurrences.length === 0 || !isStep) return undefined;
  const axes = new Map(recurrences.flatMap((found) => [...found.axes]));
  const read = recurrences.flatMap(({ reads }) =>
    reads.flatMap(({ farthest, load: { value } }) => (farthest === 1 ? [value] : [])),
  );
  const builder = graphBuilder(graph.name);
  const position = builder.add({
    kind: 'input',
    name: 'position',
    dtype: 'i32',
    indices: [],
    origin: { path: [] },
  });
  const before = new Map(
    [...new Set(read)].map((member) => {
      const { name, dtype, indices, origin } = nodes[member]!;
      const others = withoutAxis(indices, axes.get(member)!);
      return [
        member,
        builder.add({ kind: 'state', name: `${name}.before`, dtype, indices: others, origin }),
      ] as const;
    }),
  );
  const moved = new Map<ValueId, ValueId>();
  for (const [id, node] of nodes.entries()) {
    const place = (value: ValueId): ValueId => moved.get(value)!;
    const own = axes.get(id);
    const readInside = (e: Load): Expr => {
      const given = before.get(e.value);
      const axis = axes.get(e.value)!;
      if (given === undefined || !isOneBack(e.indices[axis]!, node.indices[own!]!.name))
        return { ...e, value: place(e.value) };
      return load(given, e.dtype, withoutAxis(e.indices, axis));
    };
    const isMember = own !== undefined && isComputed(node);
    moved.set(id, builder.add(isMember ? mapLoads(node, readInside) : mapOperands(node, place)));
  }
  const updates = [...before].map(([member, target]): Update => {
    const { name, dtype, indices, origin } = nodes[member]!;
    const axis = axes.get(member)!;
    const at = indices.map((own, k) => (k === axis ? load(position, 'i32', []) : index(variable(own.name))));
    const body = load(moved.get(member)!, dtype, at);
    const after = { kind: 'equation', name: `${name}.after`, dtype, body, origin } as const;
    return { target, value: builder.add({ ...after, indices: withoutAxis(indices, axis) }) };
  });
  return {
    graph: builder.finish(
      graph.results.map((result) => ({ ...result, value: moved.get(result.value)! })),
      updates,
    ),
    position: builder.node(position).name,
    states: [...before.values()],
  };
}

const withoutAxis = <T>(list: readonly T[], axis: number): readonly T[] => list.filter((_, k) => k !== axis);

/** Whether a position is `t - 1`. */
function isOneBack(at: Expr, t: string): boolean {
  const position = asAffine(at);
  if (position === undefined) return false;
  const back = subtract(variable(t), position);
  return isConstant(back) && back.constant === 1;
}
