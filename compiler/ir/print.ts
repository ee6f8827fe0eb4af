/**
 * A graph, or a part of one, in; its text out. `parse.ts` reads it back to the same graph: that equations are a
 * recurrence is seen from what they read, and the comment above them is for people.
 */

import { constant } from '../scalar/build.ts';
import { membersOf, spansOf } from './components.ts';
import type { Equation, Graph, Index, Leaf, Node, ValueId } from './graph.ts';
import { laidOut } from './layout.ts';
import { nodeName, quoteUnless } from './names.ts';
import { isLeaf, matchNode } from './nodes.ts';
import { printOrigin } from './origin.ts';
import { type Names, printConstant, printExpr } from './print-expression.ts';
import { type Recurrence, recurrenceOf, referencesIn, sequentialIndex } from './recurrences.ts';

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
    leaf: (leaf) => `${leaf.kind.padEnd(6)} ${head}${printDefault(leaf)}`,
    gradient: ({ of, wrt }) => `${head} = gradient ${name(of)} wrt ${name(wrt)}`,
    equation: (equation) => `${head} = ${printValue(equation, nodes, printIndices)}`,
  });
}

const printDefault = ({ dtype, default: value }: Leaf): string =>
  value === undefined ? '' : ` = ${printConstant(constant(value, dtype))}`;

/** What stands on the right. */
function printValue(
  { reduce, body }: Equation,
  nodes: Names,
  listed: (indices: readonly Index[]) => string,
): string {
  if (reduce === undefined) return printExpr(body, nodes);
  const { by, indices, guards } = reduce;
  const where =
    guards.length === 0 ? '' : ` where ${guards.map((guard) => printExpr(guard, nodes)).join(', ')}`;
  return `${by}[${listed(indices)}${where}] ${printExpr(body, nodes)}`;
}

/** For a column of text, without types and extents: `%h[b, o] = maximum(%y[b, o], 0.0)`. */
export function printBriefly(node: Node, nodes: Names): string {
  const listed = (indices: readonly Index[]): string => indices.map(({ name }) => name).join(', ');
  const head = `%${node.name}${node.indices.length === 0 ? '' : `[${listed(node.indices)}]`}`;
  return matchNode(node, {
    leaf: ({ kind }) => `${kind} ${head}`,
    gradient: () => `gradient ${head}`,
    equation: (equation) => `${head} = ${printValue(equation, nodes, listed)}`,
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

/** `// recurrence over t = 0 .. 4: the next 3 equations`, by the first of these; nothing where no order fits. */
function recurrenceComments(nodes: readonly Node[]): ReadonlyMap<ValueId, string> {
  return new Map(
    spansOf(nodes).flatMap((span): (readonly [ValueId, string])[] => {
      const members = membersOf(span);
      const found = recurrenceOf(nodes, members, referencesIn(nodes, members));
      if (found === undefined) return [];
      const equations = members.length === 1 ? 'the next equation' : `the next ${members.length} equations`;
      return [[span.first, `  // recurrence over ${rangeText(nodes, found)}: ${equations}`]];
    }),
  );
}

/** `t = 0 .. 4`, or `t = 4 .. 0`: the positions in the order in which they are made. */
export function rangeText(nodes: readonly Node[], recurrence: Recurrence): string {
  const { name } = sequentialIndex(nodes, recurrence, recurrence.members[0]!);
  const last = recurrence.extent - 1;
  return recurrence.direction === 'forward' ? `${name} = 0 .. ${last}` : `${name} = ${last} .. 0`;
}

function nodeLines({ nodes }: Graph): readonly string[] {
  const comments = recurrenceComments(nodes);
  const lines = nodes.map((node) => ({
    text: `  ${printNode(node, nodes)}`,
    origin: printOrigin(node.origin),
  }));
  const fitting = lines.flatMap(({ text, origin }) =>
    origin !== '' && text.length <= originColumn - 2 ? text.length : [],
  );
  const column = Math.max(0, ...fitting) + 2;
  return lines.flatMap(({ text, origin }, id) => [
    ...commentAt(comments, id),
    origin === '' ? text : `${text.padEnd(column - 2)}  @ ${origin}`,
  ]);
}

/** The types of leaves stand in a column, as far as their names are not very long. */
function laidOutNodes({ nodes }: Graph, { width }: GraphLayout): readonly string[] {
  const texts = nodes.map((node) => printNode(node, nodes));
  const headOf = (text: string): string => text.slice(0, text.lastIndexOf(':') + 1);
  const heads = texts.flatMap((text, k) => (isLeaf(nodes[k]!) ? headOf(text).length : []));
  const column = Math.max(0, ...heads.filter((length) => length <= width / 2));
  const comments = recurrenceComments(nodes);
  return laidOut(
    texts.flatMap((text, k) => {
      const head = headOf(text);
      const aligned = isLeaf(nodes[k]!) ? `${head.padEnd(column)}${text.slice(head.length)}` : text;
      return [
        ...commentAt(comments, k).map((comment) => ({ text: comment, origin: '' })),
        { text: `  ${aligned}`, origin: printOrigin(nodes[k]!.origin) },
      ];
    }),
    width,
  );
}

const commentAt = (comments: ReadonlyMap<ValueId, string>, id: ValueId): readonly string[] => {
  const comment = comments.get(id);
  return comment === undefined ? [] : [comment];
};
