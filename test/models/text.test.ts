/** models/char_lstm.nn, as its first lines say how to train it, against the table of all pairs of neighbours. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nnc } from '../support/command.ts';

/** The mean of -log p(c | the character before c), p as often as it is so in the text itself. */
function bigramEntropy(text: string): number {
  const characters = [...text];
  const count = (keys: readonly string[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const pairs = characters.slice(1).map((character, k) => characters[k]! + character);
  const firsts = count(characters.slice(0, -1));
  const all = [...count(pairs)];
  return all.reduce(
    (sum, [pair, n]) => sum - (n / pairs.length) * Math.log(n / firsts.get([...pair][0]!)!),
    0,
  );
}

it('char_lstm.nn knows more than pairs, of pieces that it has not seen', () => {
  const text = readFileSync(new URL('../../models/fables.txt', import.meta.url), 'utf8');
  const model = readFileSync(new URL('../../models/char_lstm.nn', import.meta.url), 'utf8');
  const entropy = bigramEntropy(text);
  expect(model).toContain(`entropy of a character given the one before it is ${entropy.toFixed(2)}`);
  expect(model).toContain(`characters = ${new Set(text).size}`);
  const data = 'text=models/fables.txt#33:characters@';
  const rows = ['--data', `${data}!::10`, '--eval', `${data}::10`];
  const { stdout, stderr, status } = nnc(
    'train',
    'models/char_lstm.nn',
    ...rows,
    ...['--device', 'cpu', '--epochs', '4', '--json'],
  );
  expect(stderr + status).toMatch(/0$/);
  const { evaluation } = JSON.parse(stdout) as { readonly evaluation: { readonly loss: number } };
  expect(evaluation.loss).toBeLessThan(0.5 * entropy);
});
