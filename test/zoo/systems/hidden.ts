/** Rows of the zoo: networks with hidden layers. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';
import { majorityOfMnist, onMnist } from './on-mnist.ts';
import { onMoons } from './on-moons.ts';

export const hidden: readonly System[] = [
  ...(
    [
      ['', 'rows of xor that are right', 'accuracy', 1, 'the best line', 0.75],
      ['--set linear=true', 'loss, of which ln 2 is guessing', 'loss', Math.LN2 - 1e-4, 'guessing', Math.LN2],
    ] as const
  ).map(
    ([variant, figure, value, goal, usual, known]): System => ({
      file: 'hidden/xor',
      ...(variant !== '' && { variant }),
      figure,
      goal: { value, is: 'at least', goal },
      baseline: { name: usual, value: known },
      short: { options: '' },
    }),
  ),
  {
    file: 'hidden/backpropagation',
    ...onMoons,
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.99 },
    plane: 'data:moons/test:300',
    short: { options: '--epochs 60', goal: 0.95 },
  },
  {
    file: 'hidden/moons',
    ...onMoons,
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.99 },
    plane: 'data:moons/test:300',
    short: { options: '--epochs 20', goal: 0.95 },
  },
  {
    file: 'hidden/spirals',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.98 },
    baseline: { name: 'majority class', value: majority('data:spirals/test#class') },
    plane: 'data:spirals/test:300',
    short: { options: '--epochs 60', goal: 0.9 },
  },
  ...(
    [
      ['', '', 0.95, majority('data:digits/test#labels')],
      [onMnist, 'MNIST, ', 0.98, majorityOfMnist],
    ] as const
  ).map(
    ([variant, data, goal, usual]): System => ({
      file: 'hidden/digits',
      ...(variant !== '' && { variant }),
      figure: `${data}held-out accuracy`,
      goal: { value: 'eval.accuracy', is: 'at least', goal },
      baseline: { name: 'majority class', value: usual },
      short: { options: '--epochs 2 --limit 1000 --set hidden=64', goal: 0.6 },
    }),
  ),
  {
    file: 'hidden/maxout',
    ...onMoons,
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.99 },
    plane: 'data:moons/test:300',
    short: { options: '--epochs 20', goal: 0.95 },
  },
  ...(['stopped', 'to_the_end'] as const).map(
    (recipe): System => ({
      file: 'hidden/sinusoid',
      variant: `--recipe ${recipe}`,
      figure: 'held-out error, root of the mean square',
      goal: { value: 'eval.off', is: recipe === 'stopped' ? 'at most' : 'at least', goal: 0.25 },
      baseline: { name: 'always 0', value: 'eval.of_the_mean' },
      short: recipe === 'stopped' ? { options: '--epochs 300' } : { options: '--epochs 10', goal: 0.2 },
    }),
  ),
  ...(
    [
      ['', 0.75],
      ['--set squares=1e-3', 0.75],
      ['--set absolutes=1e-4', 0.75],
      ['--set dropped=0.5', 0.78],
      ['--set normalised=true', 0.75],
      ['--set moved=true', 0.85],
    ] as const
  ).map(
    ([variant, goal]): System => ({
      file: 'hidden/overfitting',
      ...(variant !== '' && { variant }),
      figure: 'held-out accuracy',
      goal: { value: 'eval.accuracy', is: 'at least', goal },
      baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
      short: { options: '--epochs 6', goal: 0.5 },
    }),
  ),
  ...(
    [
      ['', 'at least', 4],
      ['--set relus=true', 'at most', 0.1],
      ['--set relus=true --set gain=1', 'at least', 0.7],
    ] as const
  ).map(
    ([variant, is, goal]): System => ({
      file: 'hidden/vanishing',
      ...(variant !== '' && { variant }),
      figure: 'digits that the gradient loses over ten layers',
      goal: { value: 'digits_lost', is, goal },
      baseline: { name: 'one layer', value: 0 },
      short: { options: '' },
    }),
  ),
  ...(
    [
      ['', 'halvings', 'at most', 1.5, 'halvings of the mean square over ten layers of relu, 2/M', 0],
      [
        '--set gain=1',
        'halvings',
        'at least',
        8,
        'halvings of the mean square over ten layers of relu, 1/M',
        0,
      ],
      [
        '--set gain=1 --set tanhs=true',
        'halvings',
        'at most',
        5.5,
        'halvings of the mean square over ten layers of tanh, 1/M',
        0,
      ],
      [
        '--set constant=true',
        'apart',
        'at most',
        1e-6,
        'variance of the units of a layer that began alike',
        1,
      ],
    ] as const
  ).map(
    ([variant, value, is, goal, figure, usual]): System => ({
      file: 'hidden/initialisation',
      ...(variant !== '' && { variant }),
      figure,
      goal: { value, is, goal },
      baseline: { name: value === 'apart' ? 'of drawn weights, about' : 'what goes in', value: usual },
      short: { options: '' },
    }),
  ),
  {
    file: 'hidden/decayed_nesterov',
    figure: 'accuracy on points drawn anew',
    goal: { value: 'accuracy', is: 'at least', goal: 0.8 },
    baseline: { name: 'guessing', value: 0.1 },
    short: { options: '--epochs 150', goal: 0.3 },
  },
  ...(
    [
      ['--set width=8', 0.36],
      ['--set width=16', 0.19],
      ['--set width=64', 0.05],
    ] as const
  ).map(
    ([variant, goal]): System => ({
      file: 'hidden/universal',
      variant,
      figure: 'largest error of a network as the proof builds it',
      goal: { value: 'largest', is: 'at most', goal },
      baseline: { name: 'always the mean', value: 'of_the_mean' },
      short: { options: '' },
    }),
  ),
  ...(
    [
      ['--set features=5', 'at most', 0.9],
      ['--set features=20', 'at least', 3],
      ['--set features=320', 'at most', 0.4],
    ] as const
  ).map(
    ([variant, is, goal]): System => ({
      file: 'hidden/double_descent',
      variant,
      figure: 'risk of 40 samples, squared',
      goal: { value: 'risk', is, goal },
      baseline: { name: 'always 0', value: 'of_zero' },
      short: { options: '' },
    }),
  ),
  ...(
    [
      ['--set units=20', 'at most', 0.35],
      ['--set units=100', 'at least', 0.42],
      ['--set units=2000', 'at most', 0.4],
    ] as const
  ).map(
    ([variant, is, goal]): System => ({
      file: 'hidden/wrong_labels',
      variant,
      figure: 'error on new samples, of 100 of which 15 % are told wrong',
      goal: { value: 'error', is, goal },
      baseline: { name: 'guessing', value: 0.5 },
      short: { options: '' },
    }),
  ),
  {
    file: 'hidden/tents',
    figure: 'straight pieces of ten units',
    goal: { value: 'pieces', is: 'at least', goal: 32 },
    baseline: { name: 'in one layer', value: 'of_one_layer' },
    short: { options: '' },
  },
  {
    file: 'hidden/posterior',
    figure: 'mean distance from the posterior',
    goal: { value: 'off', is: 'at most', goal: 0.02 },
    baseline: { name: 'always 1/2', value: 'of_one_half' },
    short: { options: '--epochs 400', goal: 0.06 },
  },
  {
    file: 'hidden/two_units',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.97 },
    baseline: { name: 'majority class', value: majority('data:circles/test#class') },
    plane: 'data:circles/test:300',
    short: { options: '--epochs 30', goal: 0.9 },
  },
  ...(
    [
      ['', 0.01],
      ['--set depth=10', 3e-7],
    ] as const
  ).map(
    ([variant, goal]): System => ({
      file: 'hidden/chain',
      ...(variant !== '' && { variant }),
      figure: 'derivative for the first weight',
      goal: { value: 'slope', is: 'at most', goal },
      baseline: { name: 'its bound, a fourth a layer', value: 'bound' },
      short: { options: '' },
    }),
  ),
];
