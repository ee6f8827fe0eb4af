/** The metrics, each counted once more by hand. */
import { average, given, labels, type Probe, positionOfLargest, rows, tensor } from './probe.ts';

type Pairs = readonly (readonly [found: boolean, positive: boolean])[];

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const count = (pairs: Pairs, found: boolean, positive: boolean): number =>
  pairs.filter(([f, p]) => f === found && p === positive).length;

const binary = (
  of: string,
  formula: (pairs: Pairs) => number,
  call = `${of}(s, t)`,
  threshold = 0,
): Probe => ({
  of,
  call,
  inputs: {
    s: given('f32', [8], [-2, 0.3, 1.5, -0.4, 0.8, 2.1, -1.2, 0.1]),
    t: given('f32', [8], [0, 1, 1, 1, 0, 1, 0, 0]),
  },
  resultShape: [],
  formula: ({ s, t }) => [formula(s!.map((score, k) => [score > threshold, t![k]! > 0] as const))],
  differentiable: [],
});

const none = (of: string): Probe => ({
  ...binary(of, () => 0),
  inputs: { s: given('f32', [3], [-1, -2, -3]), t: given('f32', [3], [0, 0, 0]) },
});

const isRight = ([found, positive]: Pairs[number]): number => (found === positive ? 1 : 0);

export const metricProbes: readonly Probe[] = [
  {
    of: 'accuracy',
    call: 'accuracy(x, t)',
    inputs: { x: tensor([9, 4]), t: labels([9], 4) },
    resultShape: [],
    formula: ({ x, t }) => [average(rows(x!, 4).map((row, k) => (positionOfLargest(row) === t![k] ? 1 : 0)))],
    differentiable: [],
  },
  {
    of: 'accuracy',
    call: 'accuracy(x, t)',
    inputs: { x: tensor([3, 3]), t: given('f32', [3, 3], [0, 1, 0, 1, 0, 0, 0, 0, 1]) },
    resultShape: [],
    formula: ({ x, t }) => [
      average(
        rows(x!, 3).map((row, k) => (positionOfLargest(row) === positionOfLargest(rows(t!, 3)[k]!) ? 1 : 0)),
      ),
    ],
    differentiable: [],
  },
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
  {
    of: 'confusion_matrix',
    call: 'confusion_matrix(x, t)',
    inputs: { x: tensor([12, 3]), t: labels([12], 3) },
    resultShape: [3, 3],
    formula: ({ x, t }) => {
      const found = rows(x!, 3).map(positionOfLargest);
      return [0, 1, 2].flatMap((i) =>
        [0, 1, 2].map((j) => found.filter((f, k) => f === j && t![k] === i).length),
      );
    },
    differentiable: [],
  },
];
