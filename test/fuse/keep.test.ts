/** What is kept for the backward pass and what is made again: by cost, told, and never another value. */

import { describe, expect, test } from 'vitest';
import { evaluateKernels } from '../../compiler/fuse/evaluate.ts';
import { type Fused, fuse } from '../../compiler/fuse/index.ts';
import { type Keeping, keepingsOf, recomputedIn } from '../../compiler/fuse/keep.ts';
import { recompute } from '../../compiler/fuse/recompute.ts';
import { squeezedFeeds } from '../../compiler/fuse/squeeze.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { namedIn } from '../../compiler/ir/origin.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { simplify } from '../../compiler/pipeline.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { graphOf as loweredGraph, modelWith } from '../lower/lowered.ts';
import { completed, withGradients } from '../support/gradient.ts';
import { graphOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';
import { randomCase } from '../support/random-case.ts';
import { sampled } from '../support/random-recurrence.ts';
import { networks } from '../support/recurrences.ts';
import { expectSame, furthest } from '../support/same-results.ts';

const { hardware, software } = defaultTargets;

const training = (graph: Graph): Graph => withGradients(graph, new Map(), 3).graph;
const fusedFor = (graph: Graph, target: Target): Fused => fuse(simplify(graph).optimized, target);
const recomputedBy = ({ recomputed = [] }: Fused): readonly string[] => recomputed.map(({ name }) => name);
const keptBy = (fused: Fused, target: Target): ReadonlyMap<string, Keeping> =>
  new Map(keepingsOf(fused, target).map((one) => [one.name, one]));

/** A decoder whose score has a name: [B, T, S, A] numbers, made from [B, T, A] and [B, S, A]. */
const decoderOf = (set: Readonly<Record<string, number>>): Graph =>
  training(
    loweredGraph(
      modelWith(`input m: f32[B, S, A]
    input x: f32[B, T, A]
    param U: f32[A, A] init normal
    param v: f32[A] init normal
    scan t: T {
      asked[b, t, a] = x[b, t, a] + sum[k] U[a, k] * (h[b, t - 1, k] else 0)
      score[b, t, s: S, a: A] = tanh(asked[b, t, a] + m[b, s, a])
      e[b, t, s] = sum[a] v[a] * score[b, t, s, a]
      h[b, t, a] = sum[s] e[b, t, s] * m[b, s, a]
    }
    output y = h`),
      { kind: 'run' },
      { set },
    ),
  );
const decoder = decoderOf({ B: 8, T: 9, S: 16, A: 32 });

describe('by cost', () => {
  test('what a decoder compares its states by is made again on a GPU, where operations are cheap, though it has a name', () => {
    const fused = fusedFor(decoder, hardware);
    expect(recomputedBy(fused)).toContain('score');
    const { keeping, recomputing } = fused.recomputed!.find(({ name }) => name === 'score')!;
    expect(2 * recomputing).toBeLessThan(keeping);
  });

  test('on a software adapter, where tanh is dear, it is kept', () => {
    const fused = fusedFor(decoder, software);
    expect(recomputedBy(fused)).not.toContain('score');
    const { keeping, recomputing } = keptBy(fused, software).get('score')!;
    expect(2 * recomputing).toBeGreaterThan(keeping);
  });

  test.each([hardware, software])(
    'where a step of a solver begins is the end of the last one: $class',
    (target) => {
      const graph = graphOf(networks['Runge-Kutta method']!.text({ batch: 4, steps: 6, units: 8 }));
      expect(recomputedBy(fusedFor(training(graph), target))).toContain('p');
    },
  );

  test('a sum is kept, and what it would take to run it again is told', () => {
    const fused = fusedFor(decoder, hardware);
    const { keeping, recomputing, chosen } = keptBy(fused, hardware).get('h')!;
    expect(chosen).toBe('kept');
    expect(recomputing).toBeGreaterThan(keeping);
  });
});

test.each(Object.keys(networks))(
  '%s: no more dispatches and no more bytes than where all is kept',
  (name) => {
    const graph = simplify(
      training(graphOf(networks[name]!.text({ batch: 4, steps: 6, units: 8 }))),
    ).optimized;
    for (const target of [hardware, software]) {
      const fused = fuse(graph, target);
      const again = recomputedBy(fused);
      const stored = new Set(
        fused.kernels.flatMap(({ stores }) => stores.map((id) => fused.graph.nodes[id]!.name)),
      );
      expect(again.filter((value) => stored.has(value))).toEqual([]);
    }
  },
);

const violations = (graph: Graph): readonly string[] => verify(graph, { gone: namedIn(graph.nodes) });

/** Makes all again that can be, whatever it costs. */
function expectSameMadeAgain(graph: Graph, feeds: ReadonlyMap<string, Tensor64>): number {
  let count = 0;
  for (const target of [hardware, software]) {
    const kept = fuse(graph, target);
    const list = recomputedIn(kept, target, () => true);
    const again = recompute(kept.graph, list);
    // What fusion lifts out of an adjoint need not have its type.
    expect(violations(again)).toEqual(violations(kept.graph));
    const squeezed = squeezedFeeds(feeds);
    expectSame(again, kept.graph, squeezed);
    const expected = evaluateGraph(graph, feeds).results;
    for (const [name, { data }] of evaluateKernels(fuse(again, target), squeezed).results)
      expect(furthest(data, expected.get(name)!.data), name).toBeLessThan(1e-10);
    count += list.length;
  }
  return count;
}

describe('what is made again is the same, whatever it costs', () => {
  test.each(Object.keys(networks))('%s', (name) => {
    for (const [batch, steps, units] of [
      [2, 4, 3],
      [3, 3, 3],
      [1, 2, 1],
    ] as const) {
      const graph = training(graphOf(networks[name]!.text({ batch, steps, units })));
      const feeds = completed(graph, new Map(), randomSource(7));
      expectSameMadeAgain(simplify(graph).optimized, feeds);
    }
  });

  test('random recurrences', () => {
    let count = 0;
    for (const { graph } of sampled(5, 16)) {
      const asked = withGradients(graph, new Map(), 3);
      const feeds = completed(asked.graph, asked.feeds, randomSource(5));
      count += expectSameMadeAgain(simplify(asked.graph).optimized, feeds);
    }
    expect(count).toBeGreaterThan(4);
  });

  test('random graphs', () => {
    let count = 0;
    for (let k = 0; k < 30; k++) {
      // Every third asks for its gradients.
      const { graph, feeds } = randomCase(3 * k);
      count += expectSameMadeAgain(simplify(graph).optimized, feeds);
    }
    expect(count).toBeGreaterThan(0);
  });
});

test('every stage agrees on a decoder, as it is and where all is made again', () => {
  const small = decoderOf({ B: 2, T: 4, S: 3, A: 4 });
  const feeds = completed(small, new Map(), randomSource(3));
  expect(firstFault(small, Object.values(defaultTargets), feeds)).toBeUndefined();
  expect(expectSameMadeAgain(simplify(small).optimized, feeds)).toBeGreaterThan(1);
});
