/** `nnc compare` as it is called. */
import { expect, test } from 'vitest';
import { nnc } from '../support/command.ts';

const logistic = ['compare', 'models/logistic_map.nn', '--at', 'x=0.2', '--hand', 'by_hand'] as const;

test('shows the table of the logistic map', () => {
  const { stdout, status } = nnc(...logistic);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^by hand +9\.0660866\d* +(0|\d\.\de-1\d) +36 /m);
  expect(stdout).toMatch(/^automatic +9\.0660866\d* +0 +24 +6 /m);
  expect(stdout).toMatch(/^l4 +43 +140 +119 +24$/m);
  expect(stdout).toMatch(/^l8 +763 +5312 +56$/m);
  expect(stdout).toContain('4 * x * (1 - x)\n');
  expect(stdout).toContain('simplified  4 * (1 - x) - 4 * x\n');
});

test('as a page it has the plot as a picture, and needs nothing else', () => {
  const { stdout } = nnc(...logistic, '--format', 'html');
  expect(stdout).toContain('<svg');
  expect(stdout).toContain('<td>automatic</td>');
  expect(stdout).not.toMatch(/https?:/);
});

test('a model of tensors is refused, and so are names that are not there', () => {
  expect(nnc('compare', 'models/two_layer_sigmoid.nn')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('has tensors') as string,
  });
  expect(nnc(...logistic.slice(0, 4), '--hand', 'hand').stderr).toContain('there are l4, l8, by_hand');
  expect(nnc(...logistic, '--wrt', 'y').stderr).toContain('there are x');
});
