/**
 * The networks of bench/, one training step each: how many dispatches, and whether each kernel fits the adapter.
 *
 * Counts, not times: they say what fusion does without a device. A number may grow only where a fusion was wrong,
 * and whoever changes one says why.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultTargets, type Target } from '../../compiler/schedule/target.ts';
import { TooLargeError } from '../../src/compilation.ts';
import { compileSource } from '../../src/index.ts';

/** Batch sizes as in bench/networks.mjs: they decide which rows are few. */
const batches = { lenet: 64, resnet: 32, gpt: 8, lstm: 32 } as const;
type Network = keyof typeof batches;

/**
 * Dispatches, and how many kernels would bind more buffers than the adapter has, for which the compiler refuses the
 * program: in the LSTM the stack of the 32 hidden states, its adjoint and the gradient of the weights that are used
 * 31 times.
 * 8 buffers are what WebGPU guarantees, 10 what desktop adapters give at least, 12 what SwiftShader gives.
 */
const expected: readonly (readonly [
  Target['class'],
  number,
  Readonly<Record<Network, readonly [dispatches: number | 'refused', tooWide: number]>>,
])[] = [
  ['software', 8, { lenet: [27, 0], resnet: [54, 0], gpt: [72, 0], lstm: ['refused', 3] }],
  ['software', 12, { lenet: [26, 0], resnet: ['refused', 5], gpt: [62, 0], lstm: ['refused', 3] }],
  ['hardware', 8, { lenet: [27, 0], resnet: [68, 0], gpt: [72, 0], lstm: ['refused', 3] }],
  ['hardware', 10, { lenet: [27, 0], resnet: [58, 0], gpt: [65, 0], lstm: ['refused', 3] }],
];

function step(name: Network, target: Target) {
  const file = new URL(`../../bench/models/${name}.nn`, import.meta.url);
  return compileSource(
    { name: `${name}.nn`, text: readFileSync(file, 'utf8') },
    { purpose: { kind: 'train' }, set: { B: batches[name] }, target },
  ).compilation.program;
}

function counted(name: Network, target: Target): readonly [number | 'refused', number] {
  try {
    const { dispatches, kernels } = step(name, target);
    const tooWide = kernels.filter(({ bindings }) => bindings.length > target.storageBuffersPerStage);
    return [dispatches.length, tooWide.length];
  } catch (failure) {
    if (!(failure instanceof TooLargeError)) throw failure;
    return ['refused', failure.diagnostics.filter(({ code }) => code === 'NN602').length];
  }
}

describe.each(expected)('a training step on a %s adapter with %i buffers', (kind, buffers, counts) => {
  const target: Target = { ...defaultTargets[kind], storageBuffersPerStage: buffers };
  test.each(Object.keys(batches) as Network[])('%s', (name) => {
    expect(counted(name, target)).toEqual(counts[name]);
  });
});
