/** Values for the leaves of a whole model, and whether every stage and the processor say the same of it. */
import { expect } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { firstFault, stageTolerance } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import type { Executor } from '../../runtime/executor.ts';
import { elementCount } from '../../runtime/extents.ts';
import type { WasmMemory } from '../../runtime/wasm/memory.ts';
import { runOnCpu } from './cpu.ts';
import { expectFound, type Feeds } from './execute.ts';
import { randomSource } from './random.ts';

/** Second moments are not negative, nor is what is named; integers are labels in every model. */
export function drawn({ nodes }: Graph, positive: readonly string[] = []): Feeds {
  const random = randomSource(1);
  return new Map(
    nodes.flatMap(({ kind, name, dtype, indices }) => {
      if (kind === 'equation' || kind === 'gradient') return [];
      const shape = indices.map(({ extent }) => extent);
      const length = elementCount(shape);
      const draw = (): number => {
        if (dtype !== 'f32') return random.integer(0, 1);
        return kind === 'state' || positive.includes(name) ? random.number() : 1.5 * random.number() - 0.5;
      };
      const data = Float64Array.from({ length }, kind === 'scalar' ? () => 3 : draw);
      return [[name, { shape, data }] as const];
    }),
  );
}

/** Graph, kernels and nests of these classes against the reference, and the processor in f32. */
export async function expectAgreement(
  executor: Executor<WasmMemory>,
  lowered: Graph,
  feeds: Feeds,
  targets: readonly Target[] = Object.values(defaultTargets),
): Promise<void> {
  // What is not a number agrees with anything.
  const graph = differentiate(lowered);
  const reference = evaluateGraph(graph, feeds);
  const numbers = [...reference.results.values(), ...reference.updates.values()].map(({ data }) => data);
  expect(numbers.some(({ length }) => length > 0)).toBe(true);
  expect(numbers.every((data) => data.every(Number.isFinite))).toBe(true);
  if (targets.length > 0)
    expect(firstFault(lowered, targets, feeds, stageTolerance, reference)).toBeUndefined();
  expectFound(await runOnCpu(executor, lowered, feeds), graph, feeds, undefined, reference);
}
