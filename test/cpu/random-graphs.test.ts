/** Random equation graphs through the whole back end, on the processor, against the f64 reference. */
import { describe, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { cpuExecutor, runOnCpu } from '../support/cpu.ts';
import { expectFound } from '../support/execute.ts';
import { randomCase, smallCase } from '../support/random-case.ts';
import type { RandomGraph } from '../support/random-graph.ts';
import { trouble } from '../support/trouble.ts';

/**
 * 3,000 graphs, half of them of one equation: compiling is what takes the time.
 * `GRAPHS=5000 SEED=100000 npm test -- cpu/random-graphs` runs as many of the first kind, from any place.
 */
const count = Number(process.env.GRAPHS ?? 1000);
const first = Number(process.env.SEED ?? 1);
const chunk = 100;

const executor = cpuExecutor(2);

function onProcessor(count: number, graphOf: (seed: number) => RandomGraph): void {
  for (let start = first; start < first + count; start += chunk) {
    const end = Math.min(start + chunk, first + count);
    test(`seeds ${start} to ${end - 1}`, { timeout: 5_000 * chunk }, async () => {
      for (let seed = start; seed < end; seed++) {
        const { graph, feeds } = graphOf(seed);
        try {
          expectFound(await runOnCpu(executor, graph, feeds), differentiate(graph), feeds);
        } catch (failure) {
          throw new Error(`seed ${seed}: ${failure instanceof Error ? failure.message : String(failure)}`);
        }
      }
    });
  }
}

describe('random graphs on the processor', () => onProcessor(count, randomCase));
describe('graphs of one equation on the processor', () => onProcessor(Math.ceil(1.5 * count), smallCase));
describe('graphs that look for trouble on the processor', () =>
  onProcessor(Math.ceil(count / 2), (seed) => trouble(seed)));
