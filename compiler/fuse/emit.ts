/** Groups -> kernels: one set of index names a kernel, what is stored, what is done in place, and the order. */
import { variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import { asComputed, consumersOf, isEquation } from '../ir/nodes.ts';
import { listedBy, namelessKey } from '../ir/position-lists.ts';
import { printNode } from '../ir/print.ts';
import type { Expr } from '../scalar/expr.ts';
import { substituteIndices } from '../scalar/walk.ts';
import { overwrittenBy, storesOf } from './bindings.ts';
import type { Dependencies } from './dependencies.ts';
import type { Group, Grouping, Member } from './group.ts';
import type { Fused } from './index.ts';
import type { Kernel, Step, ValueInfo } from './kernel.ts';
import { type LoopBodies, loopsOf } from './loops.ts';
import { liveOuts } from './values.ts';

/**
 * `given`: the graph that was rewritten to the one whose equations are grouped. `bodies` tells how the equations of
 * one position of a loop are grouped.
 */
export function emit(
  given: Graph,
  graph: Graph,
  grouping: Grouping,
  dependencies: Dependencies,
  bodies: LoopBodies,
): Fused {
  const loops = loopsOf(graph, dependencies, bodies);
  const units = [
    ...kernelsOf(graph, grouping, dependencies),
    ...loops.map(({ recurrence, kernels }) => ({
      at: grouping.order.position(recurrence.members[0]!),
      kernels,
    })),
  ].sort((a, b) => a.at - b.at);
  const names = uniqueNames();
  // The longest stretch of a loop gets the plain names.
  const all = units.flatMap((unit) => unit.kernels);
  const named = new Map(
    all
      .toSorted((a, b) => (b.position?.count ?? 0) - (a.position?.count ?? 0))
      .map((kernel) => [kernel, names(kernel.name)] as const),
  );
  const kernels = all.map((kernel): Kernel => ({ ...kernel, name: named.get(kernel)! }));
  const slots = new Map(loops.flatMap((loop) => [...loop.slots]));
  const done = new Map(kernels.flatMap((k) => [...k.inPlace]));
  return {
    given,
    graph,
    values: new Map(
      graph.nodes.map((n, id): [ValueId, ValueInfo] => {
        const own = slots.get(id);
        return [id, { ...infoOf(n), ...(own && { slots: own }) }];
      }),
    ),
    kernels,
    copies: graph.updates
      .filter((u) => done.get(u.value) !== u.target && u.value !== u.target)
      .map((u) => ({ from: u.value, to: u.target })),
  };
}

/** The kernels of groups, in their order, with where they stand among all units; their names are wishes. */
export function kernelsOf(
  graph: Graph,
  { groups, order }: Grouping,
  dependencies: Dependencies,
): readonly { readonly at: number; readonly kernels: readonly Kernel[] }[] {
  const consumers = consumersOf(graph);
  const outs = liveOuts(graph);
  return groups
    .filter((g) => g.members.length > 0)
    .map((g) => {
      const members = [...g.members].sort((a, b) => a.value - b.value);
      const stores = storesOf({ ...g, members }, consumers, outs);
      const kernel: Kernel = {
        name: graph.nodes[mainValue(g)]!.name,
        rows: g.rows,
        columns: g.columns,
        steps: members.map((m) => step(graph, g, m)),
        stores,
        inPlace: overwrittenBy(graph, g, stores, dependencies),
        because: g.because,
      };
      // What nothing reads is not computed.
      return { at: order.position(members[0]!.value), kernels: stores.length > 0 ? [kernel] : [] };
    })
    .sort((a, b) => a.at - b.at);
}

function infoOf(n: Graph['nodes'][number]): ValueInfo {
  const listed = isEquation(n) ? listedBy(n) : undefined;
  return {
    name: n.name,
    dtype: n.dtype,
    shape: n.indices.map((i) => i.extent),
    ...(listed && { lists: { values: listed.values, key: namelessKey(listed) } }),
  };
}

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
