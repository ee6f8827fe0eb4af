/** A graph, or a part of one, in; its text out. `parse.ts` reads it back to the same graph. */
import type { Graph, Index, Node } from './graph.ts';
import { nodeName, quoteUnless } from './names.ts';
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
  switch (node.kind) {
    case 'gradient':
      return `${head} = gradient ${name(node.of)} wrt ${name(node.wrt)}`;
    case 'equation': {
      const body = printExpr(node.body, nodes);
      if (node.reduce === undefined) return `${head} = ${body}`;
      const { by, indices, guards } = node.reduce;
      const where =
        guards.length === 0 ? '' : ` where ${guards.map((guard) => printExpr(guard, nodes)).join(', ')}`;
      return `${head} = ${by}[${printIndices(indices)}${where}] ${body}`;
    }
    default:
      return `${node.kind.padEnd(6)} ${head}`;
  }
}

export function printGraph(graph: Graph): string {
  const { nodes } = graph;
  const lines = nodes.map((node) => ({
    text: `  ${printNode(node, nodes)}`,
    origin: printOrigin(node.origin),
  }));
  const fitting = lines.flatMap(({ text, origin }) =>
    origin !== '' && text.length <= originColumn - 2 ? text.length : [],
  );
  const column = Math.max(0, ...fitting) + 2;
  const name = (id: number): string => `%${nodes[id]?.name ?? `?${id}`}`;
  const results = graph.results.map((result) => {
    const own = result.name === nodes[result.value]?.name ? '' : ` ${quoteUnless(nodeName, result.name)}`;
    return `  result ${result.role}${own} ${name(result.value)}`;
  });
  return [
    `graph ${quoteUnless(nodeName, graph.name)} {`,
    ...lines.map(({ text, origin }) => (origin === '' ? text : `${text.padEnd(column - 2)}  @ ${origin}`)),
    ...results,
    ...graph.updates.map(({ target, value }) => `  update ${name(target)} <- ${name(value)}`),
    '}',
    '',
  ].join('\n');
}
