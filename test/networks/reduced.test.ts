/**
 * The networks, small: the processor says what the reference says, for two steps of each clause and for a run; in the first step,
 * so does every stage of the compiler, for one class of adapters, the next one for the next network.
 */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { lower } from '../../compiler/lower/index.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { programOf } from '../prelude/program.ts';
import { cpuExecutor } from '../support/cpu.ts';
import type { Feeds } from '../support/execute.ts';
import { nudged } from '../support/jumps.ts';
import { randomSource } from '../support/random.ts';
import { drawn, expectAgreement } from '../support/whole-models.ts';
import { firstWeights } from './first-weights.ts';
import { bindings, nameOf, networks, textOf } from './networks.ts';

const executor = cpuExecutor(2);

/**
 * How far the processor may be off: in f32, what an element of a deep network rounds to decides of a relu beside 0, and so
 * moves gradients at a blow. As much as rounding the leaves moves the reference, then.
 */
function sensitivity(graph: Graph, feeds: Feeds): number {
  const random = randomSource(1);
  const still = evaluateGraph(graph, feeds);
  const moved = Array.from({ length: 3 }, () => {
    const { updates } = evaluateGraph(graph, nudged(feeds, 6e-8, random));
    return [...still.updates].map(([name, { data }]) => {
      const scale = data.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
      return data.reduce(
        (most, x, k) => Math.max(most, Math.abs(x - updates.get(name)!.data[k]!) / scale),
        0,
      );
    });
  });
  return 2 * Math.max(...moved.flat());
}

const classes = Object.values(defaultTargets);

describe.each(networks.map((network, k) => [nameOf(network), network, k] as const))('%s', (_, network, k) => {
  const { model, reduced, positive } = network;
  const options = { bindings: bindings(reduced), ...(model !== undefined && { model }) };
  const text = textOf(network);

  test('two steps', { timeout: 300_000 }, async () => {
    const program = programOf(text, { ...options, training: true });
    let kept = firstWeights(program);
    for (const targets of [[classes[k % classes.length]!], []])
      for (const part of program.recipe!.parts.keys()) {
        const lowered = lower(program, { kind: 'train', part });
        const feeds = new Map([...drawn(lowered, positive), ...kept]);
        const further = (): number => sensitivity(differentiate(lowered), feeds);
        const { updates } = await expectAgreement(executor, lowered, feeds, {
          targets,
          ...(network.deep && { further }),
        });
        kept = new Map([...kept, ...updates]);
      }
    expect(kept.size).toBeGreaterThan(0);
  });

  test('a run', { timeout: 300_000 }, async () => {
    const program = programOf(text, options);
    const lowered = lower(program, { kind: 'run' });
    const feeds = new Map([...drawn(lowered, positive), ...firstWeights(program)]);
    await expectAgreement(executor, lowered, feeds, { targets: [] });
  });
});
