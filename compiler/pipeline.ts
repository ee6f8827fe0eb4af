/**
 * The road from a lowered graph to a Program, as one readable list.
 *
 *     lowered ── prepare ── differentiate ──► backward ── passes ──► optimized ── fuse ──► kernels ── schedule ──►
 *     loop nests ── print ──► WGSL, or WAT ── plan ──► Program
 *
 * What does not fit the target is refused on the way (`limits/`).
 *
 * `check/` and `lower/` come before it: they turn text into the lowered graph.
 */
import type { Program } from '../runtime/program.ts';
import { differentiate } from './autodiff/index.ts';
import { type Fused, fuse } from './fuse/index.ts';
import type { Graph } from './ir/graph.ts';
import { kernelProblems, LimitError, memoryProblems, tensorProblems } from './limits/index.ts';
import { type Pass, type PassObserver, prepare, runPasses } from './passes/index.ts';
import { type Printed, plan } from './plan/index.ts';
import { printAll } from './plan/targets.ts';
import { scheduleAll } from './schedule/all.ts';
import type { Target } from './target.ts';

/** Every stage's result, for dumps and pictures. */
export interface Compilation {
  readonly lowered: Graph;
  readonly backward: Graph;
  readonly optimized: Graph;
  readonly fused: Fused;
  readonly printed: readonly Printed[];
  readonly program: Program;
}

/** Compiles a lowered graph for one kind of adapter; throws a `LimitError` where it is too much for that. */
export function compile(
  lowered: Graph,
  target: Target,
  observers: readonly PassObserver[] = [],
): Compilation {
  const simplified = simplify(lowered, observers);
  const fused = fuse(simplified.optimized, target);
  return { ...simplified, fused, ...planned(lowered.name, fused, target) };
}

/** The road to the last graph, which knows of no adapter; of fewer passes where `passes` are given. */
export function simplify(
  lowered: Graph,
  observers: readonly PassObserver[] = [],
  passes?: readonly Pass[],
): Pick<Compilation, 'lowered' | 'backward' | 'optimized'> {
  const backward = differentiate(prepare(lowered, observers));
  return { lowered, backward, optimized: runPasses(backward, observers, passes) };
}

/** The road from kernels on. */
export const programOf = (fused: Fused, target: Target): Program =>
  planned(fused.graph.name, fused, target).program;

function planned(name: string, fused: Fused, target: Target): Pick<Compilation, 'printed' | 'program'> {
  const tensors = tensorProblems(fused, target);
  const scheduled = scheduleAll(tensors.others, fused.values, target);
  const problems = [...tensors.problems, ...kernelProblems(scheduled, target)];
  if (problems.length > 0) throw new LimitError(name, problems, target);
  const printed = printAll(scheduled, target);
  const program = plan(name, fused, printed, target);
  const short = memoryProblems(fused, printed, program, target);
  if (short.length > 0) throw new LimitError(name, short, target);
  return { printed, program };
}
