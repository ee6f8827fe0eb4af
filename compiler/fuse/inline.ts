/**
 * Graph -> graph: substitutes pointwise equations into the loads that read them, where storing them would only
 * cost memory traffic.
 *
 * Inlined are views (one load, moved or converted: transposes, reshapes, broadcasts; constants and functions of
 * the indices alone) and values that are read at most once in all. What is read at the very point where it is
 * made is left to `group.ts`, which keeps it on chip.
 */

import type { Ranges } from '../index/affine.ts';
import { fits } from '../index/fits.ts';
import { rangesOf, substitute } from '../index/query.ts';
import { affinePositions, bodyAt, takesIndices } from '../ir/body-at.ts';
import { boundIndices } from '../ir/equation.ts';
import type { Equation, Graph, Node, ValueId } from '../ir/graph.ts';
import { consumersOf, isComputed, loadsOfNode, mapOperands, readsAny } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import { isCanonical } from '../passes/canonicalise.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { conversions, type FunctionName } from '../scalar/functions.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { bareVariable, forEach, rewrite } from '../scalar/walk.ts';
import { cost, lengthOf } from './cost.ts';
import { relocation } from './relocate.ts';
import { elements, evaluations, isPointwise, liveOuts } from './values.ts';

/** Nothing but a value moved, converted or made from the indices: as cheap where it is read as where it is made. */
const isView = (body: Expr): boolean =>
  cost(body) <= 1 || (body.kind === 'call' && converting.has(body.fn) && body.operands[0]!.kind === 'load');

const converting: ReadonlySet<FunctionName> = new Set(Object.values(conversions));

/**
 * What would make a body longer than this is stored. Views of views, and values that are read at two places in
 * turn, would double a body with each step.
 */
export const longestBody = 400;

/** `given`: the ranges of what no equation binds, the position of a loop. */
export function inline(graph: Graph, given: Ranges = new Map()): Graph {
  const kept = liveOuts(graph);
  const consumers = consumersOf(graph);
  const { out, place, isReserved, put, finish } = relocation(graph);
  /** The bodies of inlined equations, over values of the new graph. */
  const bodies = new Map<ValueId, Equation>();

  const expand = (expr: Expr): Expr =>
    rewrite(expr, (e) => {
      if (e.kind !== 'load') return e;
      const source = bodies.get(e.value);
      return source ? bodyAt(source, e) : { ...e, value: place(e.value) };
    });

  const simplified = (node: Equation): Equation => {
    const ranges = new Map([...given, ...rangesOf(boundIndices(node))]);
    return {
      ...node,
      body: simplify(expand(node.body), ranges),
      ...(node.reduce && {
        reduce: { ...node.reduce, guards: node.reduce.guards.map((g) => simplify(expand(g), ranges)) },
      }),
    };
  };

  graph.nodes.forEach((node, id) => {
    if (!isComputed(node)) {
      put(id, mapOperands(node, place));
      return;
    }
    // What reads nothing that is inlined, and is as simple as it gets, stays.
    const stays = given.size === 0 && isCanonical(node) && !readsAny(node, bodies);
    const expanded = stays ? mapOperands(node, place) : simplified(node);
    const removable = isPointwise(expanded) && !kept.has(id) && !isReserved(id);
    if (removable && worthInlining(graph, id, expanded, consumers[id]!, given)) bodies.set(id, expanded);
    else put(id, stays ? expanded : protectLoads(expanded, out.node, given));
  });
  return finish();
}

function worthInlining(
  graph: Graph,
  id: ValueId,
  node: Equation,
  consumers: readonly ValueId[],
  given: Ranges,
): boolean {
  const readers = consumers.map((c) => graph.nodes[c]!);
  const reads = readers.map((r) => loadsOfNode(r).filter((l) => l.value === id));
  if (!reads.flat().every((l) => takesIndices(node, l))) return false;
  if (!readers.every((reader, k) => reads[k]!.every((l) => staysWithin32Bits(node, l, reader, given))))
    return false;
  const most = Math.max(...reads.map((list) => list.length));
  if (most * lengthOf(node.body) > longestBody) return false;
  if (isView(node.body)) return true;
  const total = readers.reduce((sum, reader, k) => sum + evaluations(reader) * reads[k]!.length, 0);
  const moved = readers.some((reader, k) => reads[k]!.some((l) => !isIdentity(l, reader)));
  return total <= elements(node) && moved;
}

/** Does the index arithmetic of the body, at the load's positions, fit an i32 at all points of the reader? */
export function staysWithin32Bits(
  source: Equation,
  l: Load,
  reader: Node,
  given: Ranges = new Map(),
): boolean {
  const positions = affinePositions(source, l);
  const ranges = new Map([...given, ...rangesOf(isComputed(reader) ? boundIndices(reader) : [])]);
  let within = true;
  forEach(source.body, (e) => {
    if (e.kind !== 'index' || bareVariable(e) !== undefined) return;
    if (!fits(substitute(e.of, positions, new Map()), ranges)) within = false;
  });
  return within;
}

/** Does the load read a value of the reader's own shape at the reader's own point? */
const isIdentity = (l: Load, reader: Node): boolean =>
  reader.indices.length === l.indices.length &&
  l.indices.every((e, k) => bareVariable(e) === reader.indices[k]!.name);
