/** Rows of the zoo: what makes samples. */
import { majority } from '../baselines.ts';
import type { Goal, System } from '../system.ts';

/** One that guesses has 2 ln 2 = 1.386; in a few steps there is no digit to be read yet. */
const judgeLearns: Goal = { value: 'eval.judge', is: 'at most', goal: 1.2 };

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
    sheet: [
      { output: 'walk', data: '--data x=data:digits/test:14#images', shows: 'from digit to digit' },
      {
        output: 'sample',
        data: '--data x=data:digits/test:14#images',
        shows: 'points that are drawn, decoded',
      },
    ],
    short: { options: '--epochs 4 --limit 500', goal: 212 },
  },
  {
    file: 'generative/dcgan',
    figure: 'made digits that can be read',
    goal: { value: 'eval.readable', is: 'at least', goal: 0.9 },
    reason: 'all ten classes are made, but many a digit lies between two of them; 1,600 updates are few',
    baseline: { name: 'two digits over each other', value: 0.065 },
    sheet: { output: 'digits', data: '--set B=64', shows: 'digits out of noise' },
    short: {
      before: '--epochs 1 --limit 200',
      options: '--epochs 1 --limit 100 --set width=2',
      goal: judgeLearns,
    },
  },
  {
    file: 'generative/conditional',
    figure: 'made digits that are read as the class that was asked for',
    goal: { value: 'eval.right', is: 'at least', goal: 0.9 },
    reason: 'as far as 2,400 updates take it',
    baseline: { name: 'guessing', value: 0.1 },
    sheet: { output: 'sheet', data: '--data t=data:digits/test:10#labels', shows: 'ten of each class' },
    short: {
      before: '--epochs 1 --limit 200',
      options: '--epochs 1 --limit 100 --set width=2',
      goal: judgeLearns,
    },
  },
  {
    file: 'generative/cyclegan',
    figure: 'held-out squared error of outlines that were made of filled shapes',
    goal: { value: 'eval.off', is: 'at most', goal: 0.02 },
    baseline: { name: 'the picture itself', value: 'eval.of_the_picture' },
    sheet: {
      output: 'sheet',
      data: '--data x=data:domains/test:16#filled --data y=data:domains/test:16#outlined',
      shows: 'in turns filled, made of it, lines, made of them',
    },
    short: { options: '--epochs 1 --limit 100', goal: 0.25 },
  },
  {
    file: 'generative/views',
    figure: 'distance of two views of one content, as a part of that of two contents',
    goal: { value: 'eval.part', is: 'at most', goal: 0.6 },
    baseline: { name: 'two contents', value: 1 },
    sheet: {
      output: 'grid',
      data: '--data x=data:shapes/test:10#images',
      shows: 'a row for each content, a column for each view',
    },
    short: { options: '--epochs 1 --limit 100', goal: judgeLearns },
  },
  ...(
    [
      ['', 'at least', 8, 1.35],
      ['--set penalty=0', 'at most', 7, 1.2],
    ] as const
  ).map(
    ([variant, is, goal, judged]): System => ({
      file: 'generative/ring',
      ...(variant !== '' && { variant }),
      figure: 'modes of eight with 2 % of the made points within three deviations',
      goal: { value: 'eval.modes', is, goal },
      baseline: { name: 'all points at one place', value: 1 },
      // No mode is found so soon; a judge that guesses has 1.386.
      short: { options: '--epochs 150', goal: { value: 'eval.judged', is: 'at most', goal: judged } },
    }),
  ),
  ...(
    [
      ['penalised', 8, -1],
      ['clipped', 6, -0.04],
    ] as const
  ).map(
    ([recipe, goal, critic]): System => ({
      file: 'generative/wasserstein',
      variant: `--recipe ${recipe}`,
      figure: 'modes of eight with 2 % of the made points within three deviations',
      goal: { value: 'eval.modes', is: 'at least', goal },
      baseline: { name: 'all points at one place', value: 1 },
      // A critic that tells nothing apart has 0.
      short: { options: '--epochs 150', goal: { value: 'eval.critic', is: 'at most', goal: critic } },
    }),
  ),
  ...(
    [
      ['at_once', 'at least', 204],
      ['in_turns', 'at most', 1.49],
    ] as const
  ).map(
    ([recipe, is, goal]): System => ({
      file: 'generative/saddle',
      variant: `--recipe ${recipe}`,
      figure: 'distance from the saddle after 1,000 steps',
      goal: { value: 'radius', is, goal },
      baseline: { name: 'where it starts', value: Math.SQRT2 },
      short: { options: '' },
    }),
  ),
  {
    file: 'generative/best_judge',
    figure: 'divergence of data and samples, of which 0.337 is true',
    goal: { value: 'divergence', is: 'at least', goal: 0.32 },
    baseline: { name: 'a judge that guesses', value: 0 },
    short: { options: '--epochs 500', goal: 0.31 },
  },
  {
    file: 'generative/best_judge',
    variant: '--set apart=0',
    figure: 'divergence of data and samples, of which 0 is true',
    goal: { value: 'divergence', is: 'at most', goal: 1e-3 },
    baseline: { name: 'a judge that guesses', value: 0 },
    short: { options: '--epochs 300', goal: 2e-3 },
  },
];
