/** Axes of extent 1: kernels have none, the outside keeps them, and one example fuses as two do. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { squeeze, squeezedFeeds } from '../../compiler/fuse/squeeze.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { lower } from '../../compiler/lower/index.ts';
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

describe('one example takes no more kernels than two', () => {
  const batched = replayed.filter(({ set, purpose }) => 'B' in set && purpose.kind === 'train');
  const countsOf = ({ text, set, purpose }: Replayed, extent: number): readonly number[] => {
    const bindings = new Map(Object.entries({ ...set, B: extent }));
    const graph = runPasses(differentiate(lower(checked(text, { training: true, bindings }), purpose)));
    return Object.values(defaultTargets).map((target: Target) => fuse(graph, target).kernels.length);
  };
  /** Where one example leaves fewer rows than keep an adapter busy: the mean over each of 32 channels of an image. */
  const more: Readonly<Record<string, readonly number[]>> = { 'bench-resnet-train': [1, 0] };
  test.each(batched.map((network) => [nameOf(network), network] as const))('%s', (name, network) => {
    const [one, two] = [countsOf(network, 1), countsOf(network, 2)];
    one.forEach((count, k) => {
      expect(count).toBeLessThanOrEqual(two[k]! + (more[name]?.[k] ?? 0));
    });
  });
});
