/** Axes of extent 1: kernels have none, the outside keeps them, and one example fuses as two do. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { type Fused, fuse } from '../../compiler/fuse/index.ts';
import { squeeze, squeezedFeeds } from '../../compiler/fuse/squeeze.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower, type Purpose } from '../../compiler/lower/index.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { programOf } from '../../compiler/pipeline.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { programOf as checked } from '../prelude/program.ts';
import { nameOf, type Replayed, replayed } from '../replay/networks.ts';
import { graphOf, tensor } from '../support/graphs.ts';

const lines = `
  input %x[b: 1, c: 3, u: 1]: f32
  input %t[b: 1]: i32
  param %w[c: 3, o: 1]: f32
  %y[b: 1, o: 1]: f32 = sum[c: 3, u: 1] %x[b, c, u] * %w[c, o + u]
  %p[b: 1]: i32 = argmax[o: 1] %y[b, o]
  %z[c: 3, b: 1]: f32 = %x[b, c, 0] + %y[b, %t[b]] * to_f32(%p[b] + b + 2)
  %w.next[c: 3, o: 1]: f32 = %w[c, 0] - %z[c, o]
  result output y %y
  result output z %z
  update %w <- %w.next`;

test('they are gone, and with them the indices that ran over them', () => {
  const text = printGraph(squeeze(graphOf(lines))).replace(/ +/g, ' ');
  expect(text).not.toMatch(/: 1\b/);
  expect(text).toContain('input %x[c: 3]: f32');
  expect(text).toContain('%y: f32 = sum[c: 3] %x[c] * %w[c]');
  expect(text).toContain('%w.next[c: 3]: f32 = %w[c] - %z[c]');
});

test('nothing is another number', () => {
  const graph = graphOf(lines);
  const feeds = new Map([
    ['x', tensor([1, 3, 1], [1, 2, 3])],
    ['t', tensor([1], [0])],
    ['w', tensor([3, 1], [4, -5, 6])],
  ]);
  const [before, after] = [evaluateGraph(graph, feeds), evaluateGraph(squeeze(graph), squeezedFeeds(feeds))];
  for (const part of ['results', 'updates'] as const) {
    for (const [name, { data }] of before[part]) expect(after[part].get(name)!.data).toEqual(data);
  }
});

test('a program has the shapes and the ranges that the model has', () => {
  const target = defaultTargets.hardware;
  const { inputs, persistent, results, steps } = programOf(fuse(graphOf(lines), target), target);
  expect([...inputs, ...persistent, ...results].map(({ name, shape }) => [name, ...shape])).toEqual([
    ['x', 1, 3, 1],
    ['t', 1],
    ['w', 3, 1],
    ['y', 1, 1],
    ['z', 3, 1],
  ]);
  expect(inputs[1]!.range).toMatchObject({ min: 0, max: 0 });
  expect(steps.map(({ kind }) => kind)).not.toContain('copy');
});

describe('one example takes no more than two', () => {
  const batched = replayed.filter(({ set }) => 'B' in set);
  const targets: readonly Target[] = Object.values(defaultTargets);
  const fusedFor = ({ text, set }: Replayed, purpose: Purpose, extent: number): readonly Fused[] => {
    const bindings = new Map(Object.entries({ ...set, B: extent }));
    const program = checked(text, { training: purpose.kind === 'train', bindings });
    const graph = runPasses(differentiate(lower(program, purpose)));
    return targets.map((target) => fuse(graph, target));
  };
  /** Kernels and copies of whole parameters. */
  const stepsOf = ({ kernels, copies }: Fused): number => kernels.length + copies.length;
  /**
   * Kernels that one example has more, each with its cause.
   *
   * LSTM and ResNet: stages over the same rows share a kernel where there are as many rows as keep a GPU busy
   * (`fewestRows`, 64). The softmax of 32 characters has 32 rows for one example and 64 for two, and the mean over each of
   * 32 channels likewise. So they are kernels of their own: 2 more to run, 4 with their adjoints.
   *
   * Neural ODE: `runge_kutta.y` and `start` are stored, before the loop and in both of its stretches. Making them again
   * would need `y` and `start`, 27 numbers, up to the last read of `runge_kutta.y`, which is 24 itself: more memory, so it
   * is kept (`keep.ts`). With two examples `y` stays as long anyway: the gradient of the last weights, which reads it, is
   * a sum over examples and a kernel of its own at the end; of one example it is no sum and part of an earlier kernel,
   * so that sums are 2 kernels fewer (1 on a processor).
   */
  const more: Readonly<Record<string, readonly number[]>> = {
    'bench-resnet-train to run': [1],
    'bench-lstm-train to run': [2],
    'bench-lstm-train to train': [4],
    'neural_ode-train to train': [1, 1, 2],
  };

  const cases = batched.flatMap((network) =>
    (network.purpose.kind === 'run' ? ['run'] : ['run', network.purpose.kind]).map(
      (kind) => [nameOf(network), kind as Purpose['kind'], network] as const,
    ),
  );
  test.each(cases)('%s to %s: steps', (name, kind, network) => {
    const purpose: Purpose = kind === 'run' ? { kind } : network.purpose;
    const [one, two] = [fusedFor(network, purpose, 1), fusedFor(network, purpose, 2)];
    one.forEach((fused, k) => {
      expect(stepsOf(fused), targets[k]!.class).toBeLessThanOrEqual(
        stepsOf(two[k]!) + (more[`${name} to ${kind}`]?.[k] ?? 0),
      );
      expect(fused.copies.length, targets[k]!.class).toBeLessThanOrEqual(two[k]!.copies.length);
    });
  });

  const large = ['bench-mlp-train', 'bench-resnet-train', 'network-attention-train', 'network-gan-train'];
  test.each(large)('%s: bytes', (name) => {
    const network = replayed.find((one) => nameOf(one) === name)!;
    const bytesFor = (extent: number): readonly number[] =>
      fusedFor(network, network.purpose, extent).map((fused, k) =>
        programOf(fused, targets[k]!).buffers.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    const [one, two] = [bytesFor(1), bytesFor(2)];
    one.forEach((bytes, k) => {
      expect(bytes, targets[k]!.class).toBeLessThan(two[k]!);
    });
  });
});
