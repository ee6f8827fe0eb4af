/**
 * The networks of bench/, one training step each: how many dispatches, and whether each kernel fits the adapter.
 *
 * Counts, not times: they say what fusion does without a device. A number may grow only where a fusion was wrong,
 * and whoever changes one says why.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import type { Program } from '../../runtime/program.ts';
import { compileSource } from '../../src/index.ts';

/** Batch sizes as in bench/networks.mjs: they decide which rows are few. */
const batches = { lenet: 64, resnet: 32, gpt: 8, lstm: 32 } as const;
type Network = keyof typeof batches;

/**
 * 8 buffers are what WebGPU guarantees, 10 what desktop adapters give at least, 12 what SwiftShader gives. Of the
 * LSTM 64 run forward and 64 back, 2 at each of 32 positions; the other 14 are products over all positions, which also
 * update the weights, and one that lists the positions of each character, for the gradient of its row.
 * In the transformer the gradients of q, k and v are products of their own and not one kernel that is none: a step takes
 * two thirds of the time.
 * With 8 buffers the ResNet's scales and shifts take more kernels of 32 elements than sums over the batch could bind: 3 more
 * dispatches on hardware, for 22 MFLOP less and 17.6 MB held instead of 27.0.
 */
const expected: readonly (readonly [Target['class'], number, Readonly<Record<Network, number>>])[] = [
  ['software', 8, { lenet: 25, resnet: 53, gpt: 77, lstm: 142 }],
  ['software', 12, { lenet: 24, resnet: 42, gpt: 67, lstm: 142 }],
  ['hardware', 8, { lenet: 25, resnet: 70, gpt: 77, lstm: 142 }],
  ['hardware', 10, { lenet: 25, resnet: 57, gpt: 70, lstm: 142 }],
];

function step(name: Network, target: Target) {
  const file = new URL(`../../bench/models/${name}.nn`, import.meta.url);
  return compileSource(
    { name: `${name}.nn`, text: readFileSync(file, 'utf8') },
    { purpose: { kind: 'train' }, set: { B: batches[name] }, target },
  ).compilation.program;
}

/** Those of a loop at each of its positions. */
const dispatchesIn = ({ steps }: Program): number =>
  steps.reduce((sum, step) => {
    if (step.kind === 'loop') return sum + step.count * step.steps.length;
    return step.kind === 'dispatch' ? sum + 1 : sum;
  }, 0);

describe.each(expected)('a training step on a %s adapter with %i buffers', (kind, buffers, counts) => {
  const target: Target = { ...defaultTargets[kind], storageBuffersPerStage: buffers };
  test.each(Object.keys(batches) as Network[])('%s', (name) => {
    const program = step(name, target);
    const tooWide = program.code.kernels.filter(({ bindings }) => bindings.length > buffers);
    expect([dispatchesIn(program), tooWide.length]).toEqual([counts[name], 0]);
  });
});
