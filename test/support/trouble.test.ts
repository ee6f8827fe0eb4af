/** The generator makes valid graphs of finite numbers, and everything that it promises comes up. */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { graphOf, tensor } from './graphs.ts';
import { jumps } from './jumps.ts';
import { hasKink } from './kinks.ts';
import { shrink } from './shrink.ts';
import { gradientFailure, stageFailure } from './stage-cases.ts';
import { trouble } from './trouble.ts';

const seeds = Array.from({ length: 200 }, (_, seed) => seed);

describe('graphs that look for trouble', () => {
  test('are valid, and finite', () => {
    for (const seed of seeds) {
      const { graph, feeds } = trouble(seed);
      expect(verify(graph), printGraph(graph)).toEqual([]);
      const { results, updates } = evaluateGraph(differentiate(graph), feeds);
      for (const [name, { data }] of [...results, ...updates]) {
        expect(data.every(Number.isFinite), `seed ${seed}: %${name}\n${printGraph(graph)}`).toBe(true);
      }
    }
  });

  test('come back from their text, and are the same for the same seed', () => {
    for (const seed of seeds) {
      const { graph } = trouble(seed);
      expect(parseGraph(printGraph(graph))).toEqual(graph);
    }
    expect(trouble(7)).toEqual(trouble(7));
    expect(trouble(7).graph).not.toEqual(trouble(8).graph);
  });

  test('have everything in them that they promise', () => {
    const made = seeds.map((seed) => trouble(seed));
    const all = made.map(({ graph }) => printGraph(graph)).join('\n');
    // Prefix sums, shifts, gathers, diagonals, gradients of gradients, updates.
    for (const piece of [
      /where j <= i/,
      /\[i - \d/,
      /\[%t\d+\[/,
      /\[i, i\]/,
      /gradient %y\d+ wrt/,
      /update %w\d+ <- %y/,
      /update %s\d+ <- %w/,
    ]) {
      expect(all).toMatch(piece);
    }
    expect(made.filter(({ graph }) => recurrencesOf(graph.nodes).length > 0).length).toBeGreaterThan(10);
    const buffers = new Set(made.map(({ targets }) => targets[0]!.storageBuffersPerStage));
    expect([...buffers].sort((a, b) => a - b)).toEqual([8, 10, 12]);
    expect(made[0]!.targets.map((target) => target.class)).toEqual(['hardware', 'software', 'cpu']);
    const rows = made.map(({ graph }) =>
      Math.max(...graph.nodes.flatMap((n) => n.indices.map((i) => i.extent), 0)),
    );
    expect(Math.min(...rows)).toBe(1);
    expect(Math.max(...rows)).toBe(65);
  });
});

test('a failing graph is shrunk to what it fails for', () => {
  const graph = graphOf(`
    input %x[i: 3]: f32
    input %z[i: 3]: f32
    %a[i: 3]: f32 = exp(%x[i]) + %z[i]
    %b: f32 = sum[i: 3 where i <= 1] %a[i] * sin(%a[i])
    %c[i: 3]: f32 = %a[i] + %b
    result output c %c
    result output b %b`);
  const feeds = new Map(['x', 'z'].map((name) => [name, tensor([3], [1, 2, 3])]));
  const hasSine = (text: string): boolean => text.includes('sin(');
  const smallest = shrink({ graph, feeds }, (candidate) => hasSine(printGraph(candidate.graph)));
  const text = printGraph(smallest.graph);
  expect(text).toContain('input  %a[i: 3]: f32');
  expect(text).toContain('%b: f32 = sum[i: 3] sin(%a[i])');
  expect(text).not.toMatch(/%x|%z|%c/);
});

test('a loss with a rival to a maximum has a kink', () => {
  const kinkOf = (reduction: string, x: readonly number[]): boolean =>
    hasKink(
      graphOf(`
        input %x[i: 2, j: 3]: f32
        %m[i: 2]: f32 = ${reduction} %x[i, j]
        result output m %m`),
      new Map([['x', tensor([2, 3], x)]]),
    );
  expect(kinkOf('max[j: 3]', [1, 2, 3, 3, 1, 2])).toBe(false);
  expect(kinkOf('max[j: 3]', [1, 2, 3, 3, 3, 2])).toBe(true);
  expect(kinkOf('max[j: 3]', [3, 2.98, 1, 3, 1, 2])).toBe(true);
  expect(kinkOf('min[j: 3]', [1, 2, 3, 3, 3, 2])).toBe(false);
  expect(kinkOf('min[j: 3]', [1, 2, 3, 3, 2, 2])).toBe(true);
  expect(kinkOf('max[j: 3 where j <= i]', [3, 3, 3, 1, 2, 2])).toBe(false);
  expect(kinkOf('sum[j: 3]', [3, 3, 3, 3, 3, 3])).toBe(false);
  // Two elements of a row were 2, to where all numbers are cut.
  expect(gradientFailure(401_643_152)).toBeUndefined();
});

test('a row whose smallest are equal but for rounding jumps', () => {
  const jumpsAt = (x: readonly number[]): boolean =>
    jumps(
      graphOf(`
        input %x[i: 3, j: 3]: f32
        %s[i: 3]: f32 = sum[j: 3] %x[i, j] * 0.1
        %a: i32 = argmin[i: 3] %s[i]
        result output a %a`),
      new Map([['x', tensor([3, 3], x)]]),
      1e-9,
    );
  expect(jumpsAt([0.1, 0.2, 0.7, 0.2, 0.7, 0.1, 0.7, 0.1, 0.2])).toBe(true);
  expect(jumpsAt([0.1, 0.2, 0.7, 0.2, 0.7, 0.1001, 0.7, 0.1, 0.3])).toBe(false);
  // The means of seven rows, each a normalised row less its mean, are about 0.
  expect(stageFailure(576_872_791)).toBeUndefined();
});
