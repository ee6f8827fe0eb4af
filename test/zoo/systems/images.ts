/** Rows of the zoo: images as variables. */
import type { System } from '../system.ts';

export const images: readonly System[] = [
  {
    file: 'images/adversarial',
    figure: 'held-out accuracy with the noise',
    goal: { value: 'eval.with_noise', is: 'at most', goal: 0.05 },
    baseline: { name: 'without it', value: 'eval.accuracy' },
    short: { options: '--epochs 2 --limit 1000', goal: 0.4 },
  },
  {
    file: 'images/saliency',
    figure: 'largest pixels of the map within the box of the shape, held out',
    goal: { value: 'eval.pointed', is: 'at least', goal: 0.6 },
    baseline: { name: 'any pixel', value: 'eval.area' },
    short: { options: '--epochs 1 --limit 250', goal: 0.3 },
  },
  {
    file: 'images/deep_dream',
    figure: 'probability of the class that is dreamt of',
    goal: { value: 'probability', is: 'at least', goal: 0.99 },
    baseline: { name: 'guessing', value: 0.1 },
    short: { before: '--epochs 1 --limit 300', options: '--epochs 30', goal: 0.9 },
  },
  {
    file: 'images/style_transfer',
    figure: 'distance of the styles',
    goal: { value: 'of_style', is: 'at most', goal: 5e-4 },
    baseline: { name: 'the untouched content', value: 'untouched' },
    short: { options: '--epochs 60', goal: 2e-3 },
  },
  ...(['--limit 20', '--limit 50'] as const).map(
    (variant): System => ({
      file: 'images/transfer',
      variant,
      figure: 'held-out accuracy on the frozen trunk',
      goal: { value: 'eval.on_the_trunk', is: 'at least', goal: 0.6 },
      baseline: { name: 'from scratch', value: 'eval.from_scratch' },
      short: { before: '--epochs 1 --limit 300', options: '--epochs 20', goal: 0.25 },
    }),
  ),
];
