/**
 * Which nodes need each other: nodes in, the strongly connected components of their loads out. A graph in which every
 * load goes to an earlier node has none of several nodes, and is only looked through.
 */
import type { Graph, Node, ValueId } from './graph.ts';
import { loadsOfNode } from './nodes.ts';

/** Nodes that stand together, both ends inclusive. */
export interface Span {
  readonly first: ValueId;
  readonly last: ValueId;
}

/**
 * The runs of nodes from one that names a later one, or itself, to the last that it names, overlapping ones as one.
 * In a sound graph they are its recurrences: the members of one stand together.
 */
export function spansOf(nodes: readonly Node[], from: ValueId = 0): readonly Span[] {
  const spans: { first: ValueId; last: ValueId }[] = [];
  for (let id = from; id < nodes.length; id++) {
    let last = -1;
    for (const { value } of loadsOfNode(nodes[id]!))
      if (value >= id && value < nodes.length) last = Math.max(last, value);
    if (last < 0) continue;
    const open = spans.at(-1);
    if (open !== undefined && id <= open.last) open.last = Math.max(open.last, last);
    else spans.push({ first: id, last });
  }
  return spans;
}

/** The positions of a span, first to last. */
export const membersOf = ({ first, last }: Span): readonly ValueId[] =>
  Array.from({ length: last - first + 1 }, (_, k) => first + k);

/** One node, or the members of a recurrence. */
export interface Block {
  readonly members: readonly ValueId[];
  readonly isRecurrence: boolean;
}

/** The nodes of a sound graph, or those up to `last`, in their order: a walk that goes by blocks has seen all that is read. */
export function blocksOf(nodes: readonly Node[], last: ValueId = nodes.length - 1): readonly Block[] {
  const spans = new Map(spansOf(nodes).map((span) => [span.first, span] as const));
  const blocks: Block[] = [];
  for (let id = 0; id <= last; id++) {
    const span = spans.get(id);
    const members = span === undefined ? [id] : membersOf(span);
    blocks.push({ members, isRecurrence: span !== undefined });
    id = members.at(-1)!;
  }
  return blocks;
}

const known = new WeakMap<Graph, readonly Block[]>();

/** The same of a graph: many passes leave it as it is, and ask again. */
export function blocksOfGraph(graph: Graph): readonly Block[] {
  const blocks = known.get(graph) ?? blocksOf(graph.nodes);
  known.set(graph, blocks);
  return blocks;
}

/**
 * The nodes up to `last` that `reaches` says are reached from those found before; the members of a recurrence read each
 * other both ways, and are asked until none is new.
 */
export function reachedForward(
  nodes: readonly Node[],
  last: ValueId,
  reaches: (id: ValueId, reached: ReadonlySet<ValueId>) => boolean,
): Set<ValueId> {
  const reached = new Set<ValueId>();
  for (const { members, isRecurrence } of blocksOf(nodes, last)) {
    let before: number;
    do {
      before = reached.size;
      for (const id of members) if (reaches(id, reached)) reached.add(id);
    } while (isRecurrence && reached.size > before);
  }
  return reached;
}

/**
 * The components of the nodes from `first` to `last`, each after those that it reads and otherwise in the order of
 * its first node; a node that is on no cycle is alone. Tarjan, *Depth-first search and linear graph algorithms*, 1972.
 */
export function componentsOf(nodes: readonly Node[], { first, last }: Span): readonly (readonly ValueId[])[] {
  const components: ValueId[][] = [];
  const order = new Map<ValueId, number>();
  /** The earliest node on the stack that is known to be reached; infinite once the component is complete. */
  const reaches = new Map<ValueId, number>();
  const stack: ValueId[] = [];
  const readsOf = (id: ValueId): readonly ValueId[] =>
    loadsOfNode(nodes[id]!).flatMap(({ value }) => (value >= first && value <= last ? [value] : []));
  const open: { readonly id: ValueId; readonly reads: readonly ValueId[]; next: number }[] = [];
  const enter = (id: ValueId): void => {
    order.set(id, order.size);
    reaches.set(id, order.get(id)!);
    stack.push(id);
    open.push({ id, reads: readsOf(id), next: 0 });
  };
  const note = (id: ValueId, reached: number): void => {
    reaches.set(id, Math.min(reaches.get(id)!, reached));
  };
  const complete = (id: ValueId): void => {
    const members = stack.splice(stack.lastIndexOf(id));
    for (const member of members) reaches.set(member, Number.POSITIVE_INFINITY);
    components.push(members.sort((a, b) => a - b));
  };
  for (let root = first; root <= last; root++) {
    if (!order.has(root)) enter(root);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const read = top.reads[top.next++];
      if (read === undefined) {
        open.pop();
        const reached = reaches.get(top.id)!;
        if (reached === order.get(top.id)) complete(top.id);
        else note(open.at(-1)!.id, reached);
      } else if (!order.has(read)) enter(read);
      else if (reaches.get(read) !== Number.POSITIVE_INFINITY) note(top.id, order.get(read)!);
    }
  }
  return components;
}
