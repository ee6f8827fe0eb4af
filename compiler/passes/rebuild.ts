/** What passes share: ways to rebuild a graph node by node and an equation expression by expression. */
import { type GraphBuilder, graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { loadsOf, rewrite } from '../scalar/walk.ts';

/** A transformation of graphs that keeps the meaning of every result and update. */
export interface Pass {
  readonly name: string;
  readonly doc: string;
  readonly run: (graph: Graph) => Graph;
}

/**
 * The graph with each equation replaced by what `visit` gives: an equation, or the position of a node of the
 * new graph that stands for it from now on. `visit` gets the equation with its loads already renumbered, and
 * may add nodes before it. The same graph where nothing changes.
 */
export function rebuild(
  graph: Graph,
  visit: (equation: Equation, builder: GraphBuilder, id: ValueId) => Equation | ValueId,
): Graph {
  const builder = graphBuilder(graph.name);
  const moved: ValueId[] = [];
  let changed = false;
  graph.nodes.forEach((node, id) => {
    if (node.kind !== 'equation') {
      moved.push(builder.add(node));
      return;
    }
    const visited = visit(renumbered(node, moved), builder, id);
    const at = typeof visited === 'number' ? visited : builder.add(visited);
    changed ||= at !== id || builder.node(at) !== node;
    moved.push(at);
  });
  return changed ? relocateEnds(builder, graph, moved) : graph;
}

/** The graph that a builder holds, with the results and updates of the old one. */
export const relocateEnds = (builder: GraphBuilder, graph: Graph, moved: readonly ValueId[]): Graph =>
  builder.finish(
    graph.results.map((result) => ({ ...result, value: moved[result.value]! })),
    graph.updates.map(({ target, value }) => ({ target: moved[target]!, value: moved[value]! })),
  );

/** An equation whose loads name the new places of their values. */
export const renumbered = (equation: Equation, moved: readonly ValueId[]): Equation =>
  mapLoads(equation, (e) => (moved[e.value] === e.value ? e : { ...e, value: moved[e.value]! }));

/** An equation with each load replaced. */
export const mapLoads = (equation: Equation, map: (load: Load) => Expr): Equation =>
  mapExpressions(equation, (expr) => rewrite(expr, (e) => (e.kind === 'load' ? map(e) : e)));

/** An equation with its body and guards replaced; the same object where none changes. */
export function mapExpressions(equation: Equation, map: (expr: Expr) => Expr): Equation {
  const body = map(equation.body);
  const { reduce } = equation;
  if (reduce === undefined) return body === equation.body ? equation : { ...equation, body };
  const guards = reduce.guards.map(map);
  if (body === equation.body && guards.every((guard, k) => guard === reduce.guards[k])) return equation;
  return { ...equation, body, reduce: { ...reduce, guards } };
}

/** The indices that are bound in an equation: its own, then those of its reduction. */
export const boundIndices = ({ indices, reduce }: Equation): readonly Index[] =>
  reduce === undefined ? indices : [...indices, ...reduce.indices];

/** The equation without its reduction. */
export function pointwise({ reduce: _, ...equation }: Equation, body: Expr): Equation {
  return { ...equation, body };
}

/** The loads of an equation, in its body and its guards. */
export const loadsOfEquation = ({ body, reduce }: Equation): readonly Load[] => [
  ...loadsOf(body),
  ...(reduce?.guards ?? []).flatMap((guard) => [...loadsOf(guard)]),
];

/** How many points the indices span. */
export const countPoints = (indices: readonly Index[]): number =>
  indices.reduce((n, { extent }) => n * extent, 1);

/** The name of an index that stands by itself. */
export function plainIndex(e: Expr): string | undefined {
  if (e.kind !== 'index' || e.of.constant !== 0 || e.of.terms.length !== 1) return undefined;
  const { coefficient, atom } = e.of.terms[0]!;
  return coefficient === 1 && atom.kind === 'index' ? atom.name : undefined;
}
