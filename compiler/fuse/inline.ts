/**
 * Graph -> graph: substitutes pointwise equations into the loads that read them, where storing them would only
 * cost memory traffic.
 *
 * Inlined are views (one load, moved or converted: transposes, reshapes, broadcasts; constants and functions of
 * the indices alone) and values that are read at most once in all. What is read at the very point where it is
 * made is left to `group.ts`, which keeps it on chip.
 */
import type { Affine, Atom } from '../index/affine.ts';
import { variable } from '../index/build.ts';
import { rangesOf, substitute, variablesOf as variablesOfIndex } from '../index/query.ts';
import { graphBuilder } from '../ir/build.ts';
import type { Equation, Graph, Node, ValueId } from '../ir/graph.ts';
import { asAffine, call, constant, index } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { rewrite, substituteIndices } from '../scalar/walk.ts';
import { cost } from './cost.ts';
import { bareVariable, consumersOf, elements, evaluations, isPointwise, liveOuts, loadsOfNode } from './values.ts';

/** Nothing but a value moved, converted or made from the indices: as cheap where it is read as where it is made. */
const isView = (body: Expr): boolean =>
  cost(body) <= 1 || (body.kind === 'call' && body.fn.startsWith('to_') && body.operands[0]!.kind === 'load');

export function inline(graph: Graph): Graph {
  const kept = liveOuts(graph);
  const consumers = consumersOf(graph);
  const inlined = new Set<ValueId>();
  graph.nodes.forEach((node, id) => {
    if (isPointwise(node) && !kept.has(id) && worthInlining(graph, id, node, consumers[id]!)) inlined.add(id);
  });
  if (inlined.size === 0) return graph;

  const out = graphBuilder(graph.name);
  const moved: ValueId[] = [];
  /** The bodies of inlined equations, over values of the new graph. */
  const bodies = new Map<ValueId, Equation>();

  const expand = (expr: Expr): Expr =>
    rewrite(expr, (e) => {
      if (e.kind !== 'load') return e;
      const source = bodies.get(e.value);
      return source ? substituteInto(source, e) : { ...e, value: moved[e.value]! };
    });

  graph.nodes.forEach((node, id) => {
    if (node.kind !== 'equation') {
      moved.push(out.add(node));
      return;
    }
    const ranges = rangesOf([...node.indices, ...(node.reduce?.indices ?? [])]);
    const expanded: Equation = {
      ...node,
      body: simplify(expand(node.body), ranges),
      ...(node.reduce && {
        reduce: { ...node.reduce, guards: node.reduce.guards.map((g) => simplify(expand(g), ranges)) },
      }),
    };
    if (inlined.has(id)) {
      bodies.set(id, expanded);
      moved.push(-1);
    } else {
      moved.push(out.add(expanded));
    }
  });
  return out.finish(
    graph.results.map((r) => ({ ...r, value: moved[r.value]! })),
    graph.updates.map((u) => ({ target: moved[u.target]!, value: moved[u.value]! })),
  );
}

function worthInlining(graph: Graph, id: ValueId, node: Equation, consumers: readonly ValueId[]): boolean {
  const readers = consumers.map((c) => graph.nodes[c]!);
  const reads = readers.map((r) => loadsOfNode(r).filter((l) => l.value === id));
  if (isView(node.body)) return true;
  const total = readers.reduce((sum, reader, k) => sum + evaluations(reader) * reads[k]!.length, 0);
  const moved = readers.some((reader, k) => reads[k]!.some((l) => !isIdentity(l, reader)));
  return total <= elements(node) && moved;
}

/** Does the load read a value of the reader's own shape at the reader's own point? */
const isIdentity = (l: Load, reader: Node): boolean =>
  reader.indices.length === l.indices.length &&
  l.indices.every((e, k) => bareVariable(e) === reader.indices[k]!.name);

/** The body of `source` at the indices of the load `l`. */
function substituteInto(source: Equation, l: Load): Expr {
  const affine = new Map<string, Affine>();
  const data = new Map<string, Expr>();
  source.indices.forEach((index, k) => {
    const at = asAffine(l.indices[k]!);
    if (at) affine.set(index.name, at);
    else data.set(index.name, l.indices[k]!);
  });
  // The names of the source must not meet those of the reader: both are replaced at once.
  const body =
    data.size === 0
      ? source.body
      : rewrite(source.body, (e) => (e.kind === 'index' ? withData(e.of, affine, data) : e));
  return data.size === 0 ? substituteIndices(body, affine, new Map()) : body;
}

/** An index expression in which some indices are data (a gather): integer arithmetic where it needs them. */
function withData(of: Affine, affine: ReadonlyMap<string, Affine>, data: ReadonlyMap<string, Expr>): Expr {
  if (![...variablesOfIndex(of)].some((name) => data.has(name))) return index(substitute(of, affine, new Map()));
  const atom = (a: Atom): Expr => {
    switch (a.kind) {
      case 'index':
        return data.get(a.name) ?? index(affine.get(a.name) ?? variable(a.name));
      case 'div':
        return call('divide', withData(a.of, affine, data), constant(a.by, 'i32'));
      case 'mod':
        return call('modulo', withData(a.of, affine, data), constant(a.by, 'i32'));
      default:
        return a satisfies never;
    }
  };
  const terms = of.terms.map(({ coefficient, atom: a }) =>
    coefficient === 1 ? atom(a) : call('multiply', constant(coefficient, 'i32'), atom(a)),
  );
  const all = of.constant === 0 ? terms : [...terms, constant(of.constant, 'i32')];
  return all.reduce((sum, term) => call('add', sum, term));
}
