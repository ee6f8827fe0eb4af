/**
 * Random texts with recurrences: scans and equations that read themselves, forward and backward, over one, two and three
 * positions and with equal extents; layers as arguments, slices and `repeat` in their steps. All stages must agree.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { unrolled } from '../../compiler/ir/unroll.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { graphOf } from '../lower/lowered.ts';
import { completed, withGradients } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';
import { expectSame, soundly } from '../support/same-results.ts';

const declarations = `
layer Cell(units: int) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] {
  return tanh((x |> Dense(units)) + (h |> Dense(units, bias = false)))
}
layer Twice(f: layer) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] { return f(x, f(x, h)) }
layer Residual(f: layer) (x: f32[B, I], h: f32[B, units]) -> f32[B, units] { return 0.5 * h + f(x, h) }
fn relax(h: f32[B, J], pieces: int) -> f32[B, J] {
  repeat pieces { h = h + 0.25 * sin(h) }
  return h
}
`;

interface Choice {
  readonly T: number;
  readonly B: number;
  readonly J: number;
  readonly backward: boolean;
  readonly start: string;
  readonly cell: string;
  readonly steps: readonly string[];
  readonly result: string;
}

/** What one more member of a scan makes of h and of itself; NOW and THEN are positions, AT is the index. */
const members = [
  'm[b, AT, j] = 0.5 * (m[b, THEN, j] else 0) + h[b, AT, j]',
  'm[:, AT] = relax(h[:, AT], 2)',
  'm[b, AT, j] = sum[k] U[j, k] * (m[b, THEN, k] else h0[b, k]) - h[b, AT, j]',
  'm[:, AT] = softmax(h[:, AT])',
  'm[b, AT, j] = max[k] (h[b, AT, k] + U[j, k]) + (m[b, THEN, j] else 1)',
  'm[:, AT] = concat(x[:, AT, 1:], h[:, AT, :1], over -1)',
] as const;

const choices: fc.Arbitrary<Choice> = fc
  .record({
    T: fc.integer({ min: 1, max: 3 }),
    B: fc.integer({ min: 1, max: 3 }),
    J: fc.integer({ min: 1, max: 3 }),
    isEqual: fc.boolean(),
    backward: fc.boolean(),
    start: fc.constantFrom('0', 'h0', '0.5 * h0'),
    cell: fc.constantFrom('Cell(J)', 'Twice(Cell(J))', 'Residual(Cell(J))', 'Residual(Twice(Cell(J)))'),
    steps: fc.uniqueArray(fc.constantFrom(...members), { maxLength: 1 }),
    result: fc.constantFrom('h', 'h[:, -1]', 'h[:, 0]', 'm', 'h[:, 1:]', 'running'),
  })
  .map(({ isEqual, ...choice }) => (isEqual ? { ...choice, B: choice.T, J: choice.T } : choice));

function textOf({ T, J, backward, start, cell, steps, result }: Choice): string {
  const then = backward ? 't + 1' : 't - 1';
  const placed = (line: string): string => line.replaceAll('THEN', then).replaceAll('AT', 't');
  const read = steps.length > 0 ? `(m[:, ${then}] else h0)` : 'x[:, t]';
  // Of the layers, only the cell declares the shape of its result by itself.
  const shaped = cell === 'Cell(J)' ? start : start.replace(/^0$/, 'h0');
  const known = result === 'm' && steps.length === 0 ? 'h' : result;
  return `${declarations}
model m(T = ${T}, J = ${J}) {
  input x: f32[B, T, J]
  input h0: f32[B, J]
  param U: f32[J, J] init normal
  cell = ${cell}
  scan t: T {
    h[:, t] = cell(x[:, t] + 0.1 * ${read}, (h[:, ${then}] else ${shaped}))
    ${steps.map(placed).join('\n    ')}
  }
  running[b, t, j] = 0.5 * h[b, t, j] - (running[b, ${then}, j] else U[j, j])
  output y = ${T === 1 && known === 'h[:, 1:]' ? 'h' : known}
}
`;
}

test('random texts: the unrolled graph, passes, kernels and nests say the same, with gradients', () => {
  let groups = 0;
  const runs = { numRuns: Number(process.env.NNC_FUZZ ?? 30), seed: 7 };
  fc.assert(
    fc.property(choices, (choice) => {
      const graph = soundly(graphOf(textOf(choice), { kind: 'run' }, { set: { B: choice.B } }));
      groups += recurrencesOf(graph.nodes).length;
      const { graph: asked, feeds: weights } = withGradients(graph, new Map(), 3);
      const feeds = completed(asked, weights, randomSource(choice.B));
      expectSame(soundly(differentiate(asked)), soundly(differentiate(unrolled(asked))), feeds);
      expect(firstFault(asked, Object.values(defaultTargets), feeds)).toBeUndefined();
    }),
    runs,
  );
  expect(groups).toBeGreaterThan(runs.numRuns / 2);
});
