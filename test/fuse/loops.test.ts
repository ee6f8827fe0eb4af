/** Recurrences as kernels of loops: what they are, what is kept of their values, and that they compute the same. */
import { describe, expect, test } from 'vitest';
import { evaluateKernels } from '../../compiler/fuse/evaluate.ts';
import { type Fused, fuse } from '../../compiler/fuse/index.ts';
import { unitsOf } from '../../compiler/fuse/units.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { randomLeaves } from '../support/device-run.ts';
import { graphOf } from '../support/graphs.ts';
import { expectProgramAgrees } from '../support/nests.ts';
import { randomSource } from '../support/random.ts';
import { sampled } from '../support/random-recurrence.ts';
import { networks } from '../support/recurrences.ts';

const target = defaultTargets.hardware;

const textOf =
  (name: string) =>
  ({ T, B = 4, J = 8 }: { readonly T: number; readonly B?: number; readonly J?: number }): string =>
    networks[name]!.text({ steps: T, batch: B, units: J });
const [lstm, gru] = [textOf('LSTM'), textOf('GRU')];

/** The loop of each stretch with its positions and what its kernels compute. */
const loops = ({ kernels }: Fused): readonly string[] =>
  unitsOf(kernels).flatMap((unit) => {
    if (unit.kind === 'kernel') return [];
    const { from, count, by, name } = unit.position;
    const inside = kernels
      .slice(unit.from, unit.until)
      .map(({ steps, stores }) =>
        steps.map((step) => `${step.name}${stores.includes(step.value) ? '*' : ''}`).join(' '),
      );
    return [`${name} ${from} ${by > 0 ? '+' : '-'} ${count}: ${inside.join(' | ')}`];
  });

const outside = ({ kernels }: Fused): readonly string[] =>
  kernels.filter(({ position }) => position === undefined).map(({ name }) => name);

const slots = ({ values }: Fused): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...values.values()].flatMap(({ name, slots: kept }) => (kept ? [[name, kept.count]] : [])),
  );

const run = (lines: string): Fused => fuse(graphOf(lines), target);

describe('kernels of a body', () => {
  test('an LSTM has two a step, and its input product stands outside', () => {
    const fused = run(lstm({ T: 6 }));
    expect(outside(fused)).toEqual(['wx']);
    expect(loops(fused)).toEqual(['t 0 + 1: c* y*', 't 1 + 5: uh* | c* y*']);
    expect(slots(fused)).toEqual({ uh: 1, c: 1 });
  });

  test('a GRU has two: its candidate needs all that the reset gate leaves', () => {
    const fused = run(gru({ T: 6 }));
    expect(loops(fused)).toEqual(['t 0 + 1: c y*', 't 1 + 5: z a* | n c y*']);
  });

  test.each([lstm, gru])('do not depend on how many positions there are but for sizes', (layer) => {
    const kernelsFor = (T: number): unknown =>
      fuse(graphOf(layer({ T })), target).kernels.map(({ name, rows, columns, steps, position }) => ({
        name,
        rows: position ? rows : undefined,
        columns: position ? columns : undefined,
        steps: steps.map(({ level, indices }) => ({ level, indices })),
      }));
    expect(kernelsFor(512)).toEqual(kernelsFor(8));
  });

  test('what only the body reads has as many slots as the farthest read goes back, and one', () => {
    const fused = run(`
      input %x[b: 4, t: 9]: f32
      %y[b: 4, t: 9]: f32 = %x[b, t] + 0.5 * (if 1 <= t then %y[b, t - 1] else 0.0) - 0.1 * (if 3 <= t then %y[b, t - 3] else 0.0)
      %total[b: 4]: f32 = %y[b, 8]
      result output %total`);
    // The last position is read outside: all are kept.
    expect(slots(fused)).toEqual({});
    const inner = run(`
      input %x[b: 4, t: 9]: f32
      %z[b: 4, t: 9]: f32 = 0.5 * (if 1 <= t then %y[b, t - 1] else 0.0) - 0.1 * (if 3 <= t then %z[b, t - 3] else 0.0)
      %m[t: 9]: f32 = sum[b: 4] %z[b, t]
      %y[b: 4, t: 9]: f32 = tanh(%x[b, t] + %z[b, t] + %m[t])
      result output %y`);
    expect(slots(inner)).toEqual({ z: 4 });
  });

  test('one slot does only where the old value is read at its own point, or by an earlier kernel', () => {
    const own = (old: string): Fused =>
      run(`
        input %x[t: 9, j: 4]: f32
        %s[t: 9, j: 4]: f32 = tanh(%x[t, j] + (if 1 <= t then %s[t - 1, ${old}] + %y[t - 1] else 0.0))
        %y[t: 9]: f32 = sum[j: 4] %s[t, j] * %s[t, 3 - j]
        result output %y`);
    expect(slots(own('j'))).toEqual({ s: 1 });
    expect(slots(own('3 - j'))).toEqual({ s: 2 });
  });

  test('a weight is updated after the loop that reads it', () => {
    const fused = run(`
      input %x[t: 5, j: 4]: f32
      param %w[j: 4]: f32
      %s[t: 5, j: 4]: f32 = tanh(%w[j] * %x[t, j] + (if 1 <= t then %s[t - 1, j] else 0.0))
      %d[j: 4]: f32 = sum[t: 5] %x[t, j]
      %w.next[j: 4]: f32 = %w[j] - 0.1 * %d[j]
      result output %s
      update %w <- %w.next`);
    expect(fused.kernels.at(-1)!.inPlace.size).toBe(1);
    expect(fused.copies).toEqual([]);
  });
});

const small: Target = { ...target, storageBuffersPerStage: 4 };

function expectAgrees(given: string | Graph, seed: number, below?: Readonly<Record<string, number>>): void {
  const graph = typeof given === 'string' ? graphOf(given) : given;
  const feeds = randomLeaves({ graph }, randomSource(seed), below);
  for (const one of [target, defaultTargets.software, small]) {
    const fused = fuse(graph, one);
    const expected = evaluateGraph(graph, feeds);
    const found = evaluateKernels(fused, feeds);
    for (const [name, tensor] of expected.results) expectClose(name, tensor, found.results.get(name)!);
    expectProgramAgrees(graph, feeds, one);
  }
}

function expectClose(name: string, expected: Tensor64, found: Tensor64): void {
  expect(found.data.length, name).toBe(expected.data.length);
  expected.data.forEach((x, k) => {
    expect(Math.abs(x - found.data[k]!), `%${name} at ${k}: ${found.data[k]} for ${x}`).toBeLessThan(1e-9);
  });
}

describe('kernels and nests compute what the reference does', () => {
  test.each([2, 3, 6])('an LSTM of %i steps', (T) => expectAgrees(lstm({ T }), T));
  test.each([2, 3, 6])('a GRU of %i steps', (T) => expectAgrees(gru({ T }), T));
  test('with equal extents', () => expectAgrees(gru({ T: 4, B: 4, J: 4 }), 1));

  test('an index of a member has the name of the position', () =>
    expectAgrees(
      `
      input %x[t: 4, j: 4]: f32
      %a[t: 4, j: 4]: f32 = sum[p: 4] %x[p, j] * (if 1 <= t then %b[j, t - 1] else 1.0)
      %b[t: 4, p: 4]: f32 = tanh(%a[p, t])
      result output %b`,
      3,
    ));

  test('more distances than stretches: what is left is asked in the kernels', () => {
    const back = [1, 2, 3, 4, 5, 6].map((d) => `(if ${d} <= t then %z[b, t - ${d}, j] else 0.5) * 0.1`);
    const text = `
      input %x[b: 3, t: 9, j: 4]: f32
      %z[b: 3, t: 9, j: 4]: f32 = %x[b, t, j] + (if 1 <= t then %y[b, t - 1, 3 - j] else 0.0)
      %y[b: 3, t: 9, j: 4]: f32 = tanh(${back.join(' + ')} + %z[b, t, j])
      result output %y`;
    expect(slots(run(text))).toEqual({ z: 7 });
    expect(loops(run(text))).toHaveLength(5);
    expectAgrees(text, 5);
  });

  for (let block = 0; block < 4; block++) {
    test(`random recurrences, ${block}`, () => {
      for (const { graph, below } of sampled(block, 8)) {
        try {
          expectAgrees(graph, block, below);
        } catch (error) {
          throw new Error(`${(error as Error).message}\n${printGraph(graph)}`, { cause: error });
        }
      }
    });
  }
});
