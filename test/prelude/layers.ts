/** The layers, each with its textbook formula. */
import { ofAnyShape, type Probe, rows, tensor, total, width } from './probe.ts';

const dot = (a: readonly number[], b: readonly number[]): number => total(a.map((value, k) => value * b[k]!));

const affine = (x: readonly number[], W: readonly number[], I: number): readonly (readonly number[])[] =>
  rows(x, I).map((row) => rows(W, I).map((weights) => dot(row, weights)));

export const layerProbes: readonly Probe[] = [
  ofAnyShape(
    {
      of: 'Dense',
      instance: 'd = Dense(4)',
      call: 'd(x)',
      inputs: { x: tensor([2, 3]), 'd.W': tensor([4, 3]), 'd.b': tensor([4]) },
      resultShape: [2, 4],
      differentiable: ['x', 'd.W', 'd.b'],
    },
    ({ x }) =>
      (v) =>
        affine(v.x!, v['d.W']!, width(x)).flatMap((row) => row.map((s, o) => s + v['d.b']![o]!)),
  ),
  ofAnyShape(
    {
      of: 'Dense',
      instance: 'd = Dense(2, bias = false)',
      call: 'x |> d',
      inputs: { x: tensor([2, 2, 3]), 'd.W': tensor([2, 3]) },
      resultShape: [2, 2, 2],
      differentiable: ['x', 'd.W'],
    },
    ({ x }) =>
      (v) =>
        affine(v.x!, v['d.W']!, width(x)).flat(),
  ),
  ofAnyShape(
    {
      of: 'Maxout',
      instance: 'd = Maxout(2, pieces = 3)',
      call: 'd(x)',
      inputs: { x: tensor([3, 4]), 'd.W': tensor([2, 3, 4]), 'd.b': tensor([2, 3]) },
      resultShape: [3, 2],
      differentiable: ['x', 'd.W', 'd.b'],
    },
    ({ x }) =>
      (v) =>
        affine(v.x!, v['d.W']!, width(x)).flatMap((row) =>
          rows(
            row.map((s, k) => s + v['d.b']![k]!),
            3,
          ).map((pieces) => Math.max(...pieces)),
        ),
  ),
  ...[1, 3].map(
    (count): Probe =>
      ofAnyShape(
        {
          of: 'PRelu',
          instance: `d = PRelu(each = ${count > 1})`,
          call: 'd(x)',
          inputs: { x: tensor([2, 3]), 'd.slope': tensor([count]) },
          resultShape: [2, 3],
          differentiable: ['x', 'd.slope'],
        },
        (shapes) => (v) => v.x!.map((x, k) => (x > 0 ? x : x * v['d.slope']![k % width(shapes['d.slope'])]!)),
      ),
  ),
];
