/** Rows of the zoo: sequences. */
import { entropyOfPairs } from '../baselines.ts';
import type { System } from '../system.ts';

const onFables = {
  figure: 'held-out loss a character',
  baseline: { name: 'the best table of pairs', value: entropyOfPairs('models/fables.txt') },
} as const;

export const sequences: readonly System[] = [
  {
    file: 'sequences/window',
    ...onFables,
    goal: { value: 'eval.loss', is: 'at most', goal: 0.3 },
    short: { options: '--epochs 1 --limit 5000', goal: 1.8 },
  },
  {
    file: 'sequences/characters',
    ...onFables,
    goal: { value: 'eval.loss', is: 'at most', goal: 0.32 },
    short: { options: '--limit 1000', goal: 2 },
  },
  {
    file: 'sequences/self_attention',
    figure: 'squared error of the sum',
    goal: { value: 'off', is: 'at most', goal: 0.005 },
    baseline: { name: 'always 1', value: 1 / 6 },
    short: { options: '--epochs 40', goal: 0.2 },
  },
  ...(['all', 'drawn'] as const).map(
    (recipe): System => ({
      file: 'sequences/word2vec',
      variant: `--recipe ${recipe}`,
      figure: 'fourth words found, of a : b as c : d',
      goal: { value: 'eval.found', is: 'at least', goal: 0.95 },
      baseline: { name: 'guessing', value: 1 / 36 },
      short: { options: '--epochs 1', goal: 0.2 },
    }),
  ),
  {
    file: 'sequences/reversal',
    figure: 'accuracy on symbols drawn anew',
    goal: { value: 'accuracy', is: 'at least', goal: 0.99 },
    reason: 'as far as 800 steps take it',
    baseline: { name: 'guessing', value: 0.1 },
    short: { options: '--epochs 30', goal: 0.15 },
  },
  {
    file: 'sequences/clip',
    figure: 'held-out pictures whose nearest caption says what theirs says',
    goal: { value: 'eval.retrieval', is: 'at least', goal: 0.85 },
    baseline: { name: 'guessing', value: 1 / 24 },
    short: { options: '--epochs 4 --limit 500', goal: 0.2 },
  },
];
