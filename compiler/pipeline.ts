/**
 * The road from a lowered graph to a Program, as one readable list.
 *
 *     lowered ── differentiate ──► backward ── passes ──► optimized ── fuse ──► kernels ── schedule ──►
 *     loop nests ── print ──► WGSL ── plan ──► Program
 *
 * `check/` and `lower/` come before it: they turn text into the lowered graph.
 */
import type { Program } from '../runtime/program.ts';
import { differentiate } from './autodiff/index.ts';
import { type Fused, fuse } from './fuse/index.ts';
import type { Graph } from './ir/graph.ts';
import { type PassObserver, runPasses } from './passes/index.ts';
import { type Printed, plan } from './plan/index.ts';
import { schedule } from './schedule/index.ts';
import type { Target } from './schedule/target.ts';
import { printKernel } from './wgsl/index.ts';

/** Every stage's result, for dumps and pictures. */
export interface Compilation {
  readonly lowered: Graph;
  readonly backward: Graph;
  readonly optimized: Graph;
  readonly fused: Fused;
  readonly printed: readonly Printed[];
  readonly program: Program;
}

/** Compiles a lowered graph for one kind of adapter. Throws `InternalError` only: the graph was checked. */
export function compile(
  lowered: Graph,
  target: Target,
  observers: readonly PassObserver[] = [],
): Compilation {
  const backward = differentiate(lowered);
  const optimized = runPasses(backward, observers);
  const fused = fuse(optimized, target);
  const printed = printKernels(fused, target);
  return { lowered, backward, optimized, fused, printed, program: plan(lowered.name, fused, printed) };
}

const printKernels = (fused: Fused, target: Target): readonly Printed[] =>
  fused.kernels.map((kernel): Printed => {
    const scheduled = schedule(kernel, fused.values, target);
    return { scheduled, wgsl: printKernel(scheduled) };
  });

/** The road from kernels on. */
export const programOf = (fused: Fused, target: Target): Program =>
  plan(fused.graph.name, fused, printKernels(fused, target));
