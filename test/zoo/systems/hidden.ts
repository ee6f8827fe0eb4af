/** Rows of the zoo: networks with hidden layers. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';
import { onMoons } from './on-moons.ts';

export const hidden: readonly System[] = [
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
];
