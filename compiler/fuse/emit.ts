/** Groups -> kernels: one set of index names a kernel, what is stored, what is done in place, and the order. */
import { variable } from '../index/build.ts';
import { rangesOf } from '../index/query.ts';
import type { Equation, Graph, ValueId } from '../ir/graph.ts';
import { printNode } from '../ir/print.ts';
import { asAffine } from '../scalar/build.ts';
import type { Expr } from '../scalar/expr.ts';
import { bareVariable, substituteIndices } from '../scalar/walk.ts';
import type { Dependencies } from './dependencies.ts';
import type { Group, Member } from './group.ts';
import type { Fused } from './index.ts';
import type { Kernel, Step, ValueInfo } from './kernel.ts';
import { consumersOf, liveOuts, loadsOfNode } from './values.ts';

export function emit(graph: Graph, groups: readonly Group[], dependencies: Dependencies): Fused {
  const consumers = consumersOf(graph);
  const outs = liveOuts(graph);
  const names = uniqueNames();
  const all = inOrder(groups, dependencies).map((g): Kernel => {
    const inside = new Set(g.members.map((m) => m.value));
    const members = [...g.members].sort((a, b) => a.value - b.value);
    const stores = members
      .map((m) => m.value)
      .filter((v) => outs.has(v) || consumers[v]!.some((c) => !inside.has(c)));
    return {
      name: names(graph.nodes[mainValue(g)]!.name),
      rows: g.rows,
      columns: g.columns,
      steps: members.map((m) => step(graph, g, m)),
      stores,
      inPlace: new Map(
        stores.flatMap((v) => {
          const old = dependencies.inPlace.get(v);
          return old !== undefined && readsOnlyItsPoint(graph, g, v, old) ? [[v, old] as const] : [];
        }),
      ),
      because: g.because,
    };
  });
  // What nothing reads is not computed.
  const kernels = all.filter((k) => k.stores.length > 0);
  const done = new Map(kernels.flatMap((k) => [...k.inPlace]));
  return {
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
  const node = graph.nodes[member.value]! as Equation;
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

/** May `value` overwrite `old` in this kernel: does every member read it only at the point that is stored? */
function readsOnlyItsPoint(graph: Graph, g: Group, value: ValueId, old: ValueId): boolean {
  const member = g.members.find((m) => m.value === value)!;
  const at = graph.nodes[value]!.indices.map((i) => member.names.get(i.name));
  return g.members.every((m) =>
    loadsOfNode(graph.nodes[m.value]!)
      .filter((l) => l.value === old)
      .every(
        (l) =>
          // A reduction reads across its columns before the row is stored.
          m.level !== 'reduce' &&
          l.indices.every((e, k) => {
            const name = bareVariable(e);
            if (name !== undefined) return m.names.get(name) === at[k];
            // The only element of an axis of length 1.
            return graph.nodes[old]!.indices[k]!.extent === 1 && asAffine(e)?.constant === 0;
          }),
      ),
  );
}

/** Groups such that each comes after what it depends on; else as they were. */
function inOrder(groups: readonly Group[], dependencies: Dependencies): readonly Group[] {
  const groupOf = new Map(groups.flatMap((g, k) => g.members.map((m) => [m.value, k] as const)));
  const before = groups.map(() => new Set<number>());
  groups.forEach((g, k) => {
    for (const m of g.members) {
      for (const next of dependencies.successors[m.value]!) {
        const later = groupOf.get(next);
        if (later !== undefined && later !== k) before[later]!.add(k);
      }
    }
  });
  const order: Group[] = [];
  const placed = new Set<number>();
  const place = (k: number): void => {
    if (placed.has(k)) return;
    placed.add(k);
    for (const b of [...before[k]!].sort((x, y) => x - y)) place(b);
    order.push(groups[k]!);
  };
  groups.forEach((_, k) => {
    place(k);
  });
  return order;
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
