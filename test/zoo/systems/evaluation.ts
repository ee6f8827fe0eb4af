/** Rows of the zoo: how good something is. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';

export const evaluation: readonly System[] = [
  {
    file: 'evaluation/confusion',
    figure: 'held-out F1, mean over the classes',
    goal: { value: 'eval.f1', is: 'at least', goal: 0.93 },
    baseline: { name: 'accuracy of the majority class', value: majority('data:digits/test#labels') },
    short: { options: '--epochs 2 --limit 500', goal: 0.5 },
  },
  {
    file: 'evaluation/confusion',
    variant: '--folds 5',
    figure: 'accuracy of a fold that is held out, mean of five',
    goal: { value: 'folds.accuracy', is: 'at least', goal: 0.93 },
    baseline: { name: 'majority class', value: majority('data:digits#labels') },
    short: { options: '--epochs 1 --limit 300', goal: 0.3 },
  },
  {
    file: 'evaluation/boxes',
    figure: 'intersection by union of two boxes',
    goal: { value: 'iou', is: 'at least', goal: 0.29429 },
    baseline: { name: 'boxes that do not meet', value: 0 },
    short: { options: '' },
  },
  {
    file: 'evaluation/boxes',
    variant: '--set N=40',
    figure: 'difference of the average precision by its definition and by the prelude',
    goal: { value: 'off', is: 'at most', goal: 1e-5 },
    baseline: { name: 'that of one in five', value: 0.2 },
    short: { options: '' },
  },
  {
    file: 'evaluation/detections',
    figure: 'distance of three forms of average precision from those by hand, 0.525, 0.55 and 6/11',
    goal: { value: 'off', is: 'at most', goal: 1e-6 },
    baseline: { name: 'the precision of all six boxes', value: 2 * 0.025 + 0.05 + (6 / 11 - 0.5) },
    short: { options: '' },
  },
  ...(
    [
      ['', 0.88, 'a hundred points: ', majority('data:circles:100#class')],
      ['--data x=sonar.csv#0-59 --data t=sonar.csv#60:labels', 0.75, 'mines and rocks: ', 111 / 208],
    ] as const
  ).map(
    ([variant, goal, what, usual]): System => ({
      file: 'evaluation/folds',
      ...(variant !== '' && { variant }),
      figure: `${what}accuracy of a fold that is held out, mean of five`,
      goal: { value: 'folds.accuracy', is: 'at least', goal },
      baseline: { name: 'majority class', value: usual },
      short: { options: '--epochs 15', goal: 0.66 },
    }),
  ),
  ...(
    [
      ['', 0.9, 'data:messages: '],
      [
        '--data x=SMSSpamCollection#1:24:words@!::5 --data t=SMSSpamCollection#0:labels@!::5 --eval x=SMSSpamCollection#1:24:words@::5 --eval t=SMSSpamCollection#0:labels@::5',
        0.9,
        'real messages: ',
      ],
    ] as const
  ).map(
    ([variant, goal, what]): System => ({
      file: 'evaluation/spam',
      ...(variant !== '' && { variant }),
      figure: `${what}held-out F1 of spam`,
      goal: { value: 'eval.F1', is: 'at least', goal },
      baseline: { name: 'all are spam', value: 'eval.of_all' },
      short: { options: variant === '' ? '--epochs 3' : '--epochs 2', goal: 0.8 },
    }),
  ),
];
