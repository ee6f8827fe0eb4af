/**
 * A prepared graph in; the same with the equations that a lecture would write, out.
 *
 * Layers and functions are written to be used together, and their equations meet in ones that say nothing: a result that is
 * an argument under another name, a statistic that is given the shape of what it stands beside, a sum that is brought out of one
 * function to get its bias in another. What a model itself has named keeps its name; of the names that layers give to one value
 * it has the simplest.
 */
import { conjuncts } from '../autodiff/conditions.ts';
import { rangesOf } from '../index/query.ts';
import { boundIndices, mapLoads } from '../ir/equation.ts';
import type { Equation, Graph, Node, ValueId } from '../ir/graph.ts';
import { keeping } from '../ir/needed.ts';
import { isEquation, isPersistent, operandsOf } from '../ir/nodes.ts';
import { protectLoads } from '../ir/protect.ts';
import { rebuild, withEnds } from '../passes/rebuild.ts';
import { isConstant } from '../scalar/build.ts';
import type { Expr, Load } from '../scalar/expr.ts';
import { simplify } from '../scalar/simplify/index.ts';
import { bareVariable, rewrite } from '../scalar/walk.ts';
import { withKeptAxes } from './axes.ts';

export const asWritten = (prepared: Graph): Graph =>
  withBiases(withKeptAxes(withoutNames(withSimplestNames(withoutIdleGuards(prepared)))));

// ---------------------------------------------------------------- guards

/** Windows that lie inside of their image: nothing is said of where it ends. */
const withoutIdleGuards = (graph: Graph): Graph => mapNodes(graph, (node) => withoutIdle(node, graph));

function withoutIdle(node: Node, { nodes }: Graph): Node {
  if (!isEquation(node) || node.reduce === undefined) return node;
  const ranges = rangesOf(boundIndices(node));
  const all = node.reduce.guards.flatMap(conjuncts);
  const guards = all.filter((guard) => !isConstant(simplify(guard, ranges), 1));
  if (guards.length === all.length) return node;
  return protectLoads({ ...node, reduce: { ...node.reduce, guards } }, (id) => nodes[id]!);
}

const mapNodes = (graph: Graph, map: (node: Node, id: ValueId) => Node): Graph => ({
  ...graph,
  nodes: graph.nodes.map(map),
});

// ---------------------------------------------------------------- names

/** How many calls inside of the model a name is from: `k4` is nearer than `field.Dense_2.y`. */
const depthOf = (name: string): number => name.split('.').length - 1;
const isOfLayer = ({ name }: Node): boolean => depthOf(name) > 0;

/** Of the equations that are one value, that which makes it has the simplest of their names. */
function withSimplestNames(graph: Graph): Graph {
  const sources = new Map<ValueId, ValueId>();
  const simplest = new Map<ValueId, ValueId>();
  const nameOf = (id: ValueId): string => graph.nodes[id]!.name;
  for (const [id, node] of graph.nodes.entries()) {
    const load = wholeCopy(node, graph.nodes);
    if (load === undefined) continue;
    const source = sources.get(load.value) ?? load.value;
    sources.set(id, source);
    const best = simplest.get(source) ?? source;
    if (depthOf(nameOf(id)) < depthOf(nameOf(best))) simplest.set(source, id);
  }
  const renamed = new Map(
    [...simplest].flatMap(([source, best]) => [
      [nameOf(source), nameOf(best)] as const,
      [nameOf(best), nameOf(source)] as const,
    ]),
  );
  const toName = (name: string): string => renamed.get(name) ?? name;
  return mapNodes(graph, (node) => {
    const { within } = node.origin;
    const origin = within === undefined ? node.origin : { ...node.origin, within: toName(within) };
    return { ...node, name: toName(node.name), origin };
  });
}

/** Leaves are no other value's copy: what reads them names them. */
function wholeCopy(node: Node, nodes: readonly Node[]): Load | undefined {
  const view = viewOf(node);
  if (view?.kind !== 'load') return undefined;
  const source = nodes[view.value]!;
  const isWhole = isEquation(source) && source.indices.length === node.indices.length;
  return isWhole && isAtOwnPlace(view, node) && sameExtents(source, node) ? view : undefined;
}

const sameExtents = (a: Node, b: Node): boolean =>
  a.indices.every(({ extent }, k) => extent === b.indices[k]!.extent);

const isAtOwnPlace = ({ indices }: Load, of: Node): boolean =>
  indices.length === of.indices.length && indices.every((at, k) => bareVariable(at) === of.indices[k]!.name);

/** A value moved, repeated or with its sign turned, and nothing else. */
function viewOf(node: Node): Expr | undefined {
  if (!isEquation(node) || node.reduce !== undefined || node.body.dtype !== node.dtype) return undefined;
  const { body } = node;
  const read = body.kind === 'call' && body.fn === 'negate' ? body.operands[0]! : body;
  const isPlain = (at: Expr): boolean => bareVariable(at) !== undefined || isConstant(at);
  return read.kind === 'load' && read.indices.every(isPlain) ? body : undefined;
}

/** What a layer or a function only names stands where it is read. */
function withoutNames(graph: Graph): Graph {
  const views = new Map<ValueId, Equation>();
  const read = rebuild(graph, (equation, { put }) => {
    const direct = mapLoads(equation, (load) => {
      const view = views.get(load.value);
      return view === undefined ? load : readThrough(load, view);
    });
    const turned = { ...direct, body: turnedOnce(direct.body) };
    const id = put(turned.body === direct.body ? direct : turned);
    if (isNameOnly(turned)) views.set(id, turned);
    return id;
  });
  return withoutUnread(read);
}

/** A sign that was turned twice is as it was. */
const turnedOnce = (body: Expr): Expr => {
  const inner = body.kind === 'call' && body.fn === 'negate' ? body.operands[0]! : undefined;
  return inner?.kind === 'call' && inner.fn === 'negate' ? turnedOnce(inner.operands[0]!) : body;
};

const isNameOnly = (node: Node): boolean => isOfLayer(node) && viewOf(node) !== undefined;

/** Drops views that nothing reads: they would count as readers of what they view. */
function withoutUnread(graph: Graph): Graph {
  const read = new Set([
    ...graph.nodes.flatMap((node) => operandsOf(node)),
    ...[...graph.results, ...graph.updates].map(({ value }) => value),
  ]);
  const { nodes, place } = keeping(graph.nodes, (id) => read.has(id) || !isNameOnly(graph.nodes[id]!));
  return withEnds(graph, nodes, place);
}

/** The body of a view at the indices that it is read at, which may be data. */
function readThrough(read: Load, { indices, body }: Equation): Expr {
  const at = new Map(indices.map(({ name }, k) => [name, read.indices[k]!] as const));
  return rewrite(body, (e) => at.get(bareVariable(e) ?? '') ?? e);
}

// ---------------------------------------------------------------- biases

/** `y = b + z`, where z is the sum that a function gave for it, is one equation: `y = b + sum …`. */
function withBiases(graph: Graph): Graph {
  const readers = new Map<ValueId, Node[]>();
  for (const node of graph.nodes)
    for (const value of operandsOf(node)) readers.set(value, [...(readers.get(value) ?? []), node]);
  const wholes = new Set(graph.nodes.flatMap(({ origin }) => origin.within ?? []));
  return mapNodes(graph, (node, id) => {
    const [reader, ...others] = readers.get(id) ?? [];
    if (reader === undefined || others.length > 0 || wholes.has(node.name)) return node;
    return isSumForBias(node, id, reader, graph.nodes)
      ? { ...node, origin: { ...node.origin, within: reader.name } }
      : node;
  });
}

function isSumForBias(sum: Node, id: ValueId, reader: Node, nodes: readonly Node[]): boolean {
  if (!isEquation(sum) || sum.reduce === undefined || sum.origin.within !== undefined) return false;
  if (!isEquation(reader) || reader.reduce !== undefined || !isOfLayer(sum)) return false;
  const { body } = reader;
  if (body.kind !== 'call' || body.fn !== 'add') return false;
  const isFromCall = sum.origin.path.length > reader.origin.path.length;
  return (
    isFromCall &&
    body.operands.every(
      (part) =>
        part.kind === 'load' &&
        (part.value === id ? isAtOwnPlace(part, reader) : isPersistent(nodes[part.value]!)),
    )
  );
}
