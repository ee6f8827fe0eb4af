/** Stages compared in f64: each is broken on purpose here, and named. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type * as Fuse from '../../compiler/fuse/index.ts';
import type { Fused } from '../../compiler/fuse/index.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import type * as Passes from '../../compiler/passes/index.ts';
import type * as Schedule from '../../compiler/schedule/index.ts';
import type { ScheduledKernel } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { type GradientReport, gradientText, type StageReport } from '../../src/views/gradcheck-text.ts';
import { graphOf, tensor } from '../support/graphs.ts';

/** What is done to the result of a stage. */
const broken = vi.hoisted(() => ({
  graph: (graph: Graph): Graph => graph,
  fused: (fused: Fused): Fused => fused,
  scheduled: (scheduled: ScheduledKernel): ScheduledKernel => scheduled,
}));
const whole = { ...broken };
afterEach(() => Object.assign(broken, whole));

vi.mock('../../compiler/passes/index.ts', async (original) => {
  const passes = await original<typeof Passes>();
  const spoil: Passes.Pass = { name: 'spoil', doc: '', run: (graph) => broken.graph(graph) };
  const list = [...passes.pipeline.slice(0, 3), spoil, ...passes.pipeline.slice(3)];
  const runPasses: typeof Passes.runPasses = (graph, observers) => passes.runPasses(graph, observers, list);
  return { ...passes, runPasses };
});
vi.mock('../../compiler/fuse/index.ts', async (original) => {
  const fuse = await original<typeof Fuse>();
  const spoiled: typeof Fuse.fuse = (...args) => broken.fused(fuse.fuse(...args));
  return { ...fuse, fuse: spoiled };
});
vi.mock('../../compiler/schedule/index.ts', async (original) => {
  const schedule = await original<typeof Schedule>();
  const spoiled: typeof Schedule.schedule = (...args) => broken.scheduled(schedule.schedule(...args));
  return { ...schedule, schedule: spoiled };
});

const graph = graphOf(`
  input %x[i: 5, j: 4]: f32
  param %w[j: 4]: f32
  %s[i: 5]: f32 = sum[j: 4] %x[i, j] * %w[j]         @ slide.nn:3:5
  %e[i: 5]: f32 = exp(%s[i])                         @ slide.nn:4:5
  %y[i: 5]: f32 = %e[i] / %e[4 - i]                  @ slide.nn:5:5
  result output y %y`);
const numbers = (size: number): readonly number[] => Array.from({ length: size }, (_, k) => Math.sin(k));
const feeds = new Map([
  ['x', tensor([5, 4], numbers(20))],
  ['w', tensor([4], numbers(4))],
]);
const found = () => firstFault(graph, [defaultTargets.software], feeds);

/** The graph with the body of one equation replaced by that of another. */
const withBodyOf = (of: Graph, name: string, other: string): Graph => {
  const body = of.nodes.flatMap((node) =>
    node.name === other && node.kind === 'equation' ? [node.body] : [],
  )[0]!;
  return { ...of, nodes: of.nodes.map((node) => (node.name === name ? { ...node, body } : node)) as never };
};

describe('the first stage that computes something else', () => {
  test('is none where all is right', () => {
    expect(found()).toBeUndefined();
  });

  test('can be a pass', () => {
    broken.graph = (of) => withBodyOf(of, 'y', 'e');
    expect(found()).toMatchObject({ stage: 'passes', pass: 'spoil', value: 'y', at: 0 });
  });

  test('can be fusion: the kernel and the equation are named', () => {
    broken.fused = (fused) => ({
      ...fused,
      kernels: fused.kernels.map((kernel) => ({
        ...kernel,
        steps: kernel.steps.map((step) => (step.by === undefined ? step : { ...step, by: 'max' as const })),
      })),
    });
    const fault = found();
    expect(fault).toMatchObject({ stage: 'fusion', target: 'software', value: 'e', place: { line: 4 } });
    expect(fault!.equation).toContain('exp(%s[i])');
  });

  test('can be fusion that leaves out a kernel', () => {
    broken.fused = (fused) => ({ ...fused, kernels: fused.kernels.slice(1) });
    expect(found()).toMatchObject({ stage: 'fusion' });
    expect(found()!.message).toContain('has no value to load');
  });

  test('can be a schedule', () => {
    broken.scheduled = (scheduled) => {
      const buffers = scheduled.bindings.toReversed();
      return { ...scheduled, bindings: buffers };
    };
    expect(found()).toMatchObject({ stage: 'schedule', target: 'software' });
  });
});

describe('what is said of it', () => {
  const leaf = {
    name: 'w',
    shape: [4],
    norm: 1,
    method: 'every coordinate',
    error: 0,
    verdict: 'agrees',
  } as const;
  const report = (fused: number): GradientReport => ({
    check: { loss: 1, leaves: [leaf] },
    kernels: {
      unfused: { errors: new Map([['d.w', 1e-7]]) },
      fused: { errors: new Map([['d.w', fused]]) },
      device: 'a device',
    },
  });
  const text = (fused: number, stages: readonly StageReport[]): string =>
    gradientText({ model: 'm', drawn: [], stages }, [report(fused)]);

  test('a verdict looks at the kernels too', () => {
    expect(text(1e-7, [])).toMatch(/1\.0e-7 +agrees$/m);
    expect(text(0.7, [])).toMatch(/7\.0e-1 +FUSED KERNELS DISAGREE$/m);
    expect(text(Number.NaN, [])).toMatch(/FUSED KERNELS DISAGREE$/m);
  });

  test('a stage that broke is named with its equation and place', () => {
    broken.fused = (fused) => ({ ...fused, kernels: fused.kernels.toReversed() });
    broken.graph = (of) => withBodyOf(of, 'y', 'e');
    const said = text(1e-7, [{ sizes: 'every size 3', fault: found()! }]);
    expect(said).toContain(
      'with every size 3, the stage passes computes something else (pass spoil; %y at 0 is',
    );
    expect(said).not.toContain('everything agrees');
  });
});
