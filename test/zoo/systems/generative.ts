/** Rows of the zoo: what makes samples. */
import type { System } from '../system.ts';

export const generative: readonly System[] = [
  {
    file: 'generative/autoencoder',
    figure: 'held-out squared error a pixel',
    goal: { value: 'eval.off', is: 'at most', goal: 0.02 },
    baseline: { name: 'the mean digit', value: 'eval.of_the_mean' },
    short: { options: '--epochs 4 --limit 500', goal: 0.045 },
  },
  {
    file: 'generative/ring',
    figure: 'modes of eight that are made',
    goal: { value: 'eval.modes', is: 'at least', goal: 8 },
    baseline: { name: 'all points at one place', value: 1 },
    reason: 'three, three and six modes with the three seeds: the mode collapse that the course warns of',
    short: { options: '--epochs 5', goal: 0 },
  },
];
