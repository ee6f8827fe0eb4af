/** Graph -> kernels in the order in which they run: hoist, inline, group, emit. */
import type { Graph, ValueId } from '../ir/graph.ts';
import type { Target } from '../schedule/target.ts';
import { dependenciesOf } from './dependencies.ts';
import { emit } from './emit.ts';
import { group } from './group.ts';
import { hoist } from './hoist.ts';
import { inline } from './inline.ts';
import type { Kernel, ValueTable } from './kernel.ts';

export interface Fused {
  /** The graph that the kernels compute: the given one, hoisted and inlined. Kernels speak of its values. */
  readonly graph: Graph;
  readonly values: ValueTable;
  readonly kernels: readonly Kernel[];
  /** Updates that no kernel does in place: copied when all kernels are done. */
  readonly copies: readonly { readonly from: ValueId; readonly to: ValueId }[];
}

export function fuse(graph: Graph, target: Target): Fused {
  const rewritten = inline(hoist(graph));
  const dependencies = dependenciesOf(rewritten);
  return emit(rewritten, group(rewritten, dependencies, target), dependencies);
}
