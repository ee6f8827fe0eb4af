/**
 * A lowered graph, targets and values for the leaves in; the first stage of the compiler after which something else is
 * computed, and the value that shows it, out. Everything is evaluated in f64, without a device.
 *
 *     differentiated graph ── passes ──► graph ── inlining ──► graph ── fusion ──► kernels ── schedule ──► nests
 *
 * The two graphs are compared by their results and updates; kernels and nests by each value that they store, in the
 * order in which they run, against the graph whose values they speak of.
 */
import { differentiate } from '../autodiff/index.ts';
import { evaluateKernels } from '../fuse/evaluate.ts';
import { fuse } from '../fuse/index.ts';
import type { Kernel } from '../fuse/kernel.ts';
import { atPosition, type Observer, type Run } from '../fuse/memory.ts';
import { squeezedFeeds } from '../fuse/squeeze.ts';
import type { Graph, Place, ValueId } from '../ir/graph.ts';
import { printNode } from '../ir/print.ts';
import { evaluateNests } from '../nest/evaluate/index.ts';
import { type PassObserver, prepare, runPasses } from '../passes/index.ts';
import { evaluateGraph, type Tensor64 } from '../reference/evaluate.ts';
import { scheduleAll } from '../schedule/all.ts';
import type { Target } from '../target.ts';

export const stageNames = ['autodiff', 'preparation', 'passes', 'inlining', 'fusion', 'schedule'] as const;

export type StageName = (typeof stageNames)[number];

/** What a stage broke. */
export interface Fault {
  readonly stage: StageName;
  /** The class of the target, from `inlining` on. */
  readonly target?: Target['class'];
  /** Which pass, of the stage `passes`. */
  readonly pass?: string;
  /** The kernel, of the stages `fusion` and `schedule`. */
  readonly kernel?: string;
  /** The value that is wrong, and in it the first element. */
  readonly value?: string;
  readonly at?: number;
  readonly expected?: number;
  readonly found?: number;
  /** What was thrown, where no number is wrong. */
  readonly message?: string;
  /** The equation of the value as the IR prints it. */
  readonly equation?: string;
  readonly place?: Place;
}

export type Feeds = ReadonlyMap<string, Tensor64>;

/** Of f64 sums that are added up in another order. */
export const stageTolerance = 1e-9;

/** The first fault; undefined where every stage says the same. Who has evaluated the differentiated graph before gives what it is worth. */
export function firstFault(
  lowered: Graph,
  targets: readonly Target[],
  feeds: Feeds,
  tolerance = stageTolerance,
  known?: Run,
): Fault | undefined {
  const plain = attempt('autodiff', () => differentiate(lowered));
  if (plain.fault) return plain.fault;
  const reference = known ?? evaluateGraph(plain.value, feeds);
  const prepared = attempt('preparation', () => differentiate(prepare(lowered)));
  if (prepared.fault) return prepared.fault;
  const backward = prepared.value;
  const unlike =
    backward === plain.value
      ? undefined
      : compareRuns('preparation', reference, evaluateGraph(backward, feeds), tolerance);
  if (unlike) return unlike;
  const optimized = attempt('passes', () => runPasses(backward));
  if (optimized.fault) return optimized.fault;
  const evaluated = attempt('passes', () => evaluateGraph(optimized.value, feeds));
  const wrong = evaluated.fault ?? compareRuns('passes', reference, evaluated.value, tolerance);
  if (wrong) return { ...wrong, ...passAtFault(backward, reference, feeds, tolerance) };
  for (const target of targets) {
    const fault = faultOfKernels(reference, optimized.value, target, feeds, tolerance);
    if (fault) return { ...fault, target: target.class };
  }
  return undefined;
}

/** The same from the optimized graph on. */
function faultOfKernels(
  reference: Run,
  optimized: Graph,
  target: Target,
  feeds: Feeds,
  tolerance: number,
): Fault | undefined {
  const fused = attempt('fusion', () => fuse(optimized, target));
  if (fused.fault) return fused.fault;
  const { graph } = fused.value;
  const evaluated = attempt('inlining', () => evaluateGraph(graph, squeezedFeeds(feeds)));
  if (evaluated.fault) return evaluated.fault;
  const inlined = compareRuns('inlining', reference, evaluated.value, tolerance);
  if (inlined) return inlined;
  const compare = (stage: StageName, evaluate: (observe: Observer) => Run): Fault | undefined =>
    compareKernels(stage, reference, graph, evaluated.value.values, tolerance, evaluate);
  const wrong = compare('fusion', (observe) => evaluateKernels(fused.value, feeds, observe));
  if (wrong) return wrong;
  const scheduled = attempt('schedule', () => scheduleAll(fused.value.kernels, fused.value.values, target));
  if (scheduled.fault) return scheduled.fault;
  return compare('schedule', (observe) => evaluateNests(fused.value, scheduled.value, feeds, observe));
}

type Attempt<T> =
  | { readonly value: T; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: Fault };

/** What a stage throws is its fault. */
function attempt<T>(stage: StageName, run: () => T): Attempt<T> {
  try {
    return { value: run() };
  } catch (error) {
    return { fault: { stage, message: error instanceof Error ? error.message : String(error) } };
  }
}

/** The first of the passes whose graph gives something else. */
function passAtFault(backward: Graph, reference: Run, feeds: Feeds, tolerance: number): Pick<Fault, 'pass'> {
  let first: string | undefined;
  const observe: PassObserver = (pass, before, after) => {
    if (first !== undefined || before === after) return;
    const found = attempt('passes', () => evaluateGraph(after, feeds));
    if (found.fault ?? compareRuns('passes', reference, found.value, tolerance)) first = pass.name;
  };
  runPasses(backward, [observe]);
  return first === undefined ? {} : { pass: first };
}

/** Kernels or nests, by what each of them stores, then by what is in memory at the end. */
function compareKernels(
  stage: StageName,
  reference: Run,
  graph: Graph,
  values: readonly (Tensor64 | undefined)[],
  tolerance: number,
  evaluate: (observe: Observer) => Run,
): Fault | undefined {
  let first: Fault | undefined;
  let last: string | undefined;
  const observe: Observer = (kernel, stored, position) => {
    last = kernel.name;
    for (const [value, tensor] of stored) {
      if (first !== undefined) return;
      const there = (all: Tensor64): Tensor64 => whatIsStored(kernel, value, all, position);
      const wrong = compareTensors(there(values[value]!), there(tensor), tolerance);
      if (wrong === undefined) continue;
      const node = graph.nodes[value]!;
      const { place } = node.origin;
      const equation = printNode(node, graph.nodes);
      first = { stage, kernel: last, value: node.name, ...wrong, equation, ...(place && { place }) };
    }
  };
  const run = attempt(stage, () => evaluate(observe));
  if (first !== undefined) return first;
  if (run.fault)
    return {
      ...run.fault,
      ...(last !== undefined && { message: `after kernel ${last}: ${run.fault.message}` }),
    };
  return compareRuns(stage, reference, run.value, tolerance);
}

/** Of a kernel of a loop, what it stores at a position. */
function whatIsStored(
  { steps, position: loop }: Kernel,
  value: ValueId,
  all: Tensor64,
  position: number,
): Tensor64 {
  if (loop === undefined) return all;
  return atPosition(all, steps.find((step) => step.value === value)!.indices.indexOf(loop.name), position);
}

type Wrong = Required<Pick<Fault, 'at' | 'expected' | 'found'>>;

/** Results and updates, by name. */
function compareRuns(stage: StageName, expected: Run, found: Run, tolerance: number): Fault | undefined {
  for (const part of ['results', 'updates'] as const) {
    for (const [value, tensor] of expected[part]) {
      const wrong = compareTensors(tensor, found[part].get(value)!, tolerance);
      if (wrong) return { stage, value, ...wrong };
    }
  }
  return undefined;
}

/** Errors are relative to the largest number of the tensor, and at least 1. */
function compareTensors(expected: Tensor64, found: Tensor64, tolerance: number): Wrong | undefined {
  let scale = 1;
  for (const x of expected.data) if (Number.isFinite(x)) scale = Math.max(scale, Math.abs(x));
  const close = (a: number, b: number): boolean =>
    a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= tolerance * scale;
  for (const [at, x] of expected.data.entries()) {
    const y = found.data[at]!;
    if (!close(x, y)) return { at, expected: x, found: y };
  }
  return undefined;
}
