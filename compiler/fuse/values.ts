/** Small questions about the values of a graph that several steps of fusion ask. */
import type { Equation, Graph, Node, ValueId } from '../ir/graph.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { loadsOf, rewrite } from '../scalar/walk.ts';

export const isPointwise = (node: Node): node is Equation => node.kind === 'equation' && !node.reduce;

/** How many points an equation is evaluated at: its elements times the length of its reduction. */
export const evaluations = (node: Node): number =>
  elements(node) *
  (node.kind === 'equation' && node.reduce ? node.reduce.indices.reduce((n, i) => n * i.extent, 1) : 1);

export const elements = (node: Node): number => node.indices.reduce((n, i) => n * i.extent, 1);

const known = new WeakMap<Node, readonly Load[]>();

/** The loads of an equation, in its body and its guards. Nodes never change: they are looked through once. */
export function loadsOfNode(node: Node): readonly Load[] {
  if (node.kind !== 'equation') return [];
  const loads =
    known.get(node) ?? [node.body, ...(node.reduce?.guards ?? [])].flatMap((e) => [...loadsOf(e)]);
  known.set(node, loads);
  return loads;
}

/** For each value, the equations that load it, each once. */
export function consumersOf(graph: Graph): readonly (readonly ValueId[])[] {
  const consumers: Set<ValueId>[] = graph.nodes.map(() => new Set());
  graph.nodes.forEach((node, id) => {
    for (const l of loadsOfNode(node)) consumers[l.value]!.add(id);
  });
  return consumers.map((set) => [...set]);
}

/** Values that must be in memory at the end: results and what updates write. */
export const liveOuts = (graph: Graph): ReadonlySet<ValueId> =>
  new Set([...graph.results.map((r) => r.value), ...graph.updates.map((u) => u.value)]);

/** The same expression over the values of another graph: value k becomes `to[k]`. */
export const mapLoads = (expr: Expr, to: readonly ValueId[]): Expr =>
  rewrite(expr, (e) => (e.kind === 'load' && to[e.value] !== e.value ? { ...e, value: to[e.value]! } : e));
