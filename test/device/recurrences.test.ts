/** Recurrences on the device: one submit a run, however many positions, and what the reference computes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuse } from '../../compiler/fuse/index.ts';
import { compareKernels, visibleProgram } from '../../compiler/gradcheck/deviation.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { programOf } from '../../compiler/pipeline.ts';
import type { Target } from '../../compiler/target.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import type { Program } from '../../runtime/program.ts';
import { randomLeaves } from '../support/device-run.ts';
import { expectFound, runProgram, targetOn } from '../support/execute.ts';
import { graphOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';
import { sampled } from '../support/random-recurrence.ts';
import { networks } from '../support/recurrences.ts';

const classes = ['hardware', 'software'] as const;
const kinds = [...classes, 'cpu'] as const;

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const programFor = (given: string | Graph, kind: Target['class']): Program => {
  const target = targetOn(open.device!, kind);
  return programOf(fuse(typeof given === 'string' ? graphOf(given) : given, target), target);
};

async function expectAgrees(
  given: string | Graph,
  kind: Target['class'],
  seed: number,
  below?: Readonly<Record<string, number>>,
): Promise<void> {
  const graph = typeof given === 'string' ? graphOf(given) : given;
  const feeds = randomLeaves({ graph }, randomSource(seed), below);
  expectFound(await runProgram(open.device!, programFor(graph, kind), feeds), graph, feeds);
}

const layer = (name: string, steps: number): string => networks[name]!.text({ steps, batch: 4, units: 8 });

test.each(kinds)('an LSTM and a GRU, %s', async (kind) => {
  for (const name of ['LSTM', 'GRU']) {
    for (const steps of [2, 17]) await expectAgrees(layer(name, steps), kind, steps);
  }
});

test.each(kinds)('slots at positions that a condition may leave below 0, %s', async (kind) => {
  const back = [1, 2, 3, 4, 5, 6].map((d) => `(if ${d} <= t then %z[b, t - ${d}, j] else 0.5) * 0.1`);
  const text = `
    input %x[b: 3, t: 9, j: 4]: f32
    %z[b: 3, t: 9, j: 4]: f32 = %x[b, t, j] + (if 1 <= t then %y[b, t - 1, 3 - j] else 0.0)
    %y[b: 3, t: 9, j: 4]: f32 = tanh(${back.join(' + ')} + %z[b, t, j])
    result output %y`;
  await expectAgrees(text, kind, 4);
});

test.each(kinds)('random recurrences, %s', async (kind) => {
  for (const { graph, below } of sampled(1000, 6)) {
    await expectAgrees(graph, kind, 1000, below);
  }
});

test('every value that kernels store at all positions can be shown', async () => {
  const target = open.device!.info.summary;
  const graph = graphOf(layer('LSTM', 5));
  const fused = fuse(graph, target);
  const feeds = randomLeaves({ graph }, randomSource(3));
  const found = await runProgram(open.device!, visibleProgram(fused, target), feeds);
  expect([...found.keys()]).toEqual(expect.arrayContaining(['wx', 'c', 'y']));
  const values = new Map([...found].map(([name, { data }]) => [name, data]));
  const { first, errors } = compareKernels(fused, feeds, values);
  expect(first).toBeUndefined();
  expect(errors.get('y')).toBeLessThan(1e-5);
});

test.each(classes)('a program does not grow with the number of positions, %s', (kind) => {
  /** As JSON, but for sizes and for the text of what is outside of the loop, whose tiles depend on them. */
  const [short, long] = [8, 512].map((T) => {
    const program = programFor(layer('LSTM', T), kind);
    const kernels = program.code.kernels.map((one) => (one.position ? one : { ...one, wgsl: '' }));
    return JSON.stringify({ ...program, code: { ...program.code, kernels } }).replace(/\d+/g, '1');
  });
  expect(long === short).toBe(true);
});
