/** A graph, or a part of one, in; its text out. `parse.ts` reads it back to the same graph. */
import type { Graph, Index, Node } from './graph.ts';
import { laidOut } from './layout.ts';
import { nodeName, quoteUnless } from './names.ts';
import { isLeaf, matchNode } from './nodes.ts';
import { printOrigin } from './origin.ts';
import { type Names, printExpr } from './print-expression.ts';

export { type Names, printExpr };

/** Origins stand in one column, but no further right than this. */
const originColumn = 100;

const printIndices = (indices: readonly Index[]): string =>
  indices.map(({ name, extent }) => `${name}: ${extent}`).join(', ');

/** `%y[b: 128, o: 10]: f32 = sum[i: 784] %x[b, i] * %W[o, i]`, without its origin. */
export function printNode(node: Node, nodes: Names): string {
  const name = (id: number): string => `%${nodes[id]?.name ?? `?${id}`}`;
  const shape = node.indices.length === 0 ? '' : `[${printIndices(node.indices)}]`;
  const head = `%${node.name}${shape}: ${node.dtype}`;
  return matchNode(node, {
    leaf: ({ kind }) => `${kind.padEnd(6)} ${head}`,
    gradient: ({ of, wrt }) => `${head} = gradient ${name(of)} wrt ${name(wrt)}`,
    equation: (equation) => {
      const body = printExpr(equation.body, nodes);
      if (equation.reduce === undefined) return `${head} = ${body}`;
      const { by, indices, guards } = equation.reduce;
      const where =
        guards.length === 0 ? '' : ` where ${guards.map((guard) => printExpr(guard, nodes)).join(', ')}`;
      return `${head} = ${by}[${printIndices(indices)}${where}] ${body}`;
    },
  });
}

/** How a graph is written for people: lines of at most `width` characters where they can be broken. */
export interface GraphLayout {
  readonly width: number;
}

/** One line a node; with a layout, several lines for a long one. `parseGraph` reads both. */
export function printGraph(graph: Graph, layout?: GraphLayout): string {
  const { nodes } = graph;
  const name = (id: number): string => `%${nodes[id]?.name ?? `?${id}`}`;
  const results = graph.results.map((result) => {
    const own = result.name === nodes[result.value]?.name ? '' : ` ${quoteUnless(nodeName, result.name)}`;
    return `  result ${result.role}${own} ${name(result.value)}`;
  });
  return [
    `graph ${quoteUnless(nodeName, graph.name)} {`,
    ...(layout === undefined ? nodeLines(graph) : laidOutNodes(graph, layout)),
    ...results,
    ...graph.updates.map(({ target, value }) => `  update ${name(target)} <- ${name(value)}`),
    '}',
    '',
  ].join('\n');
}

function nodeLines({ nodes }: Graph): readonly string[] {
  const lines = nodes.map((node) => ({
    text: `  ${printNode(node, nodes)}`,
    origin: printOrigin(node.origin),
  }));
  const fitting = lines.flatMap(({ text, origin }) =>
    origin !== '' && text.length <= originColumn - 2 ? text.length : [],
  );
  const column = Math.max(0, ...fitting) + 2;
  return lines.map(({ text, origin }) => (origin === '' ? text : `${text.padEnd(column - 2)}  @ ${origin}`));
}

/** The types of leaves stand in a column, as far as their names are not very long. */
function laidOutNodes({ nodes }: Graph, { width }: GraphLayout): readonly string[] {
  const texts = nodes.map((node) => printNode(node, nodes));
  const headOf = (text: string): string => text.slice(0, text.lastIndexOf(':') + 1);
  const heads = texts.flatMap((text, k) => (isLeaf(nodes[k]!) ? headOf(text).length : []));
  const column = Math.max(0, ...heads.filter((length) => length <= width / 2));
  return laidOut(
    texts.map((text, k) => {
      const head = headOf(text);
      const aligned = isLeaf(nodes[k]!) ? `${head.padEnd(column)}${text.slice(head.length)}` : text;
      return { text: `  ${aligned}`, origin: printOrigin(nodes[k]!.origin) };
    }),
    width,
  );
}
