/** The bench runs what is bundled: each of its parts that needs nothing but nnc can be loaded. */
import { expect, it } from 'vitest';

it.each(['adapter.mjs', 'workloads.mjs', 'networks.mjs', 'peers/nnc.mjs'])(
  '%s loads from the bundle',
  async (file) => {
    expect(await import(new URL(`../../bench/${file}`, import.meta.url).href)).toBeTypeOf('object');
  },
);
