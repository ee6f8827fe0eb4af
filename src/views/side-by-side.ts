/** A differentiated graph in; each equation with its adjoint beside it, in two columns of text, out. */

import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { brokenLines } from '../../compiler/ir/layout.ts';
import { isGradient, isScalar } from '../../compiler/ir/nodes.ts';
import { partOf } from '../../compiler/ir/origin.ts';
import { printBriefly } from '../../compiler/ir/print.ts';

const between = ' │ ';

export function sideBySide(graph: Graph, width: number): string {
  const column = Math.floor((width - between.length) / 2);
  const forward = graph.nodes.filter((node) => partOf(node) === 'forward' && !isScalar(node));
  const beside = new Map<string, Node[]>();
  const names = new Set(forward.map(({ name }) => name));
  const rest: Node[] = [];
  for (const node of graph.nodes) {
    if (partOf(node) !== 'adjoint') continue;
    const subject = subjectsOf(node, graph).find((name) => names.has(name));
    if (subject === undefined) rest.push(node);
    else beside.set(subject, [...(beside.get(subject) ?? []), node]);
  }
  const write = (nodes: readonly Node[]): readonly string[] =>
    nodes.flatMap((node) => lines(node, graph, column));
  const rows = [
    ...forward.map((node) => [write([node]), write(beside.get(node.name) ?? [])] as const),
    ...rest.map((node) => [[], write([node])] as const),
  ];
  const rule = `${'─'.repeat(column)}─┼─${'─'.repeat(column)}`;
  const place = (node: Node | undefined): string =>
    node?.origin.place ? `line ${node.origin.place.line}` : '';
  let line = '';
  const body = rows.flatMap(([left, right], k) => {
    const here = place(forward[k]);
    const title = here !== line && here !== '' ? [`${here.padEnd(column)}${between}`.trimEnd()] : [];
    line = here || line;
    return [...title, ...pairs(left, right, column)];
  });
  return [`${'forward ↓'.padEnd(column)}${between}backward ↑`, rule, ...body, ''].join('\n');
}

/** What it stands beside; an adjoint of something that is not shown, beside the equation that it came through. */
function subjectsOf(node: Node, { nodes }: Graph): readonly string[] {
  if (isGradient(node)) return [nodes[node.wrt]!.name];
  const { adjoint } = node.origin;
  return adjoint === undefined ? [] : [adjoint.wrt, adjoint.of];
}

const lines = (node: Node, graph: Graph, width: number): readonly string[] =>
  brokenLines(printBriefly(node, graph.nodes), width).flatMap((line) => chopped(line, width));

/** What has no place to break is cut. */
function chopped(line: string, width: number): readonly string[] {
  if (line.length <= width) return [line];
  const at = Math.max(line.lastIndexOf(' ', width), line.lastIndexOf(',', width - 1) + 1);
  const cut = at > 10 ? at : width;
  return [line.slice(0, cut), ...chopped(`      ${line.slice(cut).trimStart()}`, width)];
}

const pairs = (left: readonly string[], right: readonly string[], column: number): readonly string[] =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, k) =>
    `${(left[k] ?? '').padEnd(column)}${between}${right[k] ?? ''}`.trimEnd(),
  );
