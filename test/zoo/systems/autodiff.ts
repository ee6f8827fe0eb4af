/** Rows of the zoo: derivatives by hand beside those that are derived. */
import type { System } from '../system.ts';

export const autodiff: readonly System[] = [
  ...(
    [
      ['formula', 1e-6, 'one that is 0', 5.5],
      ['swelling', 1e-5, 'one that is 0', 9.0660864],
      ['linear_system', 1e-5, 'the largest derivative', 'largest'],
      ['differential_equation', 1e-5, 'the largest derivative', 'largest'],
    ] as const
  ).map(
    ([name, goal, usual, value]): System => ({
      file: `autodiff/${name}`,
      figure: 'difference of the derivatives by hand and by the compiler',
      goal: { value: 'off', is: 'at most', goal },
      baseline: { name: usual, value },
      short: { options: '' },
    }),
  ),
  {
    file: 'autodiff/lagrangian',
    figure: 'difference of the derivatives by hand and by the compiler',
    goal: { value: 'off', is: 'at most', goal: 1e-5 },
    baseline: { name: 'the largest derivative', value: 'largest' },
    short: { options: '' },
  },
];
