/** The classifier of the fully convolutional networks: its dense layer and the convolution with the same weights say the same. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { printed, root } from './command.ts';

test('a dense layer with its weights as filters is a convolution', async () => {
  const { out } = await printed([
    ...['run', path.join(root, 'models/convolution/fully_convolutional.nn'), '--model', 'classifier'],
    ...['--data', 'x=data:overlapping/test:5#images', '--data', 't=data:overlapping/test:5#classes'],
    ...['--device', 'cpu', '--json'],
  ]);
  const { results } = JSON.parse(out) as { readonly results: readonly { name: string; value: number }[] };
  const found = new Map(results.map(({ name, value }) => [name, value]));
  expect(found.get('largest')).toBeGreaterThan(0.1);
  expect(found.get('off')).toBeLessThan(1e-5);
});
