/**
 * Ten steps of each optimiser on a device and on the processor, from the same gradients: as near to f64 as f32 arithmetic allows;
 * and steps of each schedule and each clip.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../compiler/pipeline.ts';
import { defaultTargets } from '../../compiler/target.ts';
import type { Device } from '../../runtime/device.ts';
import { createSession } from '../../runtime/execute.ts';
import type { Executor, Memory } from '../../runtime/executor.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import type { Program } from '../../runtime/program.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';
import { draws, graphOf, scalar64, tensor64 } from '../prelude/harness.ts';
import {
  clipProbes,
  furtherOptimiserProbes,
  type OptimiserProbe,
  optimiserProbes,
  type Rounding,
  scheduleProbes,
} from '../prelude/optimisers.ts';
import { cpuExecutor } from '../support/cpu.ts';
import { expectDeviceAgrees } from '../support/execute.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());
const processor = cpuExecutor(2);

const size = 48;
const steps = 10;

/** loss = sum(a * w) has the gradient a, whatever w is. */
const text = (recipe: string): string => `model line {
  input a: f32[${size}]
  param w: f32[${size}] init zeros
  loss = sum(a * w)
}
train line {
  minimize loss with ${recipe}
  batch 1 epochs 1
}
`;

/** Of sizes from 1e-4 to 10, both signs; exactly f32. */
const gradients = Array.from({ length: steps }, (_, step) =>
  Float32Array.from(draws(step + 1, size), (u, k) => (u - 0.5) * 10 ** (1 - 5 * (k / size))),
);

type Values = ReadonlyMap<string, readonly number[]>;

/** The weights and states after each step, by name. */
function followed(probe: OptimiserProbe, round?: Rounding): readonly Values[] {
  let elements = Array.from({ length: size }, () => ({
    w: 0,
    state: Object.fromEntries(probe.states.map((name) => [name, 0])) as Readonly<Record<string, number>>,
  }));
  return gradients.map((g, step) => {
    elements = elements.map(({ w, state }, k) => probe.follow(w, g[k]!, state, step + 1, round));
    return new Map([
      ['w', elements.map(({ w }) => w)],
      ...probe.states.map(
        (name) => [`${probe.of}.${name}.w`, elements.map(({ state }) => state[name]!)] as const,
      ),
    ]);
  });
}

type Kind = 'software' | 'hardware' | 'cpu';

function onTarget(probe: OptimiserProbe, kind: Kind): Promise<readonly Values[]> {
  const graph = graphOf(text(probe.call), 'train', { training: true });
  if (kind === 'cpu') return ranOn(processor, compile(graph, defaultTargets.cpu).program);
  const { program } = compile(graph, { ...open.device!.info.summary, class: kind });
  return ranOn(webgpuExecutor(open.device!), program);
}

async function ranOn<M extends Memory>(executor: Executor<M>, program: Program): Promise<readonly Values[]> {
  const session = createSession(executor);
  try {
    for (const { name, dtype, shape } of program.persistent) {
      await session.set(name, { dtype, shape, data: new Float32Array(size) });
    }
    const runner = await session.load(program);
    const found: Values[] = [];
    for (const [step, g] of gradients.entries()) {
      runner.write('a', g);
      await runner.run({ step: step + 1, key: 1 });
      const values = await session.export();
      found.push(new Map([...values].map(([name, { data }]) => [name, [...data]] as const)));
    }
    return found;
  } finally {
    session.close();
  }
}

/** The largest error of a step's values, relative to the largest value. */
function errorOf(found: readonly number[], exact: readonly number[]): number {
  const scale = Math.max(...exact.map(Math.abs));
  return Math.max(...found.map((x, k) => Math.abs(x - exact[k]!))) / scale;
}

describe.each(['software', 'hardware', 'cpu'] as const)('%s kernels', (kind) => {
  test.each(optimiserProbes.map((probe) => [probe.call, probe] as const))('%s', async (_, probe) => {
    const exact = followed(probe);
    const rounded = followed(probe, Math.fround);
    const found = await onTarget(probe, kind);
    for (const name of exact[0]!.keys()) {
      exact.forEach((values, step) => {
        const unavoidable = errorOf(rounded[step]!.get(name)!, values.get(name)!);
        const error = errorOf(found[step]!.get(name)!, values.get(name)!);
        expect(unavoidable).toBeGreaterThan(0);
        expect(error, `${name} after ${step + 1} steps`).toBeLessThanOrEqual(5 * unavoidable);
      });
    }
  });

  // A difference of numbers near 1 would cost a hundred times as much.
  test.each(furtherOptimiserProbes.map((probe) => [probe.call, probe] as const))(
    '%s, to a few roundings',
    async (_, probe) => {
      const exact = followed(probe);
      const found = await onTarget(probe, kind);
      for (const name of exact[0]!.keys()) {
        exact.forEach((values, step) => {
          const error = errorOf(found[step]!.get(name)!, values.get(name)!);
          expect(error, `${name} after ${step + 1} steps`).toBeLessThanOrEqual(10 * 2 ** -24);
        });
      }
    },
  );

  test.each(furtherOptimiserProbes.map((probe) => [probe.call, probe] as const))(
    '%s, one step',
    async (_, { call, of, states }) => {
      const numbers = (seed: number) => tensor64([size], draws(seed, size));
      const feeds = new Map([
        ['a', tensor64([size], [...gradients[0]!])],
        ['w', numbers(21)],
        ['step', scalar64(3)],
        ...states.map((name, k) => [`${of}.${name}.w`, numbers(31 + k)] as const),
      ]);
      const graph = graphOf(text(call), 'train', { training: true });
      await expectDeviceAgrees(open.device!, graph, feeds, { kind });
    },
  );

  test.each([
    ...scheduleProbes.map(({ call }) => [`sgd(lr = ${call})`] as const),
    ...clipProbes.map(({ call }) => [`${call} |> sgd(lr = 1)`] as const),
  ])('%s, early and late', async (recipe) => {
    const graph = graphOf(text(recipe), 'train', { training: true });
    for (const step of [1, 4, 20]) {
      const feeds = new Map([
        ['a', tensor64([size], [...gradients[0]!])],
        ['w', tensor64([size], draws(21, size))],
        ['step', scalar64(step)],
      ]);
      await expectDeviceAgrees(open.device!, graph, feeds, { kind });
    }
  });
});
