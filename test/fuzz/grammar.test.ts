/** Texts by the rules of the grammar: messages or a program, after bounded work, never an exception. */
import { describe, expect, it } from 'vitest';
import { hasErrors } from '../../grammar/diagnostic.ts';
import { parse } from '../../grammar/index.ts';
import { isOpenFormula } from '../../grammar/problems.ts';
import { grammarText } from './grammar-texts.ts';
import { textFailure } from './text-cases.ts';

/** `npm run fuzz -- --texts --minutes 10` looks further. */
const texts = 3000;
const chunk = 500;

describe('a text by the rules', () => {
  for (let start = 1; start <= texts; start += chunk) {
    const seeds = Array.from({ length: chunk }, (_, k) => start + k);
    it(`has messages or a program, seeds ${start} to ${start + chunk - 1}`, { timeout: 300_000 }, () => {
      expect(seeds.flatMap((seed) => textFailure(seed) ?? []).join('\n\n')).toBe('');
    });
  }

  it('is often good syntax, and is the same for the same seed', () => {
    const made = Array.from({ length: 500 }, (_, seed) => grammarText(seed));
    // A formula that is left open is good syntax, too.
    const isGood = (text: string): boolean =>
      !hasErrors(parse({ name: '', text }).diagnostics.filter((one) => !isOpenFormula(one)));
    const good = made.filter(isGood);
    expect(good.length).toBeGreaterThan(100);
    expect(new Set(made).size).toBeGreaterThan(400);
    expect(grammarText(7)).toBe(grammarText(7));
  });
});
