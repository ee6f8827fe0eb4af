/** Graph -> which integers an input may hold: where it is used as a position, it must be one. */
import type { Graph, ValueId } from '../ir/graph.ts';
import { loadsOf } from '../scalar/walk.ts';

export interface IndexRange {
  readonly min: number;
  readonly max: number;
  readonly why: string;
}

/** For each input that stands as an index of a load, the positions which all those loads have. */
export function indexRanges(graph: Graph): ReadonlyMap<ValueId, IndexRange> {
  const ranges = new Map<ValueId, IndexRange>();
  for (const node of graph.nodes) {
    if (node.kind !== 'equation') continue;
    for (const l of loadsOf(node.body)) {
      l.indices.forEach((e, k) => {
        if (e.kind !== 'load' || graph.nodes[e.value]!.kind !== 'input') return;
        const target = graph.nodes[l.value]!;
        const { name, extent } = target.indices[k]!;
        const known = ranges.get(e.value);
        if (known && known.max < extent) return;
        ranges.set(e.value, {
          min: 0,
          max: extent - 1,
          why: `it picks a position along ${name} of %${target.name}, which has ${extent}`,
        });
      });
    }
  }
  return ranges;
}
