/** Graphs, kernels, plans and trees in, pictures as DOT text out; `svg.ts` lays them out. */

import { stretchText } from '../../compiler/fuse/print.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { isLeaf, operandsOf } from '../../compiler/ir/nodes.ts';
import { partOf, printStep } from '../../compiler/ir/origin.ts';
import { printNode } from '../../compiler/ir/print.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { placeOf } from '../../grammar/source.ts';
import { dispatchesOf } from '../../runtime/program.ts';
import type { OutlineLine } from './ast.ts';
import { loopBoxes, withLoop } from './loops.ts';

const colours = { forward: '#1d5fd1', adjoint: '#b3297f', update: '#14795a', leaf: '#8a93a3' } as const;

const quote = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;

type Attributes = Readonly<Record<string, string>>;

const attributes = (given: Attributes): string =>
  `[${Object.entries(given)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(', ')}]`;

const digraph = (name: string, lines: readonly string[], direction = 'TB'): string =>
  [
    `digraph ${quote(name)} {`,
    `  graph [rankdir=${direction}, fontname="sans-serif", fontsize=11, nodesep=0.25, ranksep=0.35, style="rounded", color="#c3c8d0"]`,
    '  node [shape=box, style="rounded,filled", fillcolor="#ffffff", fontname="sans-serif", fontsize=10, height=0.3, margin="0.12,0.05"]',
    '  edge [arrowsize=0.6]',
    ...lines.map((line) => `  ${line}`),
    '}',
    '',
  ].join('\n');

type Kind = keyof typeof colours;

function kindOf(node: Node): Kind {
  if (isLeaf(node)) return 'leaf';
  return partOf(node);
}

const readsOf = (node: Node): ReadonlySet<number> => new Set(operandsOf(node));

interface Cluster {
  readonly inner: Map<string, Cluster>;
  readonly nodes: string[];
}

const cluster = (): Cluster => ({ inner: new Map(), nodes: [] });

/** A node in the box that a path leads to. */
function put(root: Cluster, path: readonly string[], node: string): void {
  let at = root;
  for (const title of path) {
    const known = at.inner.get(title) ?? cluster();
    at.inner.set(title, known);
    at = known;
  }
  at.nodes.push(node);
}

function clusterLines(root: Cluster): readonly string[] {
  let number = 0;
  const lines = ({ inner, nodes }: Cluster): readonly string[] => [
    ...nodes,
    ...[...inner].flatMap(([title, part]) => [
      `subgraph cluster_${number++} {`,
      ...[`label=${quote(title)}`, 'labeljust=l', ...lines(part)].map((line) => `  ${line}`),
      '}',
    ]),
  ];
  return lines(root);
}

/** Values in boxes for their layers; what goes forward in one colour, what comes back in another. */
export function graphDot(graph: Graph): string {
  const root = cluster();
  const loops = loopBoxes(graph);
  const edges: string[] = [];
  graph.nodes.forEach((node, id) => {
    const kind = kindOf(node);
    const loop = loops.get(id);
    // Adjoints stand beside the layers, in the boxes of their loops alone.
    const boxes =
      kind !== 'adjoint'
        ? withLoop(node.origin.path.map(printStep), loop, (title) => title).slice(1)
        : loop === undefined
          ? []
          : [loop.title];
    const shape = node.indices.map(({ extent }) => extent).join(' × ');
    put(
      root,
      boxes,
      `v${id} ${attributes({
        label: shape === '' ? node.name : `${node.name}\n${shape}`,
        color: colours[kind],
        tooltip: printNode(node, graph.nodes),
        ...(kind === 'leaf' && { shape: 'ellipse', style: 'filled', fillcolor: '#f4f5f7' }),
      })}`,
    );
    for (const read of readsOf(node)) {
      const colour = kind === 'adjoint' && kindOf(graph.nodes[read]!) !== 'adjoint' ? 'leaf' : kind;
      edges.push(
        `v${read} -> v${id} ${attributes({ color: colours[colour], ...(colour === 'leaf' && { style: 'dashed' }) })}`,
      );
    }
  });
  return digraph(graph.name, [...clusterLines(root), ...edges]);
}

/** Kernels in the order in which they run, joined by the values that go through memory. */
export function kernelsDot({ fused, printed, program }: Compilation, detail: 'steps' | 'dispatch'): string {
  const nameOf = (id: number): string => fused.graph.nodes[id]!.name;
  const madeBy = new Map(
    printed.flatMap(({ scheduled }, n) => scheduled.kernel.stores.map((id) => [id, n] as const)),
  );
  const leaves = new Set<number>();
  const edges: string[] = [];
  const root = cluster();
  printed.forEach(({ scheduled }, n) => {
    const { kernel } = scheduled;
    const inside =
      detail === 'steps'
        ? kernel.steps.map((step) => `${step.level} ${step.name}`)
        : [
            `${scheduled.decision.chosen}, ${scheduled.workgroups.join('×')} of ${scheduled.workgroupSize.join('×')}`,
          ];
    const backward = kernel.steps.some((step) => step.origin.adjoint !== undefined);
    for (const id of new Set(
      scheduled.bindings.filter((b) => b.access === 'read' || b.values.length > 1).flatMap((b) => b.values),
    )) {
      const maker = madeBy.get(id);
      if (maker === n) continue;
      if (maker === undefined) leaves.add(id);
      const color = maker === undefined ? colours.leaf : backward ? colours.adjoint : colours.forward;
      edges.push(
        `${maker === undefined ? `v${id}` : `k${maker}`} -> k${n} ${attributes({ color, tooltip: nameOf(id) })}`,
      );
    }
    put(
      root,
      kernel.position === undefined ? [] : [`loop ${kernel.position.loop + 1}`, stretchText(kernel.position)],
      `k${n} ${attributes({
        label: `${[`${n + 1} ${kernel.name}`, ...inside].join('\n')}`,
        color: backward ? colours.adjoint : colours.forward,
      })}`,
    );
  });
  const ends = [...leaves].map(
    (id) => `v${id} ${attributes({ label: nameOf(id), shape: 'ellipse', color: colours.leaf })}`,
  );
  return digraph(program.name, [...ends, ...clusterLines(root), ...edges]);
}

/** Dispatches and the buffers that they read and write. */
export function planDot({ program }: Compilation): string {
  const buffers = program.buffers.map(
    ({ label, bytes, role }, b) =>
      `b${b} ${attributes({ label: `b${b} ${role}\n${label.length > 40 ? `${label.slice(0, 39)}…` : label}\n${bytes} bytes`, shape: 'cylinder', color: colours.leaf })}`,
  );
  const runs = dispatchesOf(program);
  const dispatches = runs.map(
    ({ name }, k) => `k${k} ${attributes({ label: `${k + 1} ${name}`, color: colours.forward })}`,
  );
  const edges = runs.flatMap((d, k) =>
    d.buffers.map((b, n) =>
      program.code.kernels[d.kernel]!.bindings[n] === 'read'
        ? `b${b} -> k${k} ${attributes({ color: colours.leaf })}`
        : `k${k} -> b${b} ${attributes({ color: colours.adjoint })}`,
    ),
  );
  const order = runs.slice(1).map((_, k) => `k${k} -> k${k + 1} [style=invis, weight=4]`);
  return digraph(program.name, [...buffers, ...dispatches, ...order, ...edges], 'LR');
}

/** An outline as a tree. */
export function treeDot(name: string, outline: readonly OutlineLine[]): string {
  const ancestors: number[] = [];
  const parts = outline.flatMap(({ depth, text, at }, n) => {
    ancestors.length = depth;
    const parent = ancestors[depth - 1];
    ancestors[depth] = n;
    const node = `n${n} ${attributes({ label: text, ...(at && { tooltip: placeOf(at) }) })}`;
    return parent === undefined ? [node] : [node, `n${parent} -> n${n}`];
  });
  return digraph(name, parts, 'LR');
}
