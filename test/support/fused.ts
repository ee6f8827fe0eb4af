/** Fused kernels -> a graph that says the same, so that the reference can evaluate what fusion made. */
import type { Fused } from '../../compiler/fuse/index.ts';
import { graphBuilder } from '../../compiler/ir/build.ts';
import type { Graph, Index, ValueId } from '../../compiler/ir/graph.ts';
import type { Expr } from '../../compiler/scalar/expr.ts';
import { rewrite } from '../../compiler/scalar/walk.ts';

/**
 * The steps of all kernels, in the order in which they run. Throws where a step reads what no earlier one made,
 * or a parameter that an earlier kernel has overwritten.
 */
export function unfused({ graph, kernels, copies }: Fused): Graph {
  const out = graphBuilder(graph.name);
  const made = new Map<ValueId, ValueId>();
  const inMemory = new Set<ValueId>();
  graph.nodes.forEach((n, id) => {
    if (n.kind === 'equation') return;
    made.set(id, out.add(n));
    inMemory.add(id);
  });
  for (const k of kernels) {
    const onChip = new Set<ValueId>();
    const extents = new Map([...k.rows, ...k.columns].map((i) => [i.name, i]));
    const translate = (e: Expr): Expr =>
      rewrite(e, (x) => {
        if (x.kind !== 'load') return x;
        if (!onChip.has(x.value) && !inMemory.has(x.value)) {
          throw new Error(`kernel ${k.name} reads %${graph.nodes[x.value]!.name}, which is not there`);
        }
        return { ...x, value: made.get(x.value)! };
      });
    for (const s of k.steps) {
      const indices = s.indices.map((name): Index => extents.get(name)!);
      const reduce = s.by && { by: s.by, indices: k.columns, guards: s.guards.map(translate) };
      const { origin, dtype, name } = s;
      made.set(
        s.value,
        out.add({
          kind: 'equation',
          name,
          dtype,
          indices,
          origin,
          body: translate(s.body),
          ...(reduce && { reduce }),
        }),
      );
      onChip.add(s.value);
    }
    for (const v of k.stores) inMemory.add(v);
    for (const old of k.inPlace.values()) inMemory.delete(old);
  }
  const last = new Map([
    ...kernels.flatMap((k) => [...k.inPlace]),
    ...copies.map((c) => [c.from, c.to] as const),
  ]);
  return out.finish(
    graph.results.map((r) => ({ ...r, value: made.get(r.value)! })),
    graph.updates.map((u) => {
      if (last.get(u.value) !== u.target) throw new Error(`%${graph.nodes[u.target]!.name} is not written`);
      return { target: made.get(u.target)!, value: made.get(u.value)! };
    }),
  );
}
