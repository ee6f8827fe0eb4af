/** Runs the loop nests of kernels in tests, and changes them. */
import { expect } from 'vitest';
import { classOf } from '../../compiler/classes/index.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluateNest, evaluateNests } from '../../compiler/nest/evaluate/index.ts';
import type { Statement, Term } from '../../compiler/nest/nest.ts';
import { shareTerms } from '../../compiler/nest/share-terms.ts';
import { mapStatement } from '../../compiler/nest/walk.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { scheduleAll } from '../../compiler/schedule/all.ts';
import { type ScheduledKernel, schedule } from '../../compiler/schedule/index.ts';
import type { Target } from '../../compiler/target.ts';
import { withNames } from '../../compiler/wgsl/index.ts';
import { randomLeaves } from './device-run.ts';
import type { TestKernel } from './kernels.ts';
import { randomSource } from './random.ts';

/** Every statement replaced by what `change` makes of it, after those within. */
export function changed(
  scheduled: ScheduledKernel,
  change: (statement: Statement) => readonly Statement[],
  term: (term: Term) => Term = (same) => same,
): ScheduledKernel {
  const within = (statement: Statement): readonly Statement[] =>
    change(mapStatement(statement, term, within));
  return { ...scheduled, nest: { ...scheduled.nest, body: scheduled.nest.body.flatMap(within) } };
}

/** What the leaves hold, and what every value is by the reference. */
interface Case {
  readonly memory: readonly (Tensor64 | undefined)[];
  readonly values: readonly (Tensor64 | undefined)[];
}

function caseOf(
  { graph, ...test }: TestKernel,
  below: Readonly<Record<string, number>> = {},
  seed = 1,
): Case {
  const feeds = randomLeaves({ graph, ...test }, randomSource(seed), below);
  return {
    memory: graph.nodes.map(({ name }) => feeds.get(name)),
    values: evaluateGraph(graph, feeds).values,
  };
}

/** As it is printed: terms have names, and in WGSL vectors are only what it has vectors for. */
const printed = (scheduled: ScheduledKernel, target: Target): ScheduledKernel => ({
  ...scheduled,
  nest: classOf(target).language === 'wasm' ? shareTerms(scheduled.nest) : withNames(scheduled.nest).nest,
});

/** Fails unless the scheduled kernel stores what the reference gives, within the rounding of f64. */
export function expectStoredAgrees(
  test: TestKernel,
  scheduled: ScheduledKernel,
  below: Readonly<Record<string, number>> = {},
): void {
  const { memory: held, values } = caseOf(test, below);
  const stored = evaluateNest(scheduled, test.values, held);
  expect([...stored.keys()].sort()).toEqual([...test.kernel.stores].sort());
  for (const [value, { data }] of stored) {
    expectClose(test.values.get(value)!.name, values[value]!.data, data);
  }
}

/** The same of what the schedules make of the kernel for this target. */
export function expectNestAgrees(
  test: TestKernel,
  target: Target,
  below: Readonly<Record<string, number>> = {},
): ScheduledKernel {
  const scheduled = schedule(test.kernel, test.values, target);
  for (const form of [scheduled, printed(scheduled, target)]) expectStoredAgrees(test, form, below);
  return scheduled;
}

/** Sums in another order differ by roundings of their largest terms. */
function expectClose(name: string, expected: Float64Array, found: Float64Array): void {
  const scale = expected.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1e-300);
  const bad = expected.findIndex(
    (x, k) => !(Object.is(x, found[k]) || x === found[k] || Math.abs(x - found[k]!) <= 1e-9 * scale),
  );
  if (bad >= 0) expect.fail(`%${name} at ${bad}: expected ${expected[bad]}, found ${found[bad]}`);
}

/** Fails unless the nests of a whole program give what its graph says; gives the scheduled kernels. */
export function expectProgramAgrees(
  graph: Graph,
  feeds: ReadonlyMap<string, Tensor64>,
  target: Target,
): readonly ScheduledKernel[] {
  const fused = fuse(graph, target);
  const scheduled = scheduleAll(fused.kernels, fused.values, target);
  const expected = evaluateGraph(graph, feeds);
  const found = evaluateNests(fused, scheduled, feeds);
  for (const part of ['results', 'updates'] as const) {
    for (const [name, { data }] of expected[part]) expectClose(name, data, found[part].get(name)!.data);
  }
  return scheduled;
}
