/**
 * Graph -> groups: which equations share a kernel, and why.
 *
 * A group has an index space of two levels (see `kernel.ts`) and its members are placed in it: each of a
 * member's indices is one of the group's. Equations are visited in order; each joins the group of a value that
 * it reads where its indices fit, or a group that reads the same tensors over the same space, or starts its own.
 * Joining never makes a cycle among groups, and never binds more buffers than the adapter has. The work for an
 * equation does not grow with the graph: only the nearest groups are asked.
 */
import { countPoints } from '../../runtime/extents.ts';
import { classOf } from '../classes/index.ts';
import { boundIndices } from '../ir/equation.ts';
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import { asComputed, isComputed, loadsOfNode, operandsOf } from '../ir/nodes.ts';
import { isPositional } from '../ir/reducers.ts';
import { variablesOf } from '../scalar/walk.ts';
import type { Target } from '../target.ts';
import { bindingCounter } from './bindings.ts';
import { completed, correspond, mapsOnto, type Names } from './correspond.ts';
import type { Dependencies } from './dependencies.ts';
import { type GroupOrder, groupOrder } from './order.ts';

export type Level = 'reduce' | 'row' | 'element';

export interface Member {
  readonly value: ValueId;
  readonly level: Level;
  /** The member's index names -> the group's. */
  readonly names: Names;
}

export interface Group {
  readonly rows: readonly Index[];
  readonly columns: readonly Index[];
  readonly members: readonly Member[];
  /** A contraction takes pointwise epilogues only: its operands are tiled, not walked row by row. */
  readonly contraction: boolean;
  readonly because: readonly string[];
}

export interface Grouping {
  readonly groups: readonly Group[];
  /** Where in `groups` a value is made. */
  readonly groupOf: ReadonlyMap<ValueId, number>;
  readonly order: GroupOrder;
}

/** A kernel of more equations takes an adapter long to compile, and keeps too much at hand at a time. */
export const mostMembers = 64;

/** Of the groups that read the same tensor, so many of the latest are asked whether an equation fits. */
const nearest = 16;

export function group(graph: Graph, dependencies: Dependencies, target: Target): Grouping {
  const groups: Group[] = [];
  const groupOf = new Map<ValueId, number>();
  const order = groupOrder(dependencies, numbersOfLeaves(graph));
  const bindings = bindingCounter(graph, dependencies);
  const neighbours = neighbourhood(graph);

  const enter = (k: number, group: Group, members: readonly ValueId[]): void => {
    groups[k] = group;
    for (const id of members) {
      groupOf.set(id, k);
      neighbours.note(id, k);
    }
  };

  /** Puts the members into the first other group that takes them all; says whether there was one. */
  const moveIn = (members: readonly ValueId[], from?: number): boolean => {
    const nodes = members.map((id) => asComputed(graph.nodes[id]));
    // Its operands are tiled from memory, whatever else is at hand.
    if (nodes.some(isContraction)) return false;
    for (const k of new Set(members.flatMap((id) => neighbours.of(id, groupOf)))) {
      const into = groups[k]!;
      if (k === from || into.members.length === 0 || into.members.length + members.length > mostMembers) {
        continue;
      }
      const joined = members.reduce<Group | undefined>(
        (g, id, m) => g && join(graph, g, id, nodes[m]!, target),
        into,
      );
      if (!joined || bindings(joined) > target.storageBuffersPerStage) continue;
      if (!order.join(into.members[0]!.value, members[0]!)) continue;
      enter(k, joined, members);
      return true;
    }
    return false;
  };

  // What a loop computes has kernels of its own (`loops.ts`).
  const inLoops = new Set(dependencies.recurrences.flatMap(({ members }) => members));
  graph.nodes.forEach((node, id) => {
    if (!isComputed(node) || inLoops.has(id) || moveIn([id])) return;
    enter(groups.length, start(id, node), [id]);
  });
  // A member that came early can have kept later ones from a group where they all fit.
  groups.forEach((g, k) => {
    const members = g.members.map((m) => m.value);
    if (moveIn(members, k)) groups[k] = { ...g, members: [] };
  });
  return { groups, groupOf, order };
}

/**
 * Single numbers that are made of leaves alone. They come first, as the corrections of Adam's means do, so that however
 * deep a network is, the updates that read them can be made together with the first gradients.
 */
function numbersOfLeaves({ nodes }: Graph): readonly ValueId[] {
  const found = new Set<ValueId>();
  nodes.forEach((node, id) => {
    if (!isComputed(node) || node.indices.length > 0) return;
    if (operandsOf(node).every((value) => found.has(value) || !isComputed(nodes[value]!))) found.add(id);
  });
  return [...found];
}

interface Neighbourhood {
  readonly note: (value: ValueId, group: number) => void;
  /** The groups of the values that a value is made from, latest first, then groups that read one of those or itself. */
  readonly of: (value: ValueId, groupOf: ReadonlyMap<ValueId, number>) => readonly number[];
}

/** Groups in the order in which each came first. */
interface Arrivals {
  readonly seen: Set<number>;
  readonly inOrder: number[];
}

function arrive({ seen, inOrder }: Arrivals, group: number): void {
  if (seen.has(group)) return;
  seen.add(group);
  inOrder.push(group);
}

function neighbourhood(graph: Graph): Neighbourhood {
  const readers = new Map<ValueId, Arrivals>();
  /** Groups of single numbers: they fit each other, whatever they read. */
  const scalars: Arrivals = { seen: new Set(), inOrder: [] };
  const latest = (groups: Arrivals | undefined): readonly number[] => groups?.inOrder.slice(-nearest) ?? [];
  return {
    note: (value, group) => {
      const node = graph.nodes[value]!;
      if (node.indices.length === 0) arrive(scalars, group);
      for (const l of loadsOfNode(node)) {
        const known = readers.get(l.value) ?? { seen: new Set(), inOrder: [] };
        readers.set(l.value, known);
        arrive(known, group);
      }
    },
    of: (value, groupOf) => {
      const node = graph.nodes[value]!;
      const read = [...new Set(loadsOfNode(node).map((l) => l.value))];
      const producers = read.flatMap((v) => groupOf.get(v) ?? []);
      const siblings = [
        ...[value, ...read].flatMap((v) => latest(readers.get(v))),
        ...(node.indices.length === 0 ? latest(scalars) : []),
      ];
      const descending = (list: readonly number[]): readonly number[] => [...list].sort((a, b) => b - a);
      return [...descending(producers), ...descending(siblings)];
    },
  };
}

function start(id: ValueId, node: Equation): Group {
  const own = [...node.indices, ...(node.reduce?.indices ?? [])];
  return {
    rows: node.indices,
    columns: node.reduce?.indices ?? [],
    members: [
      { value: id, level: node.reduce ? 'reduce' : 'row', names: new Map(own.map((i) => [i.name, i.name])) },
    ],
    contraction: isContraction(node),
    because: [],
  };
}

/** The group with the node in it, which is no contraction, if its indices fit. */
export function join(
  graph: Graph,
  into: Group,
  id: ValueId,
  node: Equation,
  target: Target,
): Group | undefined {
  const own = boundIndices(node);
  if (!isOfShape(own, into.rows) && !isOfShape(own, [...into.rows, ...into.columns])) return undefined;
  const names = correspond(graph, into, id, node);
  if (!names) return undefined;
  return (
    asRow(graph, into, id, node, names) ??
    asElement(into, id, node, names, target) ??
    asReduce(graph, into, id, node, names) ??
    asRepartition(into, id, node, names, target)
  );
}

/** Only then can indices stand for others, one for one. */
const isOfShape = (own: readonly Index[], theirs: readonly Index[]): boolean =>
  own.length === theirs.length && countPoints(own) === countPoints(theirs);

const withMember = (into: Group, member: Member, because: string): Group => ({
  ...into,
  members: [...into.members, member],
  because: [...into.because, because],
});

function asRow(graph: Graph, into: Group, id: ValueId, node: Equation, names: Names): Group | undefined {
  if (node.reduce) return undefined;
  const complete = completed(names, node.indices, into.rows);
  if (!complete) return undefined;
  // The operands of a contraction come from memory.
  if (into.contraction && into.members.some((m) => m.level === 'reduce' && reads(graph, m.value, id))) {
    return undefined;
  }
  return withMember(
    into,
    { value: id, level: 'row', names: complete },
    `%${node.name} is made at the same points`,
  );
}

const reads = (graph: Graph, reader: ValueId, value: ValueId): boolean =>
  loadsOfNode(graph.nodes[reader]!).some((l) => l.value === value);

function asElement(
  into: Group,
  id: ValueId,
  node: Equation,
  names: Names,
  target: Target,
): Group | undefined {
  if (node.reduce || into.contraction || into.columns.length === 0) return undefined;
  const { fewestRows } = classOf(target);
  if (countPoints(into.rows) < fewestRows && countPoints(into.columns) >= fewestRows) return undefined;
  const complete = completed(names, node.indices, [...into.rows, ...into.columns]);
  if (!complete) return undefined;
  return withMember(
    into,
    { value: id, level: 'element', names: complete },
    `%${node.name} walks the same rows and stays on chip between the stages`,
  );
}

function asReduce(graph: Graph, into: Group, id: ValueId, node: Equation, names: Names): Group | undefined {
  if (!node.reduce || into.contraction || into.columns.length === 0) return undefined;
  const rows = completed(names, node.indices, into.rows);
  const complete = rows && completed(rows, node.reduce.indices, into.columns);
  if (!complete) return undefined;
  // A position counts the reduced indices in their own order.
  const inOrder = node.reduce.indices.every((i, k) => complete.get(i.name) === into.columns[k]!.name);
  const positional = into.members.some((m) => findsPosition(asComputed(graph.nodes[m.value])));
  if (!inOrder && (findsPosition(node) || positional)) return undefined;
  return withMember(
    into,
    { value: id, level: 'reduce', names: complete },
    `%${node.name} reduces the same rows`,
  );
}

/** A reduction over some indices of a pointwise group: those become its columns. */
function asRepartition(
  into: Group,
  id: ValueId,
  node: Equation,
  names: Names,
  target: Target,
): Group | undefined {
  if (!node.reduce || into.columns.length > 0 || into.contraction) return undefined;
  if (!mapsOnto(names, [...node.indices, ...node.reduce.indices], into.rows)) return undefined;
  if (countPoints(node.indices) < classOf(target).fewestRows) return undefined;
  const theirs = (list: readonly Index[]): Index[] =>
    list.map((i) => ({ name: names.get(i.name)!, extent: i.extent }));
  return {
    ...into,
    rows: theirs(node.indices),
    columns: theirs(node.reduce.indices),
    members: [
      ...into.members.map((m): Member => ({ ...m, level: 'element' })),
      { value: id, level: 'reduce', names },
    ],
    because: [...into.because, `%${node.name} reduces it row by row while it is on chip`],
  };
}

const findsPosition = ({ reduce }: Equation): boolean => reduce !== undefined && isPositional(reduce.by);

const contractions = new WeakMap<Equation, boolean>();

/**
 * A sum in which two loads each lack an index of the result that the other has: every element is used again
 * along that index, and tiling pays. Matrix products, convolutions and their gradients are of this kind.
 */
export function isContraction(node: Equation): boolean {
  const known = contractions.get(node) ?? isProduct(node);
  contractions.set(node, known);
  return known;
}

function isProduct(node: Equation): boolean {
  if (node.reduce?.by !== 'sum') return false;
  const own = node.indices.filter((i) => i.extent > 1).map((i) => i.name);
  const lacks = loadsOfNode(node)
    .filter((l) => l.indices.length > 0)
    .map((l) => {
      const used = new Set(l.indices.flatMap((e) => [...variablesOf(e)]));
      return new Set(own.filter((name) => !used.has(name)));
    });
  return lacks.some((a, i) =>
    lacks.some((b, j) => i < j && [...a].some((n) => !b.has(n)) && [...b].some((n) => !a.has(n))),
  );
}
