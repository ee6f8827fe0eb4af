/** Rows of the zoo: what makes samples. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';

export const generative: readonly System[] = [
  {
    file: 'generative/reader',
    figure: 'held-out accuracy of who reads what generators write',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.99 },
    baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
    short: { options: '--epochs 3 --limit 1000', goal: 0.6 },
  },
  {
    file: 'generative/autoencoder',
    figure: 'held-out squared error a pixel',
    goal: { value: 'eval.off', is: 'at most', goal: 0.02 },
    baseline: { name: 'the mean digit', value: 'eval.of_the_mean' },
    short: { options: '--epochs 4 --limit 500', goal: 0.045 },
  },
  {
    file: 'generative/vae',
    figure: 'held-out bound, nats a digit',
    goal: { value: 'eval.nats', is: 'at most', goal: 145 },
    baseline: { name: 'each pixel by the mean of its batch', value: 'eval.of_single_pixels' },
    sheet: { output: 'walk', data: '--data x=data:digits/test:14#images', shows: 'from digit to digit' },
    short: { options: '--epochs 4 --limit 500', goal: 212 },
  },
  ...(
    [
      ['', 'at least', 8],
      ['--set penalty=0', 'at most', 7],
    ] as const
  ).map(
    ([variant, is, goal]): System => ({
      file: 'generative/ring',
      ...(variant !== '' && { variant }),
      figure: 'modes of eight with 2 % of the made points within three deviations',
      goal: { value: 'eval.modes', is, goal },
      baseline: { name: 'all points at one place', value: 1 },
      short: { options: '--epochs 5', ...(is === 'at least' && { goal: 0 }) },
    }),
  ),
  ...(
    [
      ['penalised', 8],
      ['clipped', 6],
    ] as const
  ).map(
    ([recipe, goal]): System => ({
      file: 'generative/wasserstein',
      variant: `--recipe ${recipe}`,
      figure: 'modes of eight with 2 % of the made points within three deviations',
      goal: { value: 'eval.modes', is: 'at least', goal },
      baseline: { name: 'all points at one place', value: 1 },
      short: { options: '--epochs 3', goal: 0 },
    }),
  ),
];
