/** The graphs of every stage in, each value once with all that is known of it out. */

import { lineOf, type Naming } from '../../../compiler/explain/formula.ts';
import type { Graph, Node, Step } from '../../../compiler/ir/graph.ts';
import { isComputed, isGradient, isLeaf, isPersistent, operandsOf } from '../../../compiler/ir/nodes.ts';
import { adjointName, partOf, printStep } from '../../../compiler/ir/origin.ts';
import { printNode, rangeText } from '../../../compiler/ir/print.ts';
import { recurrencesOf } from '../../../compiler/ir/recurrences.ts';
import { mathOf } from '../mathml.ts';
import { lineBox } from '../typeset.ts';
import type { PlaceData, TrainingData, ValueData } from './data.ts';
import { pageNotation } from './notation.ts';

export interface Stages {
  readonly lowered: Graph;
  readonly backward: Graph;
  /** What each pass left, in order. */
  readonly passed: readonly Graph[];
  readonly optimized: Graph;
  readonly fused: Graph;
  /** Names of the values that kernels compute. */
  readonly computed: ReadonlySet<string>;
}

export interface Values {
  readonly list: readonly ValueData[];
  readonly numberOf: ReadonlyMap<string, number>;
}

export interface Places {
  readonly placeOf: (node: Node) => PlaceData | undefined;
  /** Where a layer is called: `Dense_1: Dense` -> its place. */
  readonly callOf: (step: Step) => PlaceData | undefined;
}

export function valuesOf(stages: Stages, { placeOf, callOf }: Places): Values {
  const first = new Map<string, { readonly node: Node; readonly graph: Graph }>();
  const last = new Map<string, { readonly node: Node; readonly graph: Graph }>();
  const { lowered, backward, passed, optimized, fused } = stages;
  for (const graph of [lowered, backward, ...passed, optimized, fused]) {
    for (const node of graph.nodes) {
      if (isGradient(node)) continue;
      if (!first.has(node.name)) first.set(node.name, { node, graph });
      // Fusion writes pointwise equations into others: the optimized form is the one to read.
      if (graph !== fused || !last.has(node.name)) last.set(node.name, { node, graph });
    }
  }
  const order = ordered(backward, [...passed, optimized, fused]);
  const numberOf = new Map(order.map((name, k) => [name, k] as const));
  const numbered = (names: Iterable<string>): readonly number[] =>
    [...new Set(names)].flatMap((name) => numberOf.get(name) ?? []);
  const adjoints = adjointNames(last);
  const roles = rolesOf(optimized);
  const into = absorption(stages);
  const staying = new Set([...optimized.nodes, ...fused.nodes].map(({ name }) => name));
  const list = order.map((name): ValueData => {
    const { node, graph } = last.get(name)!;
    const start = first.get(name)!;
    const now = shown(node, graph, adjoints, numberOf);
    const then = shown(start.node, start.graph, adjoints, numberOf);
    const place = placeOf(node);
    const { adjoint, path } = node.origin;
    const [, outer] = path;
    const call = outer && callOf(outer);
    return {
      name,
      type: `${node.dtype}${node.indices.length === 0 ? '' : `[${node.indices.map((i) => i.extent).join(', ')}]`}`,
      kind: kindOf(node),
      ...(place && { place }),
      ...(call && { call }),
      path: path.map(printStep),
      ...(partOf(node) === 'update' && { training: trainingOf(path, numberOf) }),
      of: adjoint ? numbered([adjoint.of, adjoint.wrt]) : [],
      ...(adjoint && { rule: adjoint.rule }),
      into: numbered(into(name)),
      roles: roles.get(name) ?? [],
      ...now,
      ...(then.text !== now.text && { before: then }),
      stays: staying.has(name),
      reads: numbered(readNames(node, graph)),
    };
  });
  return { list, numberOf };
}

function kindOf(node: Node): ValueData['kind'] {
  if (isLeaf(node)) return node.kind;
  return partOf(node);
}

/** What an equation of a recipe does. */
function trainingOf(path: readonly Step[], numberOf: ReadonlyMap<string, number>): TrainingData {
  const update = path.find((step) => step.kind === 'update');
  if (update === undefined) return {};
  const parameter = numberOf.get(update.of);
  return { by: update.by, ...(parameter !== undefined && { parameter }) };
}

function shown(
  node: Node,
  graph: Graph,
  adjoints: ReadonlyMap<string, string>,
  numberOf: ReadonlyMap<string, number>,
): { readonly text: string; readonly math?: string } {
  const text = printNode(node, graph.nodes);
  if (!isComputed(node)) return { text };
  const naming: Naming = { nodes: graph.nodes, inlined: new Set(), adjoints };
  const keyOf = (name: string): string | undefined => {
    const number = numberOf.get(name);
    return number === undefined ? undefined : `v${number}`;
  };
  return { text, math: mathOf(lineBox(lineOf(node, naming), pageNotation(keyOf))) };
}

/** `d.h` -> `h`: what wears a bar in a formula. */
function adjointNames(nodes: ReadonlyMap<string, { readonly node: Node }>): ReadonlyMap<string, string> {
  const mark = adjointName('');
  return new Map(
    [...nodes].flatMap(([name, { node }]) =>
      node.origin.adjoint !== undefined && name.startsWith(mark)
        ? [[name, name.slice(mark.length)] as const]
        : [],
    ),
  );
}

const readNames = (node: Node, graph: Graph): readonly string[] =>
  operandsOf(node).map((value) => graph.nodes[value]!.name);

function rolesOf(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const roles = new Map<string, string[]>();
  const note = (id: number, role: string): void => {
    const { name } = graph.nodes[id]!;
    roles.set(name, [...(roles.get(name) ?? []), role]);
  };
  for (const { role, name, value } of graph.results) {
    note(value, graph.nodes[value]!.name === name ? role : `${role} ${name}`);
  }
  for (const { target, value } of graph.updates) note(value, `new ${graph.nodes[target]!.name}`);
  for (const recurrence of recurrencesOf(graph.nodes)) {
    for (const member of recurrence.members) note(member, `in a loop, ${rangeText(graph.nodes, recurrence)}`);
  }
  return roles;
}

/** The order of the differentiated graph; what passes and fusion added stands before its first reader. */
function ordered(backward: Graph, later: readonly Graph[]): readonly string[] {
  const order = backward.nodes.flatMap((node) => (isGradient(node) ? [] : [node.name]));
  const known = new Set(order);
  for (const graph of later) {
    const added = new Map<string, string[]>();
    const last: string[] = [];
    const reader = firstReaders(graph);
    for (const { name } of graph.nodes) {
      if (known.has(name)) continue;
      known.add(name);
      const before = reader.get(name);
      if (before === undefined) last.push(name);
      else added.set(before, [...(added.get(before) ?? []), name]);
    }
    const expand = (name: string): readonly string[] => [...(added.get(name) ?? []).flatMap(expand), name];
    order.splice(0, order.length, ...order.flatMap(expand), ...last);
  }
  return withLeavesNear(order, later.at(-1) ?? backward);
}

/** Parameters stand before the equation that reads them first: where their layer is. */
function withLeavesNear(order: readonly string[], graph: Graph): readonly string[] {
  const reader = firstReaders(graph);
  const kept = new Set(graph.nodes.filter(isPersistent).map(({ name }) => name));
  const near = new Map<string, string[]>();
  for (const name of order) {
    const before = kept.has(name) ? reader.get(name) : undefined;
    if (before !== undefined) near.set(before, [...(near.get(before) ?? []), name]);
  }
  const moved = new Set([...near.values()].flat());
  return order.flatMap((name) => (moved.has(name) ? [] : [...(near.get(name) ?? []), name]));
}

function firstReaders(graph: Graph): ReadonlyMap<string, string> {
  const readers = new Map<string, string>();
  for (const node of graph.nodes) {
    for (const read of readNames(node, graph)) if (!readers.has(read)) readers.set(read, node.name);
  }
  return readers;
}

/** For a value that no kernel computes by itself: the computed values that it was written into. */
function absorption(stages: Stages): (name: string) => ReadonlySet<string> {
  const { fused, optimized, passed, backward, computed } = stages;
  const readers = [fused, optimized, ...passed.toReversed(), backward].map((graph) => {
    const map = new Map<string, string[]>();
    for (const node of graph.nodes) {
      for (const read of new Set(readNames(node, graph)))
        map.set(read, [...(map.get(read) ?? []), node.name]);
    }
    return map;
  });
  const known = new Map<string, ReadonlySet<string>>();
  const into = (name: string): ReadonlySet<string> => {
    const already = known.get(name);
    if (already !== undefined) return already;
    const found = new Set<string>();
    known.set(name, found);
    if (computed.has(name)) return found;
    for (const reader of readers.find((map) => map.has(name))?.get(name) ?? []) {
      for (const target of computed.has(reader) ? [reader] : into(reader)) found.add(target);
    }
    return found;
  };
  const leaves = new Set(fused.nodes.flatMap((n) => (isComputed(n) ? [] : [n.name])));
  return (name) => (leaves.has(name) ? new Set() : into(name));
}
