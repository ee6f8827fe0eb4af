/** Graph -> kernels in the order in which they run: squeeze, snapshot, hoist, inline, narrow, group, emit, verify. */
import { InternalError } from '../internal-error.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import type { Target } from '../target.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import { emit } from './emit.ts';
import { type Grouping, group } from './group.ts';
import { hoist } from './hoist.ts';
import { inline } from './inline.ts';
import type { Kernel, ValueTable } from './kernel.ts';
import { loopBodies } from './loops.ts';
import { narrow } from './narrow.ts';
import { printKernels } from './print.ts';
import { snapshot } from './snapshot.ts';
import { squeeze } from './squeeze.ts';
import { violationsOf } from './verify.ts';

export interface Fused {
  /** The graph that was fused: what the outside knows of leaves and results. */
  readonly given: Graph;
  /** The graph that the kernels compute: the given one, rewritten. Kernels speak of its values. */
  readonly graph: Graph;
  readonly values: ValueTable;
  readonly kernels: readonly Kernel[];
  /** Updates that no kernel does in place: copied when all kernels are done. */
  readonly copies: readonly { readonly from: ValueId; readonly to: ValueId }[];
}

/** The graphs on the way from the optimized one to that of the kernels. */
export function rewriteForKernels(
  graph: Graph,
  target: Target,
): { readonly hoisted: Graph; readonly rewritten: Graph } {
  const hoisted = hoist(snapshot(squeeze(graph)));
  return { hoisted, rewritten: narrow(inline(hoisted), target) };
}

export function fuse(graph: Graph, target: Target): Fused {
  const { rewritten } = rewriteForKernels(graph, target);
  const dependencies = dependenciesOf(rewritten);
  const groupIn = (part: Graph, needs: Dependencies): Grouping => group(part, needs, target);
  const fused = emit(
    graph,
    rewritten,
    groupIn(rewritten, dependencies),
    dependencies,
    loopBodies(groupIn, target.storageBuffersPerStage),
  );
  const violations = violationsOf(fused, target.storageBuffersPerStage);
  if (violations.length > 0) {
    throw new InternalError(violations.join('\n'), { pass: 'fuse', dump: printKernels(fused) });
  }
  return fused;
}
