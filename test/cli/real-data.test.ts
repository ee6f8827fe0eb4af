/** The small models on the tables that they are made for, by the commands that a user would give. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { realData } from '../support/real-data.ts';
import { model, nnc } from './command-line.ts';

const tables = path.join(realData ?? '', 'tabular');

interface Task {
  readonly name: string;
  readonly table: string;
  readonly features: string;
  readonly answer: string;
  readonly accuracy: number;
  readonly more?: readonly string[];
}

const banknotes = { table: 'banknote_authentication.csv', features: '0-3', answer: '4' };

const tasks: readonly Task[] = [
  { name: 'iris', table: 'iris.csv', features: '0-3', answer: '4', accuracy: 0.94 },
  {
    name: 'logistic_regression',
    table: 'breast_cancer.csv',
    features: '0--2',
    answer: '-1',
    accuracy: 0.95,
    more: ['--standardize', 'x'],
  },
  { name: 'perceptron', ...banknotes, accuracy: 0.96 },
  { name: 'adaline', ...banknotes, accuracy: 0.95 },
];

describe.skipIf(realData === undefined)('the tables', () => {
  it.each(tasks)(
    '$name: $accuracy of $table, held out',
    async ({ name, table, features, answer, ...task }) => {
      const part = (rows: string) => [
        `x=${path.join(tables, table)}#${features}@${rows}`,
        `t=${path.join(tables, table)}#${answer}@${rows}`,
      ];
      const { code, out, err } = await nnc(
        ...['train', model(name), '--json', ...(task.more ?? [])],
        ...part('!::5').flatMap((data) => ['--data', data]),
        ...part('::5').flatMap((data) => ['--eval', data]),
      );
      expect(code, err).toBe(0);
      const { evaluation } = JSON.parse(out) as { evaluation: { accuracy: number } };
      expect(evaluation.accuracy).toBeGreaterThanOrEqual(task.accuracy);
    },
  );
});
