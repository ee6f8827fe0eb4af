/** Rows of the zoo: optimisers, in a ravine and on a network. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';

const methods = ['descent', 'momentum', 'nesterov', 'adagrad', 'rmsprop', 'adam', 'adamw'] as const;

export const optimisers: readonly System[] = [
  ...methods.map(
    (recipe): System => ({
      file: 'optimisers/ravine',
      variant: `--recipe ${recipe}`,
      figure: 'distance from the lowest point after 60 steps',
      goal: { value: 'distance', is: 'at most', goal: 0.1 },
      baseline: { name: 'where it starts', value: Math.SQRT2 },
      way: true,
      short: { options: '' },
    }),
  ),
  ...(
    [
      ...[...methods, 'step', 'exponential', 'inverse_time'].map((recipe) => [`--recipe ${recipe}`, 0.85]),
      ['--recipe single', 0.85],
      ['--recipe whole', 0.75],
    ] as const
  ).map(
    ([variant, goal]): System => ({
      file: 'optimisers/digits',
      variant: String(variant),
      figure: `held-out accuracy after ${variant === '--recipe whole' ? 40 : 2} epochs`,
      goal: { value: 'eval.accuracy', is: 'at least', goal: Number(goal) },
      baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
      short: { options: '--epochs 1 --limit 300', goal: 0.1 },
    }),
  ),
  ...(
    [
      ['--recipe descent', 0.193469],
      ['--recipe newton', 0.193469],
      ['--model waves', 0.41771],
      ['--model waves --set start=3 --set lowest=3.54427', 0.54427],
      ['--model waves --set start=5 --set lowest=5.52980', 0.5298],
    ] as const
  ).map(
    ([variant, value]): System => ({
      file: 'optimisers/plain_functions',
      variant,
      figure: 'distance from the lowest point',
      goal: { value: 'distance', is: 'at most', goal: 1e-5 },
      baseline: { name: 'where it starts', value },
      short: { options: '' },
    }),
  ),
  ...(
    [
      ['harmonic', 'squared', 'at most', 1.3e-4],
      ['constant', 'squared', 'at least', 0.04],
      ['too_fast', 'short_by', 'at least', 2.49],
    ] as const
  ).map(
    ([recipe, value, is, goal]): System => ({
      file: 'optimisers/robbins_monro',
      variant: `--recipe ${recipe}`,
      figure: value === 'squared' ? 'mean squared distance from 3' : 'what is left of the way',
      goal: { value, is, goal },
      baseline: { name: 'where it starts', value: value === 'squared' ? 49 : 7 },
      short: { options: '--epochs 2000', ...(recipe === 'harmonic' && { goal: 7e-4 }) },
    }),
  ),
  ...(
    [
      ['saga', 'at most', 1e-4],
      ['plain', 'at least', 0.05],
    ] as const
  ).map(
    ([recipe, is, goal]): System => ({
      file: 'optimisers/saga',
      variant: `--recipe ${recipe}`,
      figure: 'distance from the weights of least squares',
      goal: { value: 'distance', is, goal },
      baseline: { name: 'weights of 0', value: 'size' },
      short: { options: '' },
    }),
  ),
];
