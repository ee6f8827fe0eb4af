/**
 * Recurrences: nodes in, the groups of equations that need each other out, each with its sequential index.
 *
 *     %z[b: 8, t: 5, j: 4]: f32 = sum[k: 4] %U[j, k] * (if 1 <= t then %s[b, t - 1, k] else 0.0)
 *     %s[b: 8, t: 5, j: 4]: f32 = tanh(%x[b, t, j] + %z[b, t, j])
 *
 * No kind of node says so: a recurrence is a strongly connected component of the loads (a system of recurrence
 * equations: Karp, Miller and Winograd, *The organization of computations for uniform recurrence equations*, 1967).
 * It is sound if one index of each member, all of one extent, can be walked in one direction so that whatever is read
 * of the component is there already: at an earlier position, or at the same one of a member that comes before.
 */
import { subtract, variable } from '../index/build.ts';
import { isConstant } from '../index/query.ts';
import { InternalError } from '../internal-error.ts';
import { asAffine } from '../scalar/build.ts';
import type { Load } from '../scalar/expr.ts';
import { boundsUnder, type Facts } from '../scalar/facts.ts';
import { keyTable } from '../scalar/walk.ts';
import { membersOf, spansOf } from './components.ts';
import { partsOf, visitUnder } from './conditions.ts';
import type { Index, Node, ValueId } from './graph.ts';
import { isComputed } from './nodes.ts';

/** `forward` walks from position 0 up and reads `t - 1`; `backward` from the last one down and reads `t + 1`. */
export type Direction = 'forward' | 'backward';

/** How many positions back a load goes. */
export interface Distance {
  readonly nearest: number;
  readonly farthest: number;
}

/** A load of a member in a member, with what is known each time that it is evaluated. */
export interface Reference {
  readonly reader: ValueId;
  readonly load: Load;
  readonly contexts: readonly Facts[];
}

/** A load of a member in a member. */
export interface Read extends Distance {
  readonly reader: ValueId;
  readonly load: Load;
}

export interface Recurrence {
  /** In the order in which one position computes them; they stand together. */
  readonly members: readonly ValueId[];
  /** For each member, which of its indices is the sequential one. */
  readonly axes: ReadonlyMap<ValueId, number>;
  /** How many positions there are; at least 2. */
  readonly extent: number;
  readonly direction: Direction;
  readonly reads: readonly Read[];
}

/** The recurrences of a sound graph, in its order; that of an unsound one is refused. */
export function recurrencesOf(nodes: readonly Node[]): readonly Recurrence[] {
  return spansOf(nodes).map((span) => {
    const members = membersOf(span);
    const found = recurrenceOf(nodes, members, referencesIn(nodes, members));
    if (found !== undefined) return found;
    throw new InternalError('no order of positions fits', {
      pass: 'ir/recurrences',
      node: nodes[span.first]!.name,
    });
  });
}

/** The sequential index of a member. */
export const sequentialIndex = (nodes: readonly Node[], { axes }: Recurrence, member: ValueId): Index =>
  nodes[member]!.indices[axes.get(member)!]!;

/** The loads of members in members that are evaluated somewhere; equal ones of one member once. */
export function referencesIn(nodes: readonly Node[], members: readonly ValueId[]): readonly Reference[] {
  const inside = new Set(members);
  return members.flatMap((reader) => {
    const node = nodes[reader]!;
    if (!isComputed(node)) return [];
    const { keyOf } = keyTable();
    const found = new Map<string, { readonly load: Load; readonly contexts: Facts[] }>();
    for (const part of partsOf(node)) {
      visitUnder(
        part,
        (e) => e.kind === 'load' && inside.has(e.value),
        (e, facts) => {
          const known = found.get(keyOf(e));
          if (known !== undefined) known.contexts.push(facts);
          else found.set(keyOf(e), { load: e as Load, contexts: [facts] });
        },
      );
    }
    return [...found.values()].map(({ load, contexts }) => ({ reader, load, contexts }));
  });
}

/**
 * How far back a load goes where the reader's index `from` and the index `to` of what is read are the sequential ones;
 * undefined where that may be a later position, or is not known.
 */
export function distanceOf(
  nodes: readonly Node[],
  { reader, load, contexts }: Reference,
  from: number,
  to: number,
  direction: Direction,
): Distance | undefined {
  const own = nodes[reader]!.indices[from];
  const read = nodes[load.value]!.indices[to];
  const position = asAffine(load.indices[to]!);
  if (own === undefined || own.extent !== read?.extent || position === undefined) return undefined;
  const t = variable(own.name);
  const back = direction === 'forward' ? subtract(t, position) : subtract(position, t);
  if (isConstant(back))
    return back.constant < 0 ? undefined : { nearest: back.constant, farthest: back.constant };
  const all = contexts.map((facts) => boundsUnder(back, facts));
  const nearest = Math.min(...all.map(({ min }) => min));
  return nearest >= 0 ? { nearest, farthest: Math.max(...all.map(({ max }) => max)) } : undefined;
}

const directions = ['forward', 'backward'] as const satisfies readonly Direction[];

/**
 * The members of a component as a recurrence over the first index of its first member that allows one; undefined
 * where none does. The members in the order given, or, with `sort`, in one that fits.
 */
export function recurrenceOf(
  nodes: readonly Node[],
  members: readonly ValueId[],
  references: readonly Reference[],
  sort = false,
): Recurrence | undefined {
  const [first] = members;
  for (const axis of nodes[first!]!.indices.keys()) {
    for (const direction of directions) {
      const axes = axesFor(nodes, members, references, axis, direction);
      if (axes === undefined) continue;
      const reads = references.map((reference) => {
        const { reader, load } = reference;
        const distance = distanceOf(nodes, reference, axes.get(reader)!, axes.get(load.value)!, direction)!;
        return { reader, load, ...distance };
      });
      const order = sort ? sorted(members, reads) : isOrder(members, reads) ? members : undefined;
      if (order === undefined) continue;
      return { members: order, axes, extent: nodes[first!]!.indices[axis]!.extent, direction, reads };
    }
  }
  return undefined;
}

/** The sequential index of each member, if that of the first is `axis`: what all loads together leave. */
function axesFor(
  nodes: readonly Node[],
  members: readonly ValueId[],
  references: readonly Reference[],
  axis: number,
  direction: Direction,
): ReadonlyMap<ValueId, number> | undefined {
  const left = new Map(
    members.map((id, k) => [id, k === 0 ? [axis] : [...nodes[id]!.indices.keys()]] as const),
  );
  const fits = memoised(
    (reference: Reference, from: number, to: number) =>
      distanceOf(nodes, reference, from, to, direction) !== undefined,
  );
  const narrow = (): boolean => {
    for (let changed = true; changed; ) {
      changed = false;
      for (const reference of references) {
        const [from, to] = [left.get(reference.reader)!, left.get(reference.load.value)!];
        const itself = reference.reader === reference.load.value;
        const agree = (a: number, b: number): boolean => (!itself || a === b) && fits(reference, a, b);
        const readers = from.filter((a) => to.some((b) => agree(a, b)));
        const reads = to.filter((b) => from.some((a) => agree(a, b)));
        if (readers.length === 0 || reads.length === 0) return false;
        if (readers.length === from.length && reads.length === to.length) continue;
        changed = true;
        left.set(reference.reader, readers);
        left.set(reference.load.value, reads);
      }
    }
    return true;
  };
  if (!narrow()) return undefined;
  for (const id of members) {
    const axes = left.get(id)!;
    if (axes.length === 0) return undefined;
    if (axes.length === 1) continue;
    left.set(id, [axes[0]!]);
    if (!narrow()) return undefined;
  }
  return new Map([...left].map(([id, axes]) => [id, axes[0]!] as const));
}

function memoised(
  fits: (reference: Reference, from: number, to: number) => boolean,
): (reference: Reference, from: number, to: number) => boolean {
  const known = new Map<Reference, Map<string, boolean>>();
  return (reference, from, to) => {
    const here = known.get(reference) ?? new Map<string, boolean>();
    known.set(reference, here);
    const fit = here.get(`${from} ${to}`) ?? fits(reference, from, to);
    here.set(`${from} ${to}`, fit);
    return fit;
  };
}

/** Whether each member that is read at the same position comes before its reader. */
function isOrder(members: readonly ValueId[], reads: readonly Read[]): boolean {
  const place = new Map(members.map((id, k) => [id, k] as const));
  return reads.every(
    ({ reader, load, nearest }) => nearest > 0 || place.get(load.value)! < place.get(reader)!,
  );
}

/** The members, each after those that it reads at the same position; undefined where that is a cycle. */
function sorted(members: readonly ValueId[], reads: readonly Read[]): readonly ValueId[] | undefined {
  const before = new Map<ValueId, ValueId[]>(members.map((id) => [id, []]));
  for (const { reader, load, nearest } of reads) if (nearest === 0) before.get(reader)!.push(load.value);
  const order = new Set<ValueId>();
  const open = new Set<ValueId>();
  const visit = (id: ValueId): boolean => {
    if (order.has(id)) return true;
    if (open.has(id)) return false;
    open.add(id);
    if (!before.get(id)!.every(visit)) return false;
    order.add(id);
    return true;
  };
  return members.every(visit) ? [...order] : undefined;
}
