/**
 * Recurrent networks as texts of the language: gradients against central differences and the unrolled graph, every stage
 * against the others, and programs that do not grow with the number of positions.
 */
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { unitsOf } from '../../compiler/fuse/units.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { unrolled } from '../../compiler/ir/unroll.ts';
import { compile } from '../../compiler/pipeline.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { type Program, wgslOf } from '../../runtime/program.ts';
import { graphOf, modelWith } from '../lower/lowered.ts';
import { completed, expectGradient, withGradients } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';
import { recurrentTexts } from '../support/recurrent-texts.ts';
import { expectSame, soundly } from '../support/same-results.ts';

const targets: readonly Target[] = Object.values(defaultTargets);
const run = { kind: 'run' } as const;

interface Sizes {
  readonly B: number;
  readonly T: number;
}

/** With its updates of states, as in training. */
const graphFor = (text: string, { B, T }: Sizes): Graph =>
  soundly(graphOf(text, run, { set: text.includes('[B') ? { B, T } : { T }, training: true }));

const asked = (graph: Graph) => {
  const { graph: more, feeds } = withGradients(graph, new Map(), 3);
  return { graph: { ...more, updates: graph.updates }, feeds: completed(more, feeds, randomSource(5)) };
};

describe.each(recurrentTexts)('$name', ({ text }) => {
  test.each<Sizes>([
    { B: 2, T: 3 },
    { B: 3, T: 3 },
    { B: 1, T: 2 },
    { B: 2, T: 1 },
  ])('has right gradients, at every stage: %j', (sizes) => {
    const graph = graphFor(text, sizes);
    expect(recurrencesOf(graph.nodes).length > 0).toBe(sizes.T > 1);
    expectGradient(graph, { order: sizes.B === 2 && sizes.T === 3 ? 2 : 1 });
    const { graph: training, feeds } = asked(graph);
    expectSame(soundly(differentiate(training)), soundly(differentiate(unrolled(training))), feeds);
    expect(firstFault(training, targets, feeds)).toBeUndefined();
  });

  // In a history of all vectors, T is the size of one position, too.
  test.skipIf(text.includes('orthonormal'))(
    'is one program but for sizes, for 8 positions and for 512',
    () => {
      for (const target of targets.filter((one) => one.class !== 'cpu')) {
        const [short, long] = [8, 512].map((T) => {
          // With fewer rows than an adapter runs at once, more is computed row by row.
          const { graph } = asked(graphFor(text, { B: 8, T }));
          return withoutSizes(compile(withoutLoss(graph), target).program);
        });
        expect(long!.program).toBe(short!.program);
        expect(long!.loops === short!.loops).toBe(true);
      }
    },
  );
});

/** The sum that makes the loss of a test has two stages where it is long. */
const withoutLoss = (graph: Graph): Graph => ({
  ...graph,
  results: graph.results.filter(({ role }) => role !== 'loss'),
});

/**
 * All of a program but its texts, and the texts of what runs in loops, with 1 for each number; and without the labels of
 * buffers: which tensors share one depends on their sizes.
 */
function withoutSizes(program: Program): { readonly program: string; readonly loops: string } {
  const { kernels } = wgslOf(program);
  const plain = (data: unknown): string => JSON.stringify(data).replace(/\d+/g, '1');
  return {
    program: plain({
      ...program,
      buffers: program.buffers.map(({ role }) => role),
      code: kernels.map(({ name, bindings, position }) => ({ name, bindings, position })),
    }),
    loops: plain(kernels.filter(({ position }) => position)),
  };
}

describe('a scan', () => {
  const cells = `layer Plain(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
      return tanh((x |> Dense(units)) + (h |> Dense(units, bias = false)))
    }
    layer Deep(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
      m = h |> Dense(3) |> tanh
      return 0.5 * h + (concat(x, m, over -1) |> Dense(units))
    }
    `;

  test.each(['Plain', 'Deep'])('of a cell is what the same cell gives step by step: %s', (cell) => {
    const body = (steps: string): string => `input x: f32[B, 3, 2]
      input h0: f32[B, 2]
      cell = ${cell}(2)
      ${steps}`;
    const looped = body('scan t: 3 { s[:, t] = cell(x[:, t], (s[:, t - 1] else h0)) }\n output y = s[:, -1]');
    const written = body('k = 0\n h = h0\n repeat 3 { h = cell(x[:, k], h)\n k = k + 1 }\n output y = h');
    const [a, b] = [looped, written].map((text) => {
      const graph = graphOf(`${cells}${modelWith(text)}`, run, { set: { B: 2 } });
      const { graph: more, feeds } = withGradients(graph, new Map(), 3);
      return { graph: soundly(differentiate(more)), feeds: completed(more, feeds, randomSource(5)) };
    });
    const [found, expected] = [a!, b!].map(({ graph }) => evaluateGraph(graph, a!.feeds).results);
    expect([...found!.keys()].sort()).toEqual([...expected!.keys()].sort());
    for (const [name, { data }] of expected!)
      for (const [k, value] of data.entries()) expect(found!.get(name)!.data[k]).toBeCloseTo(value, 12);
  });
});

describe('dispatches a position', () => {
  /** Of the longest stretch of each loop, forward and backward, with the gradients of all parameters. */
  const dispatches = (layer: string): readonly number[] => {
    const body = `input x: f32[B, T, 16]\n output y = ${layer}`;
    const graph = graphOf(modelWith(body), run, { set: { B: 8, T: 9 } });
    const { kernels } = compile(asked(graph).graph, defaultTargets.hardware).fused;
    const stretches = unitsOf(kernels).flatMap((unit) =>
      unit.kind === 'kernel' ? [] : [{ ...unit.position, dispatches: unit.until - unit.from }],
    );
    return [1, -1].map((by) => {
      const own = stretches.filter((stretch) => stretch.by === by).sort((a, b) => b.count - a.count);
      return own[0]!.dispatches;
    });
  };

  test.each([
    ['x |> RNN(16)', [1, 1]],
    ['x |> LSTM(16)', [2, 2]],
    ['x |> GRU(16)', [2, 4]],
    ['x |> GRU(16, reset_after = true)', [2, 4]],
    ['x |> GatedUnit(16)', [2, 2]],
  ])('%s', (layer, expected) => expect(dispatches(layer)).toEqual(expected));
});

test('equal recurrences share their kernels', () => {
  const kernels = (layers: number): number => {
    const body = `input x: f32[B, T, 4]\n h = x\n repeat ${layers} { h = h |> LSTM(4) }\n output y = h`;
    const graph = graphOf(modelWith(body), run, { set: { B: 2, T: 6 } });
    return compile(asked(graph).graph, defaultTargets.hardware).program.code.kernels.length;
  };
  expect(kernels(4)).toBe(kernels(3));
});

test.each(['hardware', 'software'] as const)(
  'what a decoder compares its states by is never kept: %s',
  (kind) => {
    // asked + keys, for each row, step, source and unit: it is recomputed where it is needed again.
    const { text } = recurrentTexts.find(({ name }) => name === 'decoder with attention')!;
    const { values, kernels } = compile(
      asked(graphFor(text, { B: 2, T: 5 })).graph,
      defaultTargets[kind],
    ).fused;
    const stored = kernels.flatMap(({ stores }) => stores.map((value) => values.get(value)!));
    expect(
      stored.filter(({ shape }) => shape.length === 4 && !shape.includes(1)).map(({ name }) => name),
    ).toEqual([]);
  },
);
