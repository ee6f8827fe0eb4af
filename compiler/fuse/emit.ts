/** Groups -> kernels: one set of index names a kernel, what is stored, what is done in place, and the order. */
import { variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { asComputed, consumersOf } from '../ir/nodes.ts';
import { printNode } from '../ir/print.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices } from '../scalar/walk.ts';
import { overwrittenBy, storesOf } from './bindings.ts';
import type { Dependencies } from './dependencies.ts';
import type { Group, Grouping, Member } from './group.ts';
import type { Fused } from './index.ts';
import type { Kernel, Step, ValueInfo } from './kernel.ts';
import { liveOuts } from './values.ts';

/** `given`: the graph that was rewritten to the one whose equations are grouped. */
export function emit(
  given: Graph,
  graph: Graph,
  { groups, order }: Grouping,
  dependencies: Dependencies,
): Fused {
  const consumers = consumersOf(graph);
  const outs = liveOuts(graph);
  const names = uniqueNames();
  const position = (g: Group): number => order.position(g.members[0]!.value);
  const inOrder = groups.filter((g) => g.members.length > 0).sort((a, b) => position(a) - position(b));
  const all = inOrder.map((g): Kernel => {
    const members = [...g.members].sort((a, b) => a.value - b.value);
    const stores = storesOf({ ...g, members }, consumers, outs);
    return {
      name: names(graph.nodes[mainValue(g)]!.name),
      rows: g.rows,
      columns: g.columns,
      steps: members.map((m) => step(graph, g, m)),
      stores,
      inPlace: overwrittenBy(graph, g, stores, dependencies),
      because: g.because,
    };
  });
  // What nothing reads is not computed.
  const kernels = all.filter((k) => k.stores.length > 0);
  const done = new Map(kernels.flatMap((k) => [...k.inPlace]));
  return {
    given,
    graph,
    values: new Map(graph.nodes.map((n, id): [ValueId, ValueInfo] => [id, infoOf(n)])),
    kernels,
    copies: graph.updates
      .filter((u) => done.get(u.value) !== u.target && u.value !== u.target)
      .map((u) => ({ from: u.value, to: u.target })),
  };
}

const infoOf = (n: Graph['nodes'][number]): ValueInfo => ({
  name: n.name,
  dtype: n.dtype,
  shape: n.indices.map((i) => i.extent),
});

/** The value a kernel is named after: its last reduction, else its last value. */
function mainValue(g: Group): ValueId {
  const reductions = g.members.filter((m) => m.level === 'reduce');
  const among = reductions.length > 0 ? reductions : g.members;
  return Math.max(...among.map((m) => m.value));
}

function step(graph: Graph, g: Group, member: Member): Step {
  const node = asComputed(graph.nodes[member.value]);
  const rename = new Map([...member.names].map(([own, theirs]) => [own, variable(theirs)]));
  const ranges = rangesOf([...g.rows, ...g.columns]);
  const renamed = (e: Expr): Expr => substituteIndices(e, rename, ranges);
  return {
    level: member.level,
    value: member.value,
    name: node.name,
    dtype: node.dtype,
    indices: node.indices.map((i) => member.names.get(i.name)!),
    ...(node.reduce && { by: node.reduce.by }),
    guards: node.reduce?.guards.map(renamed) ?? [],
    body: renamed(node.body),
    equation: printNode(node, graph.nodes),
    origin: node.origin,
  };
}

/** Legal identifiers, each given once. */
function uniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const base =
      name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^(?=\d)|^_+|_+$/g, (m) => (m === '' ? 'k' : '')) ||
      'kernel';
    let unique = base;
    for (let n = 2; taken.has(unique); n++) unique = `${base}_${n}`;
    taken.add(unique);
    return unique;
  };
}
