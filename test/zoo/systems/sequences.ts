/** Rows of the zoo: sequences. */
import type { System } from '../system.ts';

export const sequences: readonly System[] = [
  {
    file: 'sequences/reversal',
    figure: 'accuracy on symbols drawn anew',
    goal: { value: 'accuracy', is: 'at least', goal: 0.99 },
    reason: 'as far as 800 steps take it',
    baseline: { name: 'guessing', value: 0.1 },
    short: { options: '--epochs 30', goal: 0.15 },
  },
];
