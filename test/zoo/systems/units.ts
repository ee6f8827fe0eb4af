/** Rows of the zoo: single units. */
import { majority } from '../baselines.ts';
import type { System } from '../system.ts';

export const units: readonly System[] = [
  {
    file: 'units/mcculloch_pitts',
    figure: 'rows of xor that two layers of units get right',
    goal: { value: 'right', is: 'at least', goal: 1 },
    baseline: { name: 'the best single unit', value: 'best_of_one_unit' },
    short: { options: '' },
  },
  {
    file: 'units/perceptron',
    figure: 'corrections until no mistake is left',
    goal: { value: 'in_all', is: 'at most', goal: 200 },
    baseline: { name: "Novikoff's bound", value: 'bound' },
    short: { options: '' },
  },
  {
    file: 'units/one_against_all',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.9 },
    baseline: { name: 'majority class', value: majority('data:digits/test#labels') },
    short: { options: '--epochs 2 --limit 500', goal: 0.75 },
  },
  {
    file: 'units/regions',
    figure: 'held-out accuracy',
    goal: { value: 'eval.accuracy', is: 'at least', goal: 0.99 },
    baseline: { name: 'majority class', value: majority('data:gaussians/test#class') },
    plane: 'data:gaussians/test:300',
    short: { options: '--epochs 4', goal: 0.9 },
  },
  {
    file: 'units/least_mean_squares',
    figure: 'held-out squared error',
    goal: { value: 'eval.error', is: 'at most', goal: 1.1 },
    baseline: { name: 'always 0', value: 'eval.of_the_mean' },
    short: { options: '--epochs 3', goal: 1.2 },
  },
  {
    file: 'units/noise_canceller',
    figure: "decibels less of the mother's heart, on held-out seconds",
    goal: { value: 'eval.decibels', is: 'at least', goal: 10 },
    baseline: { name: 'nothing taken off', value: 0 },
    short: { options: '--epochs 1 --limit 2000', goal: 10 },
  },
  {
    file: 'units/aizerman',
    figure: 'perceptrons with an error below 0.05 when they stop',
    goal: { value: 'good', is: 'at least', goal: 0.95 },
    baseline: { name: 'before training', value: 0 },
    short: { options: '--epochs 1000' },
  },
];
