#!/usr/bin/env node
/** Starts the program from its bundle; in a clone, from one of the sources as they are now. */
import { existsSync } from 'node:fs';

if (existsSync(new URL('../src/cli.ts', import.meta.url))) {
  const { refresh } = await import('../scripts/bundle.mjs');
  await refresh();
}
await import(new URL('../dist/cli.js', import.meta.url).href);
