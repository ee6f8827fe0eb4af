/**
 * Graph -> groups: which equations share a kernel, and why.
 *
 * A group has an index space of two levels (see `kernel.ts`) and its members are placed in it: each of a
 * member's indices is one of the group's. Equations are visited in order; each joins the group of a value that
 * it reads where its indices fit, or a group that reads the same tensors over the same space, or starts its own.
 * Joining never makes a cycle among groups, and never binds more buffers than the adapter has.
 */
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import type { Load } from '../scalar/expr.ts';
import { bareVariable, variablesOf } from '../scalar/walk.ts';
import type { Target } from '../schedule/target.ts';
import { closesCycle, type Dependencies } from './dependencies.ts';
import { consumersOf, liveOuts, loadsOfNode } from './values.ts';

export type Level = 'reduce' | 'row' | 'element';

export interface Member {
  readonly value: ValueId;
  readonly level: Level;
  /** The member's index names -> the group's. */
  readonly names: ReadonlyMap<string, string>;
}

export interface Group {
  readonly rows: readonly Index[];
  readonly columns: readonly Index[];
  readonly members: readonly Member[];
  /** A contraction takes pointwise epilogues only: its operands are tiled, not walked row by row. */
  readonly contraction: boolean;
  readonly because: readonly string[];
}

/** A kernel that gives each row to a thread or a workgroup needs this many rows to keep the adapter busy. */
export const fewestRows = { hardware: 64, software: 8 } as const;

export function group(graph: Graph, dependencies: Dependencies, target: Target): readonly Group[] {
  const groups: Group[] = [];
  const groupOf = new Map<ValueId, number>();
  const bindings = bindingCounter(graph);

  const mates = (v: ValueId): readonly ValueId[] => {
    const g = groupOf.get(v);
    return g === undefined ? [v] : groupMembers(groups[g]!);
  };

  /** Puts the members into the first other group that takes them all; says whether there was one. */
  const moveIn = (members: readonly ValueId[], from?: number): boolean => {
    const nodes = members.map((id) => graph.nodes[id] as Equation);
    for (const k of new Set(nodes.flatMap((n) => [...candidateGroups(graph, n, groupOf, groups)]))) {
      if (k === from || groups[k]!.members.length === 0) continue;
      const joined = members.reduce<Group | undefined>(
        (into, id, m) => into && join(graph, into, id, nodes[m]!, target),
        groups[k],
      );
      if (!joined || bindings(joined) > target.storageBuffersPerStage) continue;
      if (closesCycle(dependencies, groupMembers(joined), mates)) continue;
      groups[k] = joined;
      for (const id of members) groupOf.set(id, k);
      return true;
    }
    return false;
  };

  graph.nodes.forEach((node, id) => {
    if (node.kind !== 'equation' || moveIn([id])) return;
    groupOf.set(id, groups.length);
    groups.push(start(id, node));
  });
  // A member that came early can have kept later ones from a group where they all fit.
  groups.forEach((g, k) => {
    if (moveIn(groupMembers(g), k)) groups[k] = { ...g, members: [] };
  });
  return groups.filter((g) => g.members.length > 0);
}

const groupMembers = (g: Group): readonly ValueId[] => g.members.map((m) => m.value);

/** Groups of the values that the node reads, latest first, then groups that read one of the same values. */
function candidateGroups(
  graph: Graph,
  node: Equation,
  groupOf: ReadonlyMap<ValueId, number>,
  groups: readonly Group[],
): ReadonlySet<number> {
  const loads = loadsOfNode(node);
  const producers = loads.map((l) => groupOf.get(l.value)).filter((g) => g !== undefined);
  const read = new Set(loads.map((l) => l.value));
  const siblings = groups.flatMap((g, k) =>
    node.indices.length + g.rows.length === 0 ||
    g.members.some((m) => loadsOfNode(graph.nodes[m.value]!).some((l) => read.has(l.value)))
      ? [k]
      : [],
  );
  return new Set([...producers.sort((a, b) => b - a), ...siblings.reverse()]);
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

/** The group with the node in it, if its indices fit. */
export function join(
  graph: Graph,
  into: Group,
  id: ValueId,
  node: Equation,
  target: Target,
): Group | undefined {
  if (isContraction(node)) return undefined;
  const names = correspond(graph, into, node);
  if (!names) return undefined;
  return (
    asRow(into, id, node, names) ??
    asElement(into, id, node, names, target) ??
    asReduce(graph, into, id, node, names) ??
    asRepartition(into, id, node, names, target)
  );
}

type Names = ReadonlyMap<string, string>;

/**
 * What the node's loads say of its indices: where the node reads a member of the group, or a tensor that a
 * member reads too, at bare indices, both must mean the same point. Undefined where they do not.
 */
function correspond(graph: Graph, into: Group, node: Equation): Names | undefined {
  const names = new Map<string, string>();
  const own = new Map([...node.indices, ...(node.reduce?.indices ?? [])].map((i) => [i.name, i.extent]));
  const extents = new Map([...into.rows, ...into.columns].map((i) => [i.name, i.extent]));
  const agree = (mine: string, theirs: string): boolean => {
    const known = names.get(mine);
    if (known !== undefined) return known === theirs;
    if (own.get(mine) !== extents.get(theirs) || [...names.values()].includes(theirs)) return false;
    names.set(mine, theirs);
    return true;
  };
  const loads = loadsOfNode(node);
  for (const member of into.members) {
    const produced = graph.nodes[member.value]! as Equation;
    for (const l of loads.filter((l) => l.value === member.value)) {
      // A member is on chip only at this very point.
      const fits = l.indices.every((e, k) => {
        const mine = bareVariable(e);
        return mine !== undefined && agree(mine, member.names.get(produced.indices[k]!.name)!);
      });
      if (!fits) return undefined;
    }
  }
  for (const member of into.members) {
    const theirs = loadsOfNode(graph.nodes[member.value]!);
    for (const l of loads) {
      const other = theirs.find((t) => t.value === l.value);
      if (other) agreeOnShared(l, other, member, names, agree);
    }
  }
  return names;
}

/** Two reads of one tensor hint at a correspondence; where they do not, nothing is lost. */
function agreeOnShared(
  mine: Load,
  theirs: Load,
  member: Member,
  names: Names,
  agree: (mine: string, theirs: string) => boolean,
): void {
  const pairs = mine.indices.map((e, k) => [bareVariable(e), bareVariable(theirs.indices[k]!)] as const);
  if (!pairs.every(([a, b]) => a !== undefined && b !== undefined)) return;
  for (const [a, b] of pairs) if (!names.has(a!)) agree(a!, member.names.get(b!)!);
}

const mapsOnto = (names: Names, own: readonly Index[], theirs: readonly Index[]): boolean =>
  own.length === theirs.length && own.every((i) => theirs.some((t) => t.name === names.get(i.name)));

const withMember = (into: Group, member: Member, because: string): Group => ({
  ...into,
  members: [...into.members, member],
  because: [...into.because, because],
});

function asRow(into: Group, id: ValueId, node: Equation, names: Names): Group | undefined {
  if (node.reduce) return undefined;
  const complete = completed(names, node.indices, into.rows);
  if (!complete || !mapsOnto(complete, node.indices, into.rows)) return undefined;
  return withMember(
    into,
    { value: id, level: 'row', names: complete },
    `%${node.name} is made at the same points`,
  );
}

function asElement(
  into: Group,
  id: ValueId,
  node: Equation,
  names: Names,
  target: Target,
): Group | undefined {
  if (node.reduce || into.contraction || into.columns.length === 0) return undefined;
  if (size(into.rows) < fewestRows[target.class] && size(into.columns) >= fewestRows[target.class])
    return undefined;
  const all = [...into.rows, ...into.columns];
  const complete = completed(names, node.indices, all);
  if (!complete || !mapsOnto(complete, node.indices, all)) return undefined;
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
  if (!complete || !mapsOnto(complete, node.indices, into.rows)) return undefined;
  if (!mapsOnto(complete, node.reduce.indices, into.columns)) return undefined;
  // A position counts the reduced indices in their own order.
  const inOrder = node.reduce.indices.every((i, k) => complete.get(i.name) === into.columns[k]!.name);
  const first = into.members.find((m) => m.level === 'reduce');
  if (!inOrder && (isPositional(node) || (first && isPositional(graph.nodes[first.value] as Equation)))) {
    return undefined;
  }
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
  const own = [...node.indices, ...node.reduce.indices];
  if (!mapsOnto(names, own, into.rows)) return undefined;
  if (size(node.indices) < fewestRows[target.class]) return undefined;
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

/**
 * Adds the indices that no load spoke of, in order, where exactly as many of the group's are free and the
 * extents agree.
 */
function completed(names: Names, own: readonly Index[], theirs: readonly Index[]): Names | undefined {
  const open = own.filter((i) => !names.has(i.name));
  if (open.length === 0) return names;
  const used = new Set(names.values());
  const free = theirs.filter((i) => !used.has(i.name));
  if (free.length !== open.length || open.some((i, k) => i.extent !== free[k]!.extent)) return undefined;
  return new Map([...names, ...open.map((i, k) => [i.name, free[k]!.name] as const)]);
}

const size = (indices: readonly Index[]): number => indices.reduce((n, i) => n * i.extent, 1);

const isPositional = (node: Equation): boolean =>
  node.reduce?.by === 'argmax' || node.reduce?.by === 'argmin';

/**
 * A sum in which two loads each lack an index of the result that the other has: every element is used again
 * along that index, and tiling pays. Matrix products, convolutions and their gradients are of this kind.
 */
export function isContraction(node: Equation): boolean {
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

/** How many buffers a group binds: what it reads from memory and what it must store. */
export function bindingCounter(graph: Graph): (g: Group) => number {
  const consumers = consumersOf(graph);
  const outs = liveOuts(graph);
  const targets = new Map(graph.updates.map((u) => [u.value, u.target]));
  return (g) => {
    const inside = new Set(groupMembers(g));
    const bound = new Set<ValueId>();
    for (const id of inside) {
      for (const l of loadsOfNode(graph.nodes[id]!)) if (!inside.has(l.value)) bound.add(l.value);
      if (outs.has(id) || consumers[id]!.some((c) => !inside.has(c))) bound.add(targets.get(id) ?? id);
    }
    return bound.size;
  };
}
