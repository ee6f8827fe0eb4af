/** A graph in, every violation of the invariants of the IR out: run after each pass. */
import { someVariable } from '../index/query.ts';
import type { Expr, ValueId } from '../scalar/expr.ts';
import { forEach } from '../scalar/walk.ts';
import { partsOf } from './conditions.ts';
import { boundIndices } from './equation.ts';
import type { Equation, Gradient, Graph, Index, Leaf, Node } from './graph.ts';
import { isIndexName, isNodeName } from './names.ts';
import { formOf, isComputed, loadsOfNode, matchNode } from './nodes.ts';
import { printExpr, printNode } from './print.ts';
import { recurrenceProblems } from './recurrence-problems.ts';
import { reducers } from './reducers.ts';
import { type Reading, unprovenLoads } from './verify-loads.ts';
import { typeProblems } from './verify-types.ts';

export interface VerifyOptions {
  /** Names that were in the graph once: the origin of what was made of such a node may name it still. */
  readonly gone?: ReadonlySet<string>;
}

/** Empty where the graph is sound. Each violation starts with the node it is about. */
export function verify(graph: Graph, { gone = new Set() }: VerifyOptions = {}): readonly string[] {
  const present = new Set(graph.nodes.map(({ name }) => name));
  const isKnown = (name: string): boolean => present.has(name) || gone.has(name);
  const ofNodes: string[] = [];
  for (const [id, node] of graph.nodes.entries())
    for (const problem of nodeProblems(node, id, graph, isKnown)) ofNodes.push(`%${node.name}: ${problem}`);
  return [
    ...(present.size === graph.nodes.length ? [] : nameProblems(graph.nodes)),
    ...ofNodes,
    // Distances mean nothing where a load or an index does not stand.
    ...(ofNodes.length === 0 ? recurrenceProblems(graph.nodes) : []),
    ...resultProblems(graph),
  ];
}

function nameProblems(nodes: readonly Node[]): readonly string[] {
  const seen = new Set<string>();
  const problems: string[] = [];
  for (const { name } of nodes) {
    if (seen.has(name)) problems.push(`%${name}: defined twice`);
    seen.add(name);
  }
  return problems;
}

function nodeProblems(
  node: Node,
  id: number,
  graph: Graph,
  isKnown: (name: string) => boolean,
): readonly string[] {
  const common = originProblems(node, isKnown);
  if (isKnownSound(node, graph.nodes)) return common;
  const own = [
    ...(isNodeName(node.name) ? [] : ['not a name']),
    ...indexProblems(node),
    ...matchNode<readonly string[]>(node, {
      leaf: leafProblems,
      gradient: (gradient) => gradientProblems(gradient, id, graph.nodes),
      equation: (equation) => equationProblems(equation, graph.nodes),
    }),
  ];
  if (own.length === 0 && isComputed(node)) sound.set(formOf(node), operandsIn(node, graph.nodes));
  return [...common, ...own];
}

/**
 * The forms of equations without a problem, with the nodes that they read: only the shapes and types of these have a say
 * in that, and most stay as they are from pass to pass.
 */
const sound = new WeakMap<Node, readonly Node[]>();

const operandsIn = (node: Node, nodes: readonly Node[]): readonly Node[] =>
  loadsOfNode(node).map(({ value }) => nodes[value]!);

function isKnownSound(node: Node, nodes: readonly Node[]): boolean {
  const known = sound.get(formOf(node));
  if (known === undefined) return false;
  const loads = loadsOfNode(node);
  for (let k = 0; k < loads.length; k++) if (!isAlike(known[k]!, nodes[loads[k]!.value])) return false;
  return true;
}

const isAlike = (operand: Node, now: Node | undefined): boolean =>
  operand === now ||
  (now !== undefined && now.dtype === operand.dtype && haveExtentsOf(now.indices, operand.indices));

function haveExtentsOf(some: readonly Index[], others: readonly Index[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let k = 0; k < some.length; k++) if (some[k]!.extent !== others[k]!.extent) return false;
  return true;
}

const allIndices = (node: Node): readonly Index[] => (isComputed(node) ? boundIndices(node) : node.indices);

function indexProblems(node: Node): readonly string[] {
  const seen = new Set<string>();
  return allIndices(node).flatMap(({ name, extent }) => {
    const problems: string[] = [];
    if (seen.has(name)) problems.push(`index ${name} is bound twice`);
    if (!isIndexName(name)) problems.push(`${name} is not a name for an index`);
    if (!Number.isSafeInteger(extent) || extent < 0) problems.push(`index ${name} has extent ${extent}`);
    seen.add(name);
    return problems;
  });
}

const none: readonly string[] = [];

function originProblems({ origin }: Node, isKnown: (name: string) => boolean): readonly string[] {
  const { within, adjoint } = origin;
  if (adjoint !== undefined && (adjoint.rule === '' || adjoint.of === ''))
    return ['an adjoint without its primal or its rule'];
  const isSound = (name: string | undefined): boolean => name === undefined || isKnown(name);
  if (isSound(within) && isSound(adjoint?.of) && isSound(adjoint?.wrt)) return none;
  const named: readonly (readonly [string, string | undefined])[] = [
    ['a part of', within],
    ['the adjoint of', adjoint?.of],
    ['the adjoint at', adjoint?.wrt],
  ];
  const problems: string[] = [];
  for (const [what, name] of named)
    if (name !== undefined && !isKnown(name)) problems.push(`${what} %${name}, which is not in the graph`);
  return problems;
}

function leafProblems(node: Leaf): readonly string[] {
  return node.kind === 'scalar' && node.indices.length > 0 ? ['a scalar with indices'] : [];
}

function gradientProblems(node: Gradient, id: number, nodes: readonly Node[]): readonly string[] {
  if (!isEarlier(node.of, id) || !isEarlier(node.wrt, id))
    return ['a gradient of or by a value that is not earlier'];
  const [of, wrt] = [nodes[node.of]!, nodes[node.wrt]!];
  const problems: string[] = [];
  if (of.indices.length > 0) problems.push(`a gradient of %${of.name}, which is no scalar`);
  if (of.dtype !== 'f32' || wrt.dtype !== 'f32' || node.dtype !== 'f32') {
    problems.push(`a gradient of ${of.dtype} by ${wrt.dtype} as ${node.dtype}: only f32 has one`);
  }
  if (extentsOf(node) !== extentsOf(wrt)) problems.push(`a gradient by %${wrt.name} of another shape`);
  return problems;
}

const isEarlier = (value: number, id: number): boolean => Number.isInteger(value) && value >= 0 && value < id;
const extentsOf = (node: Node): string => node.indices.map(({ extent }) => extent).join();

function equationProblems(node: Equation, nodes: readonly Node[]): readonly string[] {
  const problems: string[] = [];
  const { body, reduce } = node;
  const parts = [...(reduce?.guards ?? []), body];
  const bound = new Set(allIndices(node).map(({ name }) => name));
  let sound = true;
  for (const part of parts) {
    const found = [...referenceProblems(part, bound, nodes), ...typeProblems(part, nodes)];
    if (found.length > 0) sound = false;
    problems.push(...found);
  }
  if (reduce !== undefined && reduce.indices.length === 0) problems.push('a reduction over no index');
  for (const guard of reduce?.guards ?? [])
    if (guard.dtype !== 'bool') problems.push(`a guard of type ${guard.dtype}`);
  const expected = reduce === undefined ? body.dtype : reducers[reduce.by].result(body.dtype);
  if (expected !== node.dtype) {
    const what = reduce === undefined ? body.dtype : `${reduce.by} of ${body.dtype}`;
    problems.push(`declared ${node.dtype}, but the equation gives ${expected ?? 'nothing'} (${what})`);
  }
  if (node.dtype !== 'f32' && node.origin.adjoint !== undefined)
    problems.push(`an adjoint of type ${node.dtype}`);
  // Bounds mean nothing where a load or an index does not stand.
  if (sound) problems.push(...rangeProblems(node, nodes));
  return problems;
}

/** Loads of nothing, indices that nobody binds, loads of the wrong rank. */
function referenceProblems(
  part: Expr,
  bound: ReadonlySet<string>,
  nodes: readonly Node[],
): readonly string[] {
  const problems = new Set<string>();
  forEach(part, (e) => {
    if (e.kind === 'index') {
      someVariable(e.of, (name) => {
        if (!bound.has(name)) problems.add(`index ${name} is not bound`);
        return false;
      });
    }
    if (e.kind !== 'load') return;
    const loaded = nodes[e.value];
    if (loaded === undefined) {
      problems.add(`a load of value ${e.value}, which is not there`);
      return;
    }
    if (loaded.indices.length !== e.indices.length) {
      problems.add(`${e.indices.length} indices for %${loaded.name}, which has ${loaded.indices.length}`);
    }
    for (const at of e.indices)
      if (at.dtype !== 'i32') problems.add(`%${loaded.name} is indexed with ${at.dtype}`);
  });
  return [...problems];
}

function rangeProblems(node: Equation, nodes: readonly Node[]): readonly string[] {
  const reading: Reading<ValueId> = {
    extentOf: (value, axis) => nodes[value]!.indices[axis]!.extent,
    textOf: (e) => printExpr(e, nodes),
  };
  const problems = partsOf(node).flatMap((part) => unprovenLoads(part, reading));
  return [...new Set(problems)].map((problem) => `${problem} in ${printNode(node, nodes)}`);
}

function resultProblems(graph: Graph): readonly string[] {
  const problems: string[] = [];
  const names = new Set<string>();
  for (const { name, value } of graph.results) {
    if (graph.nodes[value] === undefined) problems.push(`result ${name}: there is no value ${value}`);
    if (names.has(name)) problems.push(`result ${name}: given twice`);
    names.add(name);
  }
  const written = new Set<number>();
  for (const { target, value } of graph.updates) {
    const [to, from] = [graph.nodes[target], graph.nodes[value]];
    if (to === undefined || from === undefined) {
      problems.push(`update: there is no value ${to === undefined ? target : value}`);
      continue;
    }
    if (written.has(target)) problems.push(`%${to.name}: written twice`);
    written.add(target);
    if (to.kind !== 'param' && to.kind !== 'state')
      problems.push(`%${to.name}: written, but it is no param or state`);
    if (extentsOf(to) !== extentsOf(from) || to.dtype !== from.dtype) {
      problems.push(`%${to.name}: takes %${from.name}, which has another shape or type`);
    }
  }
  return problems;
}
