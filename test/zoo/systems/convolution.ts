/** Rows of the zoo: convolution. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';

export const convolution: readonly System[] = [
  {
    file: 'convolution/arithmetic',
    figure: 'how far convolution, matrix, Jacobian and transpose are from each other and from the course',
    goal: { value: 'off', is: 'at most', goal: 0 },
    baseline: { name: 'the largest number', value: 500 },
    short: { options: '' },
  },
  {
    file: 'convolution/lenet',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.98 },
    baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
    short: { options: '--epochs 1 --limit 400', goal: 0.2 },
  },
  ...(['', '--model euler', '--model ode'] as const).map(
    (variant): System => ({
      file: 'convolution/flow',
      ...(variant !== '' && {
        variant,
        reason:
          'one field for all steps has a fourth of the weights of four blocks; six epochs are few for it',
      }),
      figure: 'held-out accuracy',
      goal: { value: 'eval.accuracy', is: 'at least', goal: 0.97 },
      baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
      short: { options: '--epochs 1 --limit 500', goal: 0.15 },
    }),
  ),
];
