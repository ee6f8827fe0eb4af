/** docs/prelude.md is what the prelude's doc comments and its equations make of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { preludePage } from './prelude.ts';

const file = new URL('../../docs/prelude.md', import.meta.url);

describe('docs/prelude.md', () => {
  it('is made from the prelude as it is; UPDATE_GOLDEN=1 makes it anew', { timeout: 300_000 }, () => {
    const page = preludePage();
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, page);
    expect(readFileSync(file, 'utf8')).toBe(page);
  });
});
