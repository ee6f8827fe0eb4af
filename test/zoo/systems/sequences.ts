/** Rows of the zoo: sequences. */
import { entropyOfPairs, majority, reachedBy } from '../baselines.ts';
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
    short: { options: '--epochs 1 --limit 6000', goal: 1.8 },
  },
  ...(
    [
      ['', 0.32],
      ['--model gru', 0.32],
      ['--model gated_unit', 0.36],
      ['--model rnn', 0.4],
    ] as const
  ).map(
    ([variant, goal]): System => ({
      file: 'sequences/characters',
      ...(variant !== '' && { variant }),
      ...onFables,
      goal: { value: 'eval.loss', is: 'at most', goal },
      ...(variant === '' && { writes: 'models/fables.txt' }),
      short: { options: '--limit 1600', goal: 1.87 },
    }),
  ),
  {
    file: 'sequences/gpt',
    figure: 'held-out loss a character',
    goal: { value: 'eval.loss', is: 'at most', goal: 0.285 },
    baseline: { name: 'the LSTM', value: reachedBy('sequences/characters') },
    writes: 'models/fables.txt',
    short: { options: '--limit 960', goal: 2.3 },
  },
  {
    file: 'sequences/rows',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.95 },
    baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
    short: { options: '--epochs 1 --limit 500 --set units=32', goal: 0.2 },
  },
  {
    file: 'sequences/self_attention',
    figure: 'squared error of the sum',
    goal: { value: 'off', is: 'at most', goal: 0.005 },
    baseline: { name: 'always 1', value: 1 / 6 },
    short: { options: '--epochs 40', goal: 0.2 },
  },
  ...['all', 'drawn', 'all --set windows=true', 'drawn --set windows=true'].map(
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
    file: 'sequences/fasttext',
    figure: 'words that were kept back and know both neighbours',
    goal: { value: 'found', is: 'at least', goal: 0.95 },
    baseline: { name: 'whole words', value: 'of_whole_words' },
    short: { options: '--epochs 500', goal: 0.3 },
  },
  {
    file: 'sequences/reversal',
    figure: 'accuracy on symbols drawn anew',
    goal: { value: 'accuracy', is: 'at least', goal: 0.99 },
    baseline: { name: 'guessing', value: 0.1 },
    sheet: {
      output: 'weights',
      chart: true,
      shows: 'what is looked at (column) before each symbol is written (row)',
    },
    short: { options: '--epochs 30', goal: 0.15 },
  },
  {
    file: 'sequences/masked_words',
    figure: 'held-out words that were hidden and are found',
    goal: { value: 'eval.right', is: 'at least', goal: 0.65 },
    baseline: { name: 'the most frequent word', value: majority('data:grammar/test#24:words') },
    short: { options: '--epochs 2 --limit 400', goal: 0.15 },
  },
  {
    file: 'sequences/captions',
    figure: 'held-out captions right in every word',
    goal: { value: 'eval.exact', is: 'at least', goal: 0.85 },
    baseline: { name: 'guessing', value: 1 / 24 },
    short: { options: '--epochs 4 --limit 500', goal: 0.05 },
  },
  {
    file: 'sequences/clip',
    figure: 'held-out pictures whose nearest caption says what theirs says',
    goal: { value: 'eval.retrieval', is: 'at least', goal: 0.85 },
    baseline: { name: 'guessing', value: 1 / 24 },
    short: { options: '--epochs 4 --limit 500', goal: 0.2 },
  },
  ...(
    [
      ['rnn', 'at least', 12],
      ['gated_unit', 'at most', 8],
      ['gru', 'at most', 12],
      ['lstm', 'at most', 5],
    ] as const
  ).map(
    ([model, is, goal]): System => ({
      file: 'sequences/forgetting',
      variant: `--model ${model}`,
      figure: 'digits that the gradient loses over fifty steps',
      goal: { value: 'digits', is, goal },
      baseline: { name: 'a state that is copied', value: 0 },
      short: { options: '' },
    }),
  ),
  ...(
    [
      ['', 'at least', 0.97],
      ['--model forward', 'at most', 0.9],
    ] as const
  ).map(
    ([variant, is, goal]): System => ({
      file: 'sequences/tagging',
      ...(variant !== '' && { variant }),
      figure: 'accuracy of tags on rows drawn anew',
      goal: { value: 'accuracy', is, goal },
      baseline: { name: 'always yes', value: 'of_yes' },
      short: { options: '--epochs 60', ...(is === 'at least' && { goal: 0.7 }) },
    }),
  ),
];
