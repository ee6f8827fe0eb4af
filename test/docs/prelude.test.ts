/** docs/prelude.md is what the prelude's doc comments and its equations make of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { texOf } from '../../src/views/tex.ts';
import { type Vocabulary, wordsOf } from './doc-notation.ts';
import { preludePage } from './prelude.ts';

const file = new URL('../../docs/prelude.md', import.meta.url);

describe('docs/prelude.md', () => {
  it('is made from the prelude as it is; UPDATE_GOLDEN=1 makes it anew', { timeout: 300_000 }, () => {
    const page = preludePage();
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, page);
    expect(readFileSync(file, 'utf8')).toBe(page);
  });
});

describe('the formulas of doc comments', () => {
  const vocabulary: Vocabulary = {
    names: new Set(['x', 'slope', 'rows']),
    switches: new Set(['bias']),
    definitions: new Set(['log_softmax']),
  };
  const typeset = (text: string): string =>
    wordsOf(text, vocabulary)
      .map((part) => (typeof part === 'string' ? part : `$${texOf(part).replaceAll(' \\, ', ' ')}$`))
      .join('');

  it.each([
    ['the mean over the rows n of x/2.', 'the mean over the rows $n$ of $\\frac{x}{2}$.'],
    [
      'x where x > 0, else slope*x',
      '$\\begin{cases} x & \\text{if } x > 0 \\\\ slope x & \\text{otherwise} \\end{cases}$',
    ],
    ['y, where x is 0 outside', '$y$, where $x$ is $0$ outside'],
    [
      'h_t = W x_{t-1}; with bias = false, without b',
      '$h_{t} = W x_{t - 1}$; with `bias = false`, without $b$',
    ],
    ['-sum_{m < n} (q_m . v_n) q_m', '$-\\sum_{m < n} \\left(q_{m} \\cdot v_{n}\\right) q_{m}$'],
    [
      'y[..., c] = log_softmax(x)[..., c], as `adam`',
      '$y_{\\ldots,c} = \\operatorname{log\\_softmax}\\left(x\\right)_{\\ldots,c}$, as `adam`',
    ],
    ['10000^(2*i/3)', '$10000^{2 i / 3}$'],
    ["the perceptron's rule", "the perceptron's rule"],
  ])('%s', (text, expected) => {
    expect(typeset(text).replaceAll('\\mathrm{slope}', 'slope')).toBe(expected);
  });

  it('are not cut short: what is left over is told', () => {
    expect(() => typeset('y[x + 1')).toThrow("'[' at 1 of: y[x + 1");
    expect(() => typeset('scale*x')).toThrow("'*' at 5");
  });
});
