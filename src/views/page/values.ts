/** The graphs of every stage in, each value once with all that is known of it out. */

import { lineOf, type Naming } from '../../../compiler/explain/formula.ts';
import type { Graph, Node, Step } from '../../../compiler/ir/graph.ts';
import { isComputed, isGradient, isLeaf, isPersistent, operandsOf } from '../../../compiler/ir/nodes.ts';
import { adjointName, partOf, printStep } from '../../../compiler/ir/origin.ts';
import { printNode, rangeText } from '../../../compiler/ir/print.ts';
import { recurrencesOf } from '../../../compiler/ir/recurrences.ts';
import { type LoopBox, loopBoxes, withLoop } from '../loops.ts';
import { mathOf } from '../mathml.ts';
import { lineBox } from '../typeset.ts';
import type { PlaceData, StepData, TrainingData, ValueData } from './data.ts';
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

/** A node as it is in one of the stages. */
interface Stage {
  readonly node: Node;
  readonly graph: Graph;
}

export interface Values {
  readonly list: readonly ValueData[];
  readonly numberOf: ReadonlyMap<string, number>;
}

export interface Places {
  readonly placeOf: (node: Node) => PlaceData | undefined;
  /** Where a layer is called, by the calls that lead to it. */
  readonly callOf: (path: readonly Step[]) => PlaceData | undefined;
}

export function valuesOf(stages: Stages, { placeOf, callOf }: Places): Values {
  const first = new Map<string, Stage>();
  const last = new Map<string, Stage>();
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
  const adjoints = adjointNames(last, stages);
  const label = labelsOf(last, adjoints);
  const roles = rolesOf(optimized);
  const loops = loopsByName([backward, optimized]);
  const into = absorption(stages);
  const staying = new Set([...optimized.nodes, ...fused.nodes].map(({ name }) => name));
  const list = order.map((name): ValueData => {
    const { node, graph } = last.get(name)!;
    const start = first.get(name)!;
    const now = shown(node, graph, adjoints, numberOf);
    const then = shown(start.node, start.graph, adjoints, numberOf);
    const place = placeOf(node);
    const { adjoint, path } = node.origin;
    const call = callOf(path.slice(0, 2));
    return {
      name,
      label: label(name),
      type: `${node.dtype}${node.indices.length === 0 ? '' : `[${node.indices.map((i) => i.extent).join(', ')}]`}`,
      kind: kindOf(node),
      ...(place && { place }),
      ...(call && { call }),
      path: withLoop(path.map(stepOf), loops.get(name), (title) => ({ title, name: title })),
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

/** Loops of values by name, as the last of these graphs has them. */
const loopsByName = (graphs: readonly Graph[]): ReadonlyMap<string, LoopBox> =>
  new Map(
    graphs.flatMap((graph) =>
      [...loopBoxes(graph)].map(([id, box]) => [graph.nodes[id]!.name, box] as const),
    ),
  );

const stepOf = (step: Step): StepData => {
  const title = printStep(step);
  return { title, name: step.kind === 'layer' ? step.name : title };
};

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

/** What wears a bar in a formula: adjoints as a whole that the author gave no name, and what they are adjoints of. */
function adjointNames(nodes: ReadonlyMap<string, Stage>, { lowered }: Stages): ReadonlyMap<string, string> {
  const authored = new Set(
    lowered.nodes.flatMap((node) =>
      isGradient(node) && node.name !== adjointName(lowered.nodes[node.wrt]!.name) ? [node.name] : [],
    ),
  );
  const counts = new Map<string, number>();
  return new Map(
    [...nodes].flatMap(([name, { node }]) => {
      const { adjoint, within } = node.origin;
      if (adjoint === undefined || within !== undefined || authored.has(name)) return [];
      const count = (counts.get(adjoint.wrt) ?? 0) + 1;
      counts.set(adjoint.wrt, count);
      return [[name, count === 1 ? adjoint.wrt : `${adjoint.wrt}_${count}`] as const];
    }),
  );
}

/** In the box of its call a value needs no names of the layers around. */
function labelOf({ name, origin: { path } }: Node): string {
  const layers = path.flatMap((step) => (step.kind === 'layer' ? [`${step.name}.`] : [])).join('');
  const last = path.at(-1);
  const around = last?.kind === 'function' ? [`${layers}${last.name}.`, layers] : [layers];
  return name.slice(around.find((prefix) => name.startsWith(prefix))?.length ?? 0);
}

/** The label of what it is the adjoint of, and a part of an adjoint after the whole. */
function labelsOf(
  nodes: ReadonlyMap<string, Stage>,
  adjoints: ReadonlyMap<string, string>,
): (name: string) => string {
  const label = (name: string): string => {
    const { node } = nodes.get(name)!;
    const { adjoint, within } = node.origin;
    if (adjoint === undefined) return labelOf(node);
    if (within !== undefined && nodes.has(within) && name.startsWith(within))
      return `${label(within)}${name.slice(within.length)}`;
    return adjoints.has(name) && nodes.has(adjoint.wrt) ? label(adjoint.wrt) : name;
  };
  return label;
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
