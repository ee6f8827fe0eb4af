/** Random graphs most of whose axes have one point: all stages say the same of them, too. */
import { expect, test } from 'vitest';
import { failureText, stageFailure } from '../support/stage-cases.ts';
import { trouble } from '../support/trouble.ts';

test.each([1, 101, 201])('seeds from %i', { timeout: 300_000 }, (first) => {
  const seeds = Array.from({ length: 100 }, (_, k) => first + k);
  const failures = seeds.flatMap((seed) => {
    const failure = stageFailure(seed, trouble(seed, true));
    return failure === undefined ? [] : [failureText(failure)];
  });
  expect(failures.join('\n\n')).toBe('');
});
