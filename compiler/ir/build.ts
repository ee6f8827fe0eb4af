/** Building a graph: nodes in, in topological order, their positions and at last the graph out. */
import { InternalError } from '../internal-error.ts';
import type { Graph, Node, Result, Update, ValueId } from './graph.ts';

export interface GraphBuilder {
  /** Appends a node; its name gets a number where another node has it already. */
  readonly add: (node: Node) => ValueId;
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

  return {
    add: (node) => {
      const free = unique(node.name);
      names.add(free);
      nodes.push(free === node.name ? node : { ...node, name: free });
      return nodes.length - 1;
    },
    node: (id) => {
      const node = nodes[id];
      if (node === undefined) throw new InternalError(`no node ${id} in ${name}`, { pass: 'ir/build' });
      return node;
    },
    nodes: () => nodes,
    finish: (results, updates) => ({ name, nodes: [...nodes], results, updates }),
  };
}
