/**
 * Dependencies in, a topological order of groups out that is kept while groups are joined.
 *
 * At first each value is a group of its own. Two groups may become one where no path leads from one to the other
 * through a third: the kernel would need, in between, what needs the kernel. A path can only run through groups
 * that stand between the two in the order, so mostly nothing has to be searched (Pearce and Kelly, "A dynamic
 * topological sort algorithm for directed acyclic graphs", 2006, for joining instead of adding edges).
 */
import type { ValueId } from '../ir/graph.ts';
import type { Dependencies } from './dependencies.ts';

export interface GroupOrder {
  /** Makes one group of two, given by any of their values; false, and nothing done, where that is not possible. */
  readonly join: (a: ValueId, b: ValueId) => boolean;
  readonly canJoin: (a: ValueId, b: ValueId) => boolean;
  /** Where the group of a value stands: each comes after those that it depends on. */
  readonly position: (value: ValueId) => number;
}

/** So many groups are looked at before two are said to be too far apart. */
const farthest = 256;

interface Node {
  position: number;
  readonly successors: Set<ValueId>;
  readonly predecessors: Set<ValueId>;
}

/** What has to move where two groups become one; undefined where they must not. */
interface Plan {
  readonly first: ValueId;
  readonly last: ValueId;
  /** Where the new group stands. */
  readonly position: number;
  /** The groups in between that have to move: what must come before the new group, or after it. */
  readonly moved: ReadonlyMap<ValueId, number>;
}

/** The values of `first` stand as early as they can, all others as near to their order in the graph as that allows. */
export function groupOrder(
  { successors }: Pick<Dependencies, 'successors'>,
  first: readonly ValueId[] = [],
): GroupOrder {
  const nodes = initialNodes(successors, first);
  const parent = successors.map((_, value) => value);
  const find = (value: ValueId): ValueId => {
    let root = value;
    while (parent[root] !== root) root = parent[root]!;
    for (let v = value; v !== root; ) [v, parent[v]] = [parent[v]!, root];
    return root;
  };

  /** All groups that edges reach from `from` without passing `limit` in the order, or why there is no answer. */
  const reach = (
    from: ValueId,
    to: ValueId,
    direction: 'successors' | 'predecessors',
  ): readonly ValueId[] | 'meets' | 'too far' => {
    const limit = nodes[to]!.position;
    const inside = (position: number): boolean =>
      direction === 'successors' ? position < limit : position > limit;
    const seen = new Set<ValueId>();
    const open = [from];
    for (let g = open.pop(); g !== undefined; g = open.pop()) {
      for (const value of nodes[g]![direction]) {
        const next = find(value);
        if (next === to && g !== from) return 'meets';
        if (next === g || seen.has(next) || !inside(nodes[next]!.position)) continue;
        if (seen.size === farthest) return 'too far';
        seen.add(next);
        open.push(next);
      }
    }
    return [...seen];
  };

  const planFor = (a: ValueId, b: ValueId): Plan | undefined => {
    const [x, y] = [find(a), find(b)];
    const [first, last] = nodes[x]!.position <= nodes[y]!.position ? [x, y] : [y, x];
    const [low, high] = [nodes[first]!.position, nodes[last]!.position];
    const moved: ReadonlyMap<ValueId, number> = new Map();
    if (first === last) return { first, last, position: low, moved };
    const after = reach(first, last, 'successors');
    if (after === 'meets') return undefined;
    // Where nothing stands in the way the order stays as it is.
    if (after.length === 0) return { first, last, position: high, moved };
    const before = reach(last, first, 'predecessors');
    if (before === 'meets' || before === 'too far') return undefined;
    if (before.length === 0) return { first, last, position: low, moved };
    if (after === 'too far') return undefined;
    return { first, last, ...rearranged(before, after, low, high) };
  };

  /** First what must come before, then the new group, then what must come after it, each in its own order. */
  const rearranged = (
    before: readonly ValueId[],
    after: readonly ValueId[],
    low: number,
    high: number,
  ): Pick<Plan, 'position' | 'moved'> => {
    const byPosition = (a: ValueId, b: ValueId): number => nodes[a]!.position - nodes[b]!.position;
    const slots = [low, high, ...[...before, ...after].map((g) => nodes[g]!.position)].sort((a, b) => a - b);
    const early = [...before].sort(byPosition).map((g, k) => [g, slots[k]!] as const);
    const late = [...after].sort(byPosition).map((g, k) => [g, slots[before.length + 2 + k]!] as const);
    return { position: slots[before.length]!, moved: new Map([...early, ...late]) };
  };

  const carryOut = ({ first, last, position, moved }: Plan): void => {
    if (first === last) return;
    for (const [group, to] of moved) nodes[group]!.position = to;
    const [low, high] = [nodes[first]!, nodes[last]!];
    // The larger set takes in the smaller one.
    const [root, other] =
      low.successors.size + low.predecessors.size >= high.successors.size + high.predecessors.size
        ? [first, last]
        : [last, first];
    parent[other] = root;
    const kept = nodes[root]!;
    for (const v of nodes[other]!.successors) kept.successors.add(v);
    for (const v of nodes[other]!.predecessors) kept.predecessors.add(v);
    kept.position = position;
  };

  return {
    canJoin: (a, b) => planFor(a, b) !== undefined,
    join: (a, b) => {
      const found = planFor(a, b);
      if (found) carryOut(found);
      return found !== undefined;
    },
    position: (value) => nodes[find(value)]!.position,
  };
}

/** Every value a group of its own. */
function initialNodes(successors: Dependencies['successors'], first: readonly ValueId[]): Node[] {
  const nodes = successors.map(
    (set): Node => ({
      position: -1,
      successors: new Set(set),
      predecessors: new Set(),
    }),
  );
  successors.forEach((set, value) => {
    for (const next of set) nodes[next]!.predecessors.add(value);
  });
  let placed = 0;
  const place = (value: ValueId): void => {
    const open = [value];
    for (let v = open.at(-1); v !== undefined; v = open.at(-1)) {
      const missing = [...nodes[v]!.predecessors].filter((p) => nodes[p]!.position < 0);
      if (missing.length === 0) {
        if (nodes[v]!.position < 0) nodes[v]!.position = placed++;
        open.pop();
      } else open.push(...missing.sort((a, b) => b - a));
    }
  };
  first.forEach(place);
  for (let value = 0; value < nodes.length; value++) place(value);
  return nodes;
}
