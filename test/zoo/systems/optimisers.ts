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
];
