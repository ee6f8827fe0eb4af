/**
 * A graph and its leaves in; the same graph with every `stop_gradient` as a leaf that holds its present value out.
 *
 * A gradient takes what is stopped for a constant. A difference would see it move, so it is held where it is. It is
 * measured only where it takes part: `if 1 <= t then stop_gradient(%x[t - 1]) else 0.0` has no value at 0.
 */

import { variable } from '../index/build.ts';
import { graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import { asComputed, isComputed } from '../ir/nodes.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import { type Condition, nothing, where } from '../sanitize/guards.ts';
import { index, load } from '../scalar/build.ts';
import type { Call, Expr } from '../scalar/expr.ts';
import { childrenOf, forEach, mapChildren, variablesOf } from '../scalar/walk.ts';

export interface Frozen {
  readonly graph: Graph;
  readonly feeds: ReadonlyMap<string, Tensor64>;
  /** For each value of the graph, the one that it was before. */
  readonly before: ReadonlyMap<ValueId, ValueId>;
}

const stopIn = (e: Expr): Call | undefined => (e.kind === 'call' && e.fn === 'stop_gradient' ? e : undefined);

/** A stopped expression, and each list of conditions that it is evaluated under, outermost first. */
interface Stopped {
  readonly stop: Call;
  readonly contexts: (readonly Condition[])[];
}

/** Stopped expressions that take part in the evaluation of an equation, and lie in no other one. */
function stopsOf({ body, reduce }: Equation): readonly Stopped[] {
  const found = new Map<Call, Stopped>();
  const holding = new Set<Expr>();
  const partsOf = (e: Expr): readonly Expr[] => (e.kind === 'derivative' ? [e.value] : childrenOf(e));
  const seen = new Map<readonly Condition[], Set<Expr>>();
  const visit = (e: Expr, under: readonly Condition[]): void => {
    const here = seen.get(under) ?? new Set();
    seen.set(under, here);
    if (!holding.has(e) || here.has(e)) return;
    here.add(e);
    const stop = stopIn(e);
    if (stop !== undefined) {
      const known = found.get(stop) ?? { stop, contexts: [] };
      known.contexts.push(under);
      found.set(stop, known);
    } else if (e.kind === 'select') {
      visit(e.condition, under);
      visit(e.then, [...under, { of: e.condition, holds: true }]);
      visit(e.otherwise, [...under, { of: e.condition, holds: false }]);
    } else if (e.kind === 'call' && (e.fn === 'and' || e.fn === 'or')) {
      const [first, second] = e.operands;
      visit(first!, under);
      visit(second!, [...under, { of: first!, holds: e.fn === 'and' }]);
    } else for (const part of partsOf(e)) visit(part, under);
  };
  let under: readonly Condition[] = [];
  for (const part of [...(reduce?.guards ?? []), body]) {
    forEach(part, (e) => {
      if (stopIn(e) !== undefined || partsOf(e).some((inner) => holding.has(inner))) holding.add(e);
    });
    visit(part, under);
    under = [...under, { of: part, holds: true }];
  }
  return [...found.values()];
}

/** The value of what is stopped wherever it takes part. */
const measuredWhere = ({ stop, contexts }: Stopped): Expr =>
  contexts.reduce((otherwise, under) => where(under, stop.operands[0]!, otherwise), nothing(stop));

/** `node`'s indices that the expression uses: the stopped value is a tensor over those. */
function indicesOf(expr: Expr, { indices, reduce }: Equation): readonly Index[] {
  const used = variablesOf(expr);
  return [...indices, ...(reduce?.indices ?? [])].filter(({ name }) => used.has(name));
}

export function freeze(graph: Graph, feeds: ReadonlyMap<string, Tensor64>): Frozen {
  const identity = new Map(graph.nodes.map((_, id) => [id, id]));
  const stops = graph.nodes.map((node) => (isComputed(node) ? stopsOf(node) : []));
  if (stops.every((list) => list.length === 0)) return { graph, feeds, before: identity };
  // First the values of everything stopped, each as an equation behind the others …
  const measuring = graphBuilder(graph.name, graph.nodes);
  const measured = new Map<Call, ValueId>();
  stops.forEach((list, id) => {
    for (const stopped of list) {
      const node = asComputed(graph.nodes[id]);
      const body = measuredWhere(stopped);
      const equation = {
        kind: 'equation',
        name: `stopped.${node.name}`,
        dtype: body.dtype,
        origin: node.origin,
        body,
      } as const;
      measured.set(stopped.stop, measuring.add({ ...equation, indices: indicesOf(body, node) }));
    }
  });
  const measurement = measuring.finish([], []);
  const { values } = evaluateGraph(measurement, feeds);
  // … then the graph with leaves in their place.
  const builder = graphBuilder(graph.name);
  const moved = new Map<ValueId, ValueId>();
  const fed = new Map(feeds);
  // The leaves stand first, so that all other places are known: the equations of a recurrence name later ones.
  const leaves = new Map<Expr, Expr>();
  for (const { stop } of stops.flat()) {
    const { name, indices, dtype, origin } = measurement.nodes[measured.get(stop)!]!;
    const leaf = builder.add({ kind: 'input', name, dtype, indices, origin });
    fed.set(builder.node(leaf).name, values[measured.get(stop)!]!);
    leaves.set(
      stop,
      load(
        leaf,
        dtype,
        indices.map((i) => index(variable(i.name))),
      ),
    );
  }
  for (const id of graph.nodes.keys()) moved.set(id, builder.nodes().length + id);
  for (const node of graph.nodes) {
    if (!isComputed(node)) {
      builder.add(node);
      continue;
    }
    const replace = (expr: Expr): Expr => replaced(expr, leaves, moved);
    const { reduce } = node;
    const guards = reduce?.guards.map(replace) ?? [];
    const body = replace(node.body);
    builder.add({ ...node, body, ...(reduce && { reduce: { ...reduce, guards } }) });
  }
  const results = graph.results.map((result) => ({ ...result, value: moved.get(result.value)! }));
  const before = new Map([...moved].map(([old, now]) => [now, old]));
  return { graph: builder.finish(results, []), feeds: fed, before };
}

/** `leaves` in place of what is stopped, and all other loads at their new places. */
function replaced(expr: Expr, leaves: ReadonlyMap<Expr, Expr>, moved: ReadonlyMap<ValueId, ValueId>): Expr {
  const done = new Map<Expr, Expr>(leaves);
  const visit = (e: Expr): Expr => {
    const known = done.get(e);
    if (known !== undefined) return known;
    const made =
      e.kind === 'load' ? load(moved.get(e.value)!, e.dtype, e.indices.map(visit)) : mapChildren(e, visit);
    done.set(e, made);
    return made;
  };
  return visit(expr);
}
