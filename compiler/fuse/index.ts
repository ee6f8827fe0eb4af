/** Graph -> kernels in the order in which they run: squeeze, snapshot, hoist, inline, narrow, group, emit, recompute, verify. */
import { classOf } from '../classes/index.ts';
import { InternalError } from '../internal-error.ts';
import type { Graph, ValueId } from '../ir/graph.ts';
import type { Target } from '../target.ts';
import { type Dependencies, dependenciesOf } from './dependencies.ts';
import { emit } from './emit.ts';
import { type Grouping, group } from './group.ts';
import { hoist } from './hoist.ts';
import { inline } from './inline.ts';
import { type Keeping, recomputedIn } from './keep.ts';
import { type Kernel, storedShape, type ValueTable } from './kernel.ts';
import { loopBodies } from './loops.ts';
import { narrow } from './narrow.ts';
import { printKernels } from './print.ts';
import { recompute } from './recompute.ts';
import { snapshot } from './snapshot.ts';
import { squeeze } from './squeeze.ts';
import { runsOf } from './traffic.ts';
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
  /** What no kernel stores since its readers make it again, if there is any. */
  readonly recomputed?: readonly Keeping[];
}

/** The graphs on the way from the optimized one to that of the kernels. */
export function rewriteForKernels(
  graph: Graph,
  target: Target,
): { readonly hoisted: Graph; readonly rewritten: Graph } {
  const hoisted = hoist(snapshot(squeeze(graph)));
  return { hoisted, rewritten: kernelsFor(graph, hoisted, target).graph };
}

export function fuse(graph: Graph, target: Target): Fused {
  const fused = kernelsFor(graph, hoist(snapshot(squeeze(graph))), target);
  const violations = violationsOf(fused, target.storageBuffersPerStage);
  if (violations.length > 0) {
    throw new InternalError(violations.join('\n'), { pass: 'fuse', dump: printKernels(fused) });
  }
  return fused;
}

/** Once some values are made again, others may be: what only those were made from. */
const rounds = 3;

/** Kernels that store what other kernels read, and then those of the graph in which some make it again themselves. */
function kernelsFor(given: Graph, hoisted: Graph, target: Target): Fused {
  let fused = grouped(given, narrow(inline(hoisted), target), target);
  for (let round = 0; round < rounds; round++) {
    const list = recomputedIn(fused, target);
    if (list.length === 0) break;
    const next = grouped(given, recompute(fused.graph, list), target);
    // The costs are those of single values: what was together may have come apart.
    const saved = list.reduce((sum, { costs }) => sum + costs.keeping - costs.recomputing, 0);
    const more = dispatchesIn(next) - dispatchesIn(fused);
    if (more * classOf(target).recomputation.launch > saved || bytesIn(next) > bytesIn(fused)) break;
    fused = { ...next, recomputed: [...(fused.recomputed ?? []), ...list.map(({ costs }) => costs)] };
  }
  return fused;
}

function grouped(given: Graph, rewritten: Graph, target: Target): Fused {
  const dependencies = dependenciesOf(rewritten);
  const groupIn = (part: Graph, needs: Dependencies): Grouping => group(part, needs, target);
  const bodies = loopBodies(groupIn, target.storageBuffersPerStage);
  return emit(given, rewritten, groupIn(rewritten, dependencies), dependencies, bodies);
}

const dispatchesIn = ({ kernels, copies }: Fused): number =>
  kernels.reduce((sum, kernel) => sum + runsOf(kernel), copies.length);

/** Of all that is stored, whenever that is. */
const bytesIn = ({ kernels, values }: Fused): number =>
  [...new Set(kernels.flatMap(({ stores }) => stores))].reduce(
    (sum, value) => sum + storedShape(values.get(value)!).reduce((a, b) => a * b, 4),
    0,
  );
