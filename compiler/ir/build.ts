/** Building a graph: nodes in, in topological order, their positions and at last the graph out. */
import { InternalError } from '../internal-error.ts';
import { arranged } from './arrange.ts';
import type { Graph, Node, Result, Update, ValueId } from './graph.ts';

export interface GraphBuilder {
  /** Appends a node; its name gets a number where another node has it already. */
  readonly add: (node: Node) => ValueId;
  /**
   * Replaces a node that stands already by one of the same name and shape. So the equations of a recurrence get their
   * positions before they are written: added first with any body, replaced when all are there, then arranged.
   */
  readonly replace: (id: ValueId, node: Node) => void;
  /** Says of a node that stands already that it is a part of another one. */
  readonly putWithin: (part: ValueId, whole: ValueId) => void;
  /** Puts the nodes from `from` on into an order that a graph may have (`arrange.ts`); gives their new positions. */
  readonly arrange: (from?: ValueId) => (id: ValueId) => ValueId;
  readonly node: (id: ValueId) => Node;
  /** The nodes so far; those to come appear in it. */
  readonly nodes: () => readonly Node[];
  readonly finish: (results: readonly Result[], updates: readonly Update[]) => Graph;
}

/** A builder that is empty, or starts with nodes that stand already. */
export function graphBuilder(name: string, start: readonly Node[] = []): GraphBuilder {
  const nodes: Node[] = [...start];
  const names = new Set(start.map((node) => node.name));
  const lastNumber = new Map<string, number>();

  const unique = (wanted: string): string => {
    if (!names.has(wanted)) return wanted;
    for (let number = (lastNumber.get(wanted) ?? 1) + 1; ; number++) {
      const candidate = `${wanted}_${number}`;
      if (names.has(candidate)) continue;
      lastNumber.set(wanted, number);
      return candidate;
    }
  };

  const nodeAt = (id: ValueId): Node => {
    const node = nodes[id];
    if (node === undefined) throw new InternalError(`no node ${id} in ${name}`, { pass: 'ir/build' });
    return node;
  };

  return {
    add: (node) => {
      const free = unique(node.name);
      names.add(free);
      nodes.push(free === node.name ? node : { ...node, name: free });
      return nodes.length - 1;
    },
    replace: (id, node) => {
      const { name: kept } = nodeAt(id);
      nodes[id] = node.name === kept ? node : { ...node, name: kept };
    },
    putWithin: (part, whole) => {
      const node = nodeAt(part);
      nodes[part] = { ...node, origin: { ...node.origin, within: nodeAt(whole).name } };
    },
    arrange: (from = 0) => {
      const { nodes: inOrder, place } = arranged(nodes, from);
      for (const [id, node] of inOrder.entries()) nodes[id] = node;
      return place;
    },
    node: nodeAt,
    nodes: () => nodes,
    finish: (results, updates) => ({ name, nodes: [...nodes], results, updates }),
  };
}
