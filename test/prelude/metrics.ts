/** The metrics, each counted once more by hand. */
import { positions } from './arrays.ts';
import {
  average,
  given,
  labels,
  ofAnyShape,
  type Probe,
  positionOfLargest,
  rows,
  tensor,
  width,
} from './probe.ts';

type Pairs = readonly (readonly [found: boolean, positive: boolean])[];

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const count = (pairs: Pairs, found: boolean, positive: boolean): number =>
  pairs.filter(([f, p]) => f === found && p === positive).length;

const binary = (of: string, formula: (pairs: Pairs) => number, call = `${of}(s, t)`, threshold = 0): Probe =>
  ofAnyShape(
    {
      of,
      call,
      inputs: {
        s: given('f32', [8], [-2, 0.3, 1.5, -0.4, 0.8, 2.1, -1.2, 0.1]),
        t: given('f32', [8], [0, 1, 1, 1, 0, 1, 0, 0]),
      },
      resultShape: [],
      differentiable: [],
    },
    () =>
      ({ s, t }) => [formula(s!.map((score, k) => [score > threshold, t![k]! > 0] as const))],
  );

const none = (of: string): Probe => ({
  ...binary(of, () => 0),
  inputs: { s: given('f32', [3], [-1, -2, -3]), t: given('f32', [3], [0, 0, 0]) },
});

const isRight = ([found, positive]: Pairs[number]): number => (found === positive ? 1 : 0);

export const metricProbes: readonly Probe[] = [
  ofAnyShape(
    {
      of: 'accuracy',
      call: 'accuracy(x, t)',
      inputs: { x: tensor([9, 4]), t: labels([9], 4) },
      resultShape: [],
      differentiable: [],
    },
    (shapes) =>
      ({ x, t }) => [
        average(rows(x!, width(shapes.x)).map((row, k) => (positionOfLargest(row) === t![k] ? 1 : 0))),
      ],
  ),
  ofAnyShape(
    {
      of: 'accuracy',
      call: 'accuracy(x, t)',
      inputs: { x: tensor([3, 3]), t: given('f32', [3, 3], [0, 1, 0, 1, 0, 0, 0, 0, 1]) },
      resultShape: [],
      differentiable: [],
    },
    (shapes) =>
      ({ x, t }) => {
        const right = rows(t!, width(shapes.t)).map(positionOfLargest);
        const found = rows(x!, width(shapes.x)).map(positionOfLargest);
        return [average(found.map((one, k) => (one === right[k] ? 1 : 0)))];
      },
  ),
  ofAnyShape(
    {
      of: 'agreement',
      call: 'agreement(a, b)',
      inputs: { a: labels([2, 7], 3), b: labels([2, 7], 3) },
      resultShape: [],
      differentiable: [],
    },
    () =>
      ({ a, b }) => [average(a!.map((one, k) => (one === b![k] ? 1 : 0)))],
  ),
  binary('binary_accuracy', (pairs) => average(pairs.map(isRight))),
  binary(
    'binary_accuracy',
    (pairs) => average(pairs.map(isRight)),
    'binary_accuracy(s, t, threshold = 1)',
    1,
  ),
  binary('precision', (p) => share(count(p, true, true), count(p, true, true) + count(p, true, false))),
  binary('recall', (p) => share(count(p, true, true), count(p, true, true) + count(p, false, true))),
  binary('f1', (p) =>
    share(2 * count(p, true, true), 2 * count(p, true, true) + count(p, true, false) + count(p, false, true)),
  ),
  none('precision'),
  none('recall'),
  none('f1'),
  ofAnyShape(
    {
      of: 'confusion_matrix',
      call: 'confusion_matrix(x, t)',
      inputs: { x: tensor([12, 3]), t: labels([12], 3) },
      resultShape: [3, 3],
      differentiable: [],
    },
    (shapes) =>
      ({ x, t }) => {
        const found = rows(x!, width(shapes.x)).map(positionOfLargest);
        const classes = positions(width(shapes.x));
        return classes.flatMap((i) =>
          classes.map((j) => found.filter((f, k) => f === j && t![k] === i).length),
        );
      },
  ),
];
