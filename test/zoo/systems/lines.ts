/** Rows of the zoo: models that are linear in their weights. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';
import { majorityOfMnist, onMnist } from './on-mnist.ts';

export const lines: readonly System[] = [
  {
    file: 'lines/closed_form',
    figure: 'distance of the weights of descent from the closed form',
    goal: { value: 'apart', is: 'at most', goal: 1e-3 },
    baseline: { name: 'weights of 0', value: 'length' },
    short: { options: '--epochs 200' },
  },
  ...(
    [
      ['', 0.22],
      ['--set degree=9', 0.7],
      ['--set centres=9', 0.4],
    ] as const
  ).map(
    ([variant, goal]): System => ({
      file: 'lines/bases',
      ...(variant !== '' && { variant }),
      figure: 'held-out error, root of the mean square',
      goal: { value: 'eval.off', is: 'at most', goal },
      baseline: { name: 'always 0', value: 'eval.of_the_mean' },
      short: { options: '' },
    }),
  ),
  ...(['least', 'ridge', 'lasso', 'elastic_net'] as const).map(
    (recipe): System => ({
      file: 'lines/shrinkage',
      variant: `--recipe ${recipe}`,
      figure: 'held-out squared error',
      goal: { value: 'eval.off', is: 'at most', goal: recipe === 'least' ? 1.8 : 1.75 },
      baseline: { name: 'always 0', value: 'eval.of_zero' },
      short: { options: '--epochs 300' },
    }),
  ),
  ...(
    [
      ['', 'at least', 0.966, 0.9],
      ['--set all=true', 'at most', 0.93, undefined],
      ['--set squares=false', 'at most', 0.62, undefined],
    ] as const
  ).map(
    ([variant, is, goal, sooner]): System => ({
      file: 'lines/circle',
      ...(variant !== '' && { variant }),
      figure: 'held-out accuracy',
      goal: { value: 'eval.accuracy', is, goal },
      baseline: { name: 'majority class', value: majority('data:circles/test#class') },
      ...(variant !== '--set all=true' && { plane: 'data:circles/test:300' }),
      short: { options: '--epochs 150', ...(sooner !== undefined && { goal: sooner }) },
    }),
  ),
  ...(
    [
      ['', 'at least', 0.96],
      ['--set all=true', 'at most', 0.95],
    ] as const
  ).map(
    ([variant, is, goal]): System => ({
      file: 'lines/thirty_points',
      ...(variant !== '' && { variant }),
      figure: 'accuracy on new points, mean over 200 draws of thirty',
      goal: { value: 'accuracy', is, goal },
      baseline: { name: 'always outside', value: Math.exp(-1 / 2) },
      short: { options: '--epochs 120', ...(variant === '' && { goal: 0.95 }) },
    }),
  ),
  ...(
    [
      ['', '', 0.92, majority('data:digits/test#labels')],
      [`${onMnist} --epochs 4`, 'MNIST, ', 0.92, majorityOfMnist],
    ] as const
  ).map(
    ([variant, data, goal, usual]): System => ({
      file: 'lines/softmax',
      ...(variant !== '' && { variant }),
      figure: `${data}held-out accuracy`,
      goal: { value: 'eval.accuracy', is: 'at least', goal },
      baseline: { name: 'majority class', value: usual },
      short: { options: variant === '' ? '--epochs 2 --limit 500' : '--limit 2000', goal: 0.6 },
    }),
  ),
  ...(['hinge', 'exponential', 'logistic', 'square'] as const).map(
    (recipe): System => ({
      file: 'lines/margins',
      variant: `--recipe ${recipe}`,
      figure: 'held-out accuracy',
      goal: { value: 'eval.accuracy', is: 'at least', goal: 0.97 },
      baseline: { name: 'majority class', value: majority('data:separable/test#side') },
      short: { options: '--epochs 100' },
    }),
  ),
  {
    file: 'lines/likelihood',
    figure: 'distance of the trained variance from the mean squared residual, in parts of it',
    goal: { value: 'off', is: 'at most', goal: 1e-3 },
    baseline: { name: 'a variance of 1', value: 'off_with_one' },
    short: { options: '' },
  },
  ...(
    [
      ['lasso', 'at most', 1e-3],
      ['ridge', 'at least', 0.14],
    ] as const
  ).map(
    ([recipe, is, goal]): System => ({
      file: 'lines/corner',
      variant: `--recipe ${recipe}`,
      figure: 'size of the first weight',
      goal: { value: 'first', is, goal },
      baseline: { name: 'without a penalty', value: 0.3 },
      way: true,
      short: { options: '' },
    }),
  ),
  {
    file: 'lines/kernel',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.966 },
    baseline: { name: 'majority class', value: majority('data:circles/test#class') },
    plane: 'data:circles/test:300',
    short: { options: '--epochs 100', goal: 0.9 },
  },
  {
    file: 'lines/temperature',
    figure: 'distance of the soft place from that of the largest',
    goal: { value: 'off', is: 'at most', goal: 0.02 },
    baseline: { name: 'at a temperature of 2', value: 'off_when_hot' },
    short: { options: '' },
  },
];
