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
  /** The same wherever it is evaluated, by its text: `t - 1`, and not `s` where `s < t`. */
  readonly isConstant: boolean;
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
  const at = load.indices[to];
  const position = at && asAffine(at);
  if (own === undefined || own.extent !== read?.extent || position === undefined) return undefined;
  const t = variable(own.name);
  const back = direction === 'forward' ? subtract(t, position) : subtract(position, t);
  if (isConstant(back)) {
    const { constant } = back;
    return constant < 0 ? undefined : { nearest: constant, farthest: constant, isConstant: true };
  }
  const all = contexts.map((facts) => boundsUnder(back, facts));
  const nearest = Math.min(...all.map(({ min }) => min));
  if (nearest < 0) return undefined;
  return { nearest, farthest: Math.max(...all.map(({ max }) => max)), isConstant: false };
}

const directions = ['forward', 'backward'] as const satisfies readonly Direction[];

/** Each way to walk a component: where several indices fit, first those that loads follow at a constant distance. */
const ways = [true, false].flatMap((isConstant) =>
  directions.map((direction) => ({ direction, isConstant })),
);

/** So many choices of indices are tried for one way and one index; more than one comes up where extents are equal. */
const patience = 64;

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
  const place = new Map(members.map((id, k) => [id, k] as const));
  const isInOrder = ({ reader, load }: Reference): boolean => place.get(load.value)! < place.get(reader)!;
  const { indices } = nodes[members[0]!]!;
  for (const { direction, isConstant } of ways) {
    const distances = memoised((reference, from, to) => {
      const distance = distanceOf(nodes, reference, from, to, direction);
      return sort || distance?.nearest !== 0 || isInOrder(reference) ? distance : undefined;
    });
    for (const [axis, { extent }] of indices.entries()) {
      const open = members.map((id, k) => [id, k === 0 ? [axis] : [...nodes[id]!.indices.keys()]] as const);
      let tries = 0;
      for (const axes of choices(new Map(open), references, distances, isConstant)) {
        const reads = references.map((reference): Read => {
          const { reader, load } = reference;
          return { reader, load, ...distances(reference, axes.get(reader)!, axes.get(load.value)!)! };
        });
        const order = sort ? sorted(members, reads) : members;
        if (order !== undefined) return { members: order, axes, extent, direction, reads };
        if (++tries === patience) break;
      }
    }
  }
  return undefined;
}

type Distances = (reference: Reference, from: number, to: number) => Distance | undefined;

function memoised(distances: Distances): Distances {
  const known = new Map<Reference, Map<string, Distance | undefined>>();
  return (reference, from, to) => {
    const here = known.get(reference) ?? new Map<string, Distance | undefined>();
    known.set(reference, here);
    const key = `${from} ${to}`;
    if (!here.has(key)) here.set(key, distances(reference, from, to));
    return here.get(key);
  };
}

/** The indices that each member may still be walked along. */
type Open = ReadonlyMap<ValueId, readonly number[]>;

/** An index for each member, of those that are open, so that all loads fit. */
function* choices(
  open: Open,
  references: readonly Reference[],
  distances: Distances,
  isConstant: boolean,
): Generator<ReadonlyMap<ValueId, number>> {
  const left = narrowed(open, references, distances, isConstant);
  if (left === undefined) return;
  const undecided = [...left].find(([, axes]) => axes.length !== 1);
  if (undecided === undefined) {
    yield new Map([...left].map(([id, axes]) => [id, axes[0]!] as const));
    return;
  }
  const [id, axes] = undecided;
  for (const axis of axes) {
    yield* choices(new Map(left).set(id, [axis]), references, distances, isConstant);
  }
}

/** What the loads leave: an index stays where each load of and by its member has one at the other end that fits. */
function narrowed(
  open: Open,
  references: readonly Reference[],
  distances: Distances,
  isConstant: boolean,
): Open | undefined {
  const left = new Map(open);
  for (let changed = true; changed; ) {
    changed = false;
    for (const reference of references) {
      const { reader, load } = reference;
      const pairs = left.get(reader)!.flatMap((from) =>
        left.get(load.value)!.flatMap((to) => {
          const distance = distances(reference, from, to);
          return distance === undefined || (reader === load.value && from !== to)
            ? []
            : [{ from, to, distance }];
        }),
      );
      const constant = pairs.filter(({ distance }) => distance.isConstant);
      const fitting = isConstant && constant.length > 0 ? constant : pairs;
      if (fitting.length === 0) return undefined;
      const keep = (id: ValueId, stays: (axis: number) => boolean): void => {
        const kept = left.get(id)!.filter(stays);
        changed ||= kept.length < left.get(id)!.length;
        left.set(id, kept);
      };
      keep(reader, (axis) => fitting.some(({ from }) => from === axis));
      keep(load.value, (axis) => fitting.some(({ to }) => to === axis));
    }
  }
  return left;
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
