/** Rows of the zoo: the older zoo. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';
import { onMoons } from './on-moons.ts';

export const older: readonly System[] = [
  {
    file: 'older/rbf',
    ...onMoons,
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.99 },
    plane: 'data:moons/test:300',
    short: { options: '--epochs 20', goal: 0.95 },
  },
  ...(
    [
      ['', 'at least', 0.99],
      ['--set patterns=60', 'at most', 0.9],
    ] as const
  ).map(
    ([variant, is, goal]): System => ({
      file: 'older/hopfield',
      ...(variant !== '' && { variant }),
      figure: 'signs that are recalled',
      goal: { value: 'recalled', is, goal },
      baseline: { name: 'as they were given', value: 'right_at_first' },
      short: { options: '' },
    }),
  ),
  {
    file: 'older/boltzmann',
    figure: 'held-out squared error a pixel',
    goal: { value: 'eval.off', is: 'at most', goal: 0.03 },
    baseline: { name: 'the mean digit', value: 'eval.of_the_mean' },
    short: { options: '--epochs 4 --limit 500', goal: 0.045 },
  },
  {
    file: 'older/kohonen',
    figure: 'distance of a held-out sample from its unit',
    goal: { value: 'eval.distance', is: 'at most', goal: 0.12 },
    baseline: { name: 'from the mean', value: 'eval.of_the_mean' },
    short: { options: '--epochs 10', goal: 0.3 },
  },
  {
    file: 'older/echo_state',
    figure: 'logarithm of the held-out squared error by that of "as it is now"',
    goal: { value: 'eval.log_ratio', is: 'at most', goal: -2.4 },
    baseline: { name: 'as it is now', value: 0 },
    short: { options: '--set units=30 --epochs 1', goal: -1.5 },
  },
  {
    file: 'older/extreme_learning',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.9 },
    baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
    short: { options: '--set hidden=60 --limit 500', goal: 0.6 },
  },
  {
    file: 'older/ngram',
    figure: 'held-out loss a character',
    goal: { value: 'eval.loss', is: 'at most', goal: 1.2 },
    baseline: { name: 'single characters', value: 'eval.of_singles' },
    short: { options: '--limit 3000', goal: 2.2 },
  },
  {
    file: 'older/evolution_strategy',
    figure: 'rows of xor that are right',
    goal: { value: 'accuracy', is: 'at least', goal: 0.99 },
    baseline: { name: 'the best line', value: 0.75 },
    short: { options: '--epochs 300' },
  },
  {
    file: 'older/sparse_autoencoder',
    figure: 'held-out squared error a pixel, of units that answer to 8 % of digits',
    goal: { value: 'eval.off', is: 'at most', goal: 0.02 },
    baseline: { name: 'the mean digit', value: 'eval.of_the_mean' },
    short: { options: '--epochs 8', goal: 0.045 },
  },
  {
    file: 'older/markov_chain',
    figure: 'largest error of a counted transition',
    goal: { value: 'off', is: 'at most', goal: 0.02 },
    baseline: { name: 'all the same', value: 'of_even' },
    short: { options: '' },
  },
];
