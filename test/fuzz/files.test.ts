/** The project's texts with words and parts exchanged: messages or a program, never an exception, never `undefined` in words. */
import { describe, expect, it } from 'vitest';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { handled } from './handled.ts';
import { changedText, texts } from './texts.ts';

/** `NNC_FUZZ_RUNS=50000 FUZZ_SEED=7 npx vitest run test/fuzz/files.test.ts` looks further. */
const runs = Number(process.env.NNC_FUZZ_RUNS ?? 1500);
const first = 1_000_000 * Number(process.env.FUZZ_SEED ?? 1);

describe('a changed file', () => {
  it('has messages or a program', { timeout: 600_000 }, () => {
    let compiled = 0;
    for (let seed = first; seed < first + runs; seed++) {
      const text = changedText(seed);
      try {
        if (handled(text, seed % 2 === 0) === 'compiled') compiled += 1;
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : ''}\n${text}`, {
          cause: error,
        });
      }
    }
    // Else the changes are too rough to come to the later stages.
    expect(compiled).toBeGreaterThan(runs / 30);
  });

  it('is made of files that are right and of files that are wrong', () => {
    expect(texts.length).toBeGreaterThan(150);
    const broken = texts.filter((text) => hasErrors(parse({ name: '', text }).diagnostics));
    expect(broken.length).toBeLessThan(texts.length / 3);
  });
});
