/**
 * Whole networks, as the compiler makes them, against goldens: a change shows its whole effect as their diff, and
 * one that only moves code shows none. `npm run golden:update` writes them again.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nameOf, replayed } from './networks.ts';
import { replay } from './text.ts';

const folder = new URL('../golden/replay/', import.meta.url);
const update = process.env.UPDATE_GOLDEN !== undefined;
const kept = readdirSync(folder);
const names = replayed.map((network) => `${nameOf(network)}.txt`);

test('every network has a golden, and every golden a network', () => {
  if (update) for (const name of kept) if (!names.includes(name)) rmSync(new URL(name, folder));
  expect(new Set(names).size).toBe(names.length);
  expect(update ? [...names].sort() : kept.sort()).toEqual([...names].sort());
});

test.each(replayed)('$file for $purpose.kind is as before', (network) => {
  const file = new URL(`${nameOf(network)}.txt`, folder);
  const text = replay(network);
  if (update) writeFileSync(file, text);
  else expect(text).toBe(readFileSync(file, 'utf8'));
});
