/** Small ways to make and run loop nests in tests. */
import { expect } from 'vitest';
import { constant, variable } from '../../compiler/index/build.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { localName, workgroupName } from '../../compiler/schedule/builder.ts';
import { evaluateNest } from '../../compiler/schedule/evaluate/index.ts';
import { type ScheduledKernel, schedule } from '../../compiler/schedule/index.ts';
import type { Buffer, Memory, Nest, Statement, Term } from '../../compiler/schedule/nest.ts';
import type { Target } from '../../compiler/schedule/target.ts';
import { mapStatement } from '../../compiler/schedule/views.ts';
import { randomLeaves } from './device-run.ts';
import type { TestKernel } from './kernels.ts';
import { randomSource } from './random.ts';

export const local = variable(localName);
export const workgroup = variable(workgroupName);
export const at = constant;

export const buffer = (name: string, size: number, access: Buffer['access'] = 'read'): Buffer => ({
  name,
  dtype: 'f32',
  size,
  access,
  lanes: 1,
});

export const memory = (name: string, size: number, scope: Memory['scope'] = 'workgroup'): Memory => ({
  name,
  scope,
  dtype: 'f32',
  size,
  lanes: 1,
});

export const barrier: Statement = { kind: 'barrier', orders: 'memories' };

/** Two workgroups of four threads, unless told; `ranges` of further names as extents. */
export function nestOf({
  ranges = {},
  ...parts
}: Partial<Omit<Nest, 'ranges'>> & {
  readonly body: readonly Statement[];
  readonly ranges?: Readonly<Record<string, number>>;
}): Nest {
  const { workgroups = 2, workgroupSize = 4 } = parts;
  const extents = { [workgroupName]: workgroups, [localName]: workgroupSize, ...ranges };
  return {
    buffers: [],
    memories: [],
    ...parts,
    workgroups,
    workgroupSize,
    ranges: new Map(Object.entries(extents).map(([name, extent]) => [name, { min: 0, max: extent - 1 }])),
  };
}

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
    const expected = values[value]!.data;
    const scale = expected.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1e-300);
    const bad = expected.findIndex((x, k) => !(x === data[k] || Math.abs(x - data[k]!) <= 1e-9 * scale));
    if (bad < 0) continue;
    const { name } = test.values.get(value)!;
    expect.fail(`%${name} at ${bad}: expected ${expected[bad]}, found ${data[bad]}`);
  }
}

/** The same of what the schedules make of the kernel for this target. */
export function expectNestAgrees(
  test: TestKernel,
  target: Target,
  below: Readonly<Record<string, number>> = {},
): ScheduledKernel {
  const scheduled = schedule(test.kernel, test.values, target);
  expectStoredAgrees(test, scheduled, below);
  return scheduled;
}
