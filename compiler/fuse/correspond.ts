/**
 * A group and an equation in; how the equation's indices must stand for the group's, out, or that they cannot.
 *
 * A value that is kept on chip is known at the very point at hand and nowhere else. So where the equation reads a
 * member, and where a member reads the equation, both indices must mean the same point. Where both read one tensor
 * from memory, reading it at the same point is only better.
 */
import { boundIndices } from '../ir/equation.ts';
import type { Equation, Graph, Index, ValueId } from '../ir/graph.ts';
import { loadsByValue } from '../ir/nodes.ts';
import type { Load } from '../scalar/expr.ts';
import { bareVariable } from '../scalar/walk.ts';

/** The equation's index names -> the group's; each of those once. */
export type Names = ReadonlyMap<string, string>;

/** The part of a group that matters here. */
export interface Space {
  readonly rows: readonly Index[];
  readonly columns: readonly Index[];
  readonly members: readonly { readonly value: ValueId; readonly names: Names }[];
}

/** What the reads say of the equation's indices; undefined where a value would be read at another point. */
export function correspond(graph: Graph, into: Space, id: ValueId, node: Equation): Names | undefined {
  const matching = matcher(into, node);
  const loads = loadsByValue(node);
  const fits = into.members.every(({ value, names }) => {
    const made = graph.nodes[value]!;
    const readsMember = loads.get(value)?.every((l) =>
      l.indices.every((at, k) => {
        const mine = bareVariable(at);
        return mine !== undefined && matching.agree(mine, names.get(made.indices[k]!.name)!);
      }),
    );
    const isRead = loadsByValue(made)
      .get(id)
      ?.every((l) =>
        l.indices.every((at, k) => {
          const theirs = bareVariable(at);
          return theirs !== undefined && matching.agree(node.indices[k]!.name, names.get(theirs)!);
        }),
      );
    return readsMember !== false && isRead !== false;
  });
  if (!fits) return undefined;
  const all = boundIndices(node).length;
  for (const { value, names } of into.members) {
    if (matching.names.size === all) break;
    const theirs = loadsByValue(graph.nodes[value]!);
    loads.forEach((mine, read) => {
      const other = theirs.get(read)?.[0];
      if (other) for (const l of mine) agreeOnShared(l, other, names, matching);
    });
  }
  return matching.names;
}

interface Matcher {
  readonly names: Names;
  /** Takes note that one index stands for another; false where that contradicts what is known. */
  readonly agree: (mine: string, theirs: string) => boolean;
}

function matcher(into: Space, node: Equation): Matcher {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const own = new Map([...node.indices, ...(node.reduce?.indices ?? [])].map((i) => [i.name, i.extent]));
  const extents = new Map([...into.rows, ...into.columns].map((i) => [i.name, i.extent]));
  return {
    names,
    agree: (mine, theirs) => {
      const known = names.get(mine);
      if (known !== undefined) return known === theirs;
      if (own.get(mine) !== extents.get(theirs) || taken.has(theirs)) return false;
      names.set(mine, theirs);
      taken.add(theirs);
      return true;
    },
  };
}

/** Two reads of one tensor hint at a correspondence; where they do not, nothing is lost. */
function agreeOnShared(mine: Load, theirs: Load, namesOfMember: Names, { names, agree }: Matcher): void {
  const pairs = mine.indices.map((at, k) => [bareVariable(at), bareVariable(theirs.indices[k]!)] as const);
  if (!pairs.every(([a, b]) => a !== undefined && b !== undefined)) return;
  for (const [a, b] of pairs) {
    const known = namesOfMember.get(b!);
    // The position of a loop stands for nothing but itself.
    if (known !== undefined && !names.has(a!)) agree(a!, known);
  }
}

/**
 * Adds the indices that no read spoke of, in order, where exactly as many of the group's are free and the extents
 * agree: the result stands for all of `theirs`. Else undefined.
 */
export function completed(names: Names, own: readonly Index[], theirs: readonly Index[]): Names | undefined {
  const open = own.filter((i) => !names.has(i.name));
  const used = new Set(names.values());
  const free = open.length === 0 ? [] : theirs.filter((i) => !used.has(i.name));
  if (free.length !== open.length || open.some((i, k) => i.extent !== free[k]!.extent)) return undefined;
  const all = new Map([...names, ...open.map((i, k) => [i.name, free[k]!.name] as const)]);
  return mapsOnto(all, own, theirs) ? all : undefined;
}

/** Do these indices stand for exactly those? */
export const mapsOnto = (names: Names, own: readonly Index[], theirs: readonly Index[]): boolean =>
  own.length === theirs.length && own.every((i) => theirs.some((t) => t.name === names.get(i.name)));
