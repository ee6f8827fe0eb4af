/**
 * The maximum that is taken off for safety has no adjoint; a maximum that matters keeps its own. Every gradient,
 * with and without one, is that of central differences, to second order.
 */
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { expectGradient } from '../support/gradient.ts';

const leaves = `
  input %x[b: 3, c: 4]: f32
  input %g[b: 3, c: 4]: f32
  input %t[b: 3]: i32
  input %k[c: 4]: i32
  input %keep[b: 3, c: 4]: i32`;

const feeds = new Map([
  ['t', { shape: [3], data: Float64Array.of(2, 0, 3) }],
  ['k', { shape: [4], data: Float64Array.of(1, 0, 0, 2) }],
  ['keep', { shape: [3, 4], data: Float64Array.of(1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1) }],
]);

const max = '%m[b: 3]: f32 = max[c: 4] %x[b, c]';

/** Of %y, which the loss sums with weights. */
const cancelling: Readonly<Record<string, string>> = {
  softmax: `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'softmax, its exponentials written twice': `${max}
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
    %y[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b]) * (1.0 / %s[b])`,
  logsumexp: `${max}
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
    %y[b: 3]: f32 = %m[b] + log(%s[b])`,
  'logsumexp of the opposite, by a minimum': `%m[b: 3]: f32 = min[c: 4] %x[b, c]
    %s[b: 3]: f32 = sum[c: 4] exp(-%x[b, c] + %m[b])
    %y[b: 3]: f32 = log(%s[b]) - %m[b]`,
  'log of a softmax': `${max}
    %z[b: 3, c: 4]: f32 = %x[b, c] - %m[b]
    %s[b: 3]: f32 = sum[c: 4] exp(%z[b, c])
    %y[b: 3, c: 4]: f32 = %z[b, c] - log(%s[b])`,
  'a maximum of all': `%m: f32 = max[b: 3, c: 4] %x[b, c]
    %s: f32 = sum[b: 3, c: 4] exp(%x[b, c] - %m)
    %y: f32 = %m + log(%s)`,
  'cross-entropy, read at the label': `${max}
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
    %y[b: 3]: f32 = %m[b] + log(%s[b]) - %x[b, %t[b]]`,
  'masked softmax': `%m[b: 3]: f32 = max[c: 4 where %keep[b, c] == 1] %x[b, c]
    %e[b: 3, c: 4]: f32 = if %keep[b, c] == 1 then exp(%x[b, c] - %m[b]) else 0.0
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'masked by guards': `%m[b: 3]: f32 = max[c: 4 where %keep[b, c] == 1] %x[b, c]
    %s[b: 3]: f32 = sum[c: 4 where %keep[b, c] == 1] exp(%x[b, c] - %m[b])
    %y[b: 3]: f32 = %m[b] + log(%s[b])`,
  'a maximum over another axis, taken off all': `%m: f32 = max[b: 3] %x[b, 0]
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m)
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'a temperature': `${max}
    %e[b: 3, c: 4]: f32 = exp((%x[b, c] - %m[b]) / 0.7)
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'rows in another order': `${max}
    %n[b: 3]: f32 = %m[2 - b]
    %e[b: 3, c: 4]: f32 = exp(%x[2 - b, c] - %n[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[2 - b, c] / %s[2 - b]`,
  'attention in a recurrence': `%e[b: 3, c: 4]: f32 = %x[b, c] * (if 1 <= b then %y[b - 1, 3 - c] else 1.0)
    %m[b: 3]: f32 = max[c: 4] %e[b, c]
    %p[b: 3, c: 4]: f32 = exp(%e[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %p[b, c]
    %y[b: 3, c: 4]: f32 = %p[b, c] / %s[b]`,
  'rows by a gather': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[%k[b], c] - %m[%k[b]])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
};

const mattering: Readonly<Record<string, string>> = {
  'taken off twice': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - 2.0 * %m[b])
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'put back in part': `${max}
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
    %y[b: 3]: f32 = 0.5 * %m[b] + log(%s[b])`,
  'put back with a trace more': `${max}
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
    %y[b: 3]: f32 = %m[b] + 1.0e-17 * %m[b] + log(%s[b])`,
  'a sum that is one larger': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / (1.0 + %s[b])`,
  'a sum with something for safety': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / (%s[b] + 1.0e-3)`,
  'not normalised': `${max}
    %y[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])`,
  'normalised by another row': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[2 - b]`,
  'normalised over the other axis': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[c: 4]: f32 = sum[b: 3] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[c]`,
  'used elsewhere too': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b] + 0.1 * %m[b]`,
  'the position of a gather differs': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[%k[b], c] - %m[%k[b]])
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'masked by a large number': `${max}
    %z[b: 3, c: 4]: f32 = if %keep[b, c] == 1 then %x[b, c] - %m[b] else -3.0
    %e[b: 3, c: 4]: f32 = exp(%z[b, c])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'a square': `${max}
    %y[b: 3, c: 4]: f32 = (%x[b, c] - %m[b]) * (%x[b, c] - %m[b])`,
  'a derivative of the author': `${max}
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = (%e[b, c] / %s[b]) derivative(%e[b, c]: 2.0)`,
  pooling: `${max}
    %y[b: 3]: f32 = sum[c: 4] %g[b, c] * %m[b]`,
};

const gradientOf = (text: string): string => {
  const loss = text.includes('%y[b: 3, c: 4]')
    ? '%l: f32 = sum[b: 3, c: 4] %g[b, c] * %y[b, c]'
    : text.includes('%y[b: 3]')
      ? '%l: f32 = sum[b: 3] %g[b, 0] * %y[b]'
      : '%l: f32 = %g[0, 0] * %y';
  const graph = parseGraph(`graph test {
    ${leaves}
    ${text}
    ${loss}
    %d.x[b: 3, c: 4]: f32 = gradient %l wrt %x
    result gradient %d.x
  }`);
  return printGraph(differentiate(graph));
};

const graphOf = (text: string) => parseGraph(`graph test {${leaves}\n${text}\nresult value %y\n}`);

describe('has no adjoint:', () => {
  it.each(Object.entries(cancelling))('%s', (_, text) => {
    expect(gradientOf(text)).not.toMatch(/%m\.arg|%d\.m\b/);
    expectGradient(graphOf(text), { feeds });
  });

  it('with equal largest elements', () => {
    const x = { shape: [3, 4], data: Float64Array.of(2, 2, 1, 2, 0, 0, 0, 0, -1, 3, 3, 1) };
    for (const text of Object.values(cancelling)) {
      expectGradient(graphOf(text), { feeds: new Map([...feeds, ['x', x]]) });
    }
  });

  it('where something else moves the loss as well', () => {
    const text = `${cancelling.softmax}
      %n[b: 3]: f32 = max[c: 4] %x[b, c] * %x[b, c]
      %u[b: 3]: f32 = sum[c: 4] %n[b] * %y[b, c] * %g[b, c]
      %l: f32 = sum[b: 3] %u[b]
      %d.x[b: 3, c: 4]: f32 = gradient %l wrt %x
      result gradient %d.x`;
    const printed = printGraph(differentiate(parseGraph(`graph test {${leaves}\n${text}\n}`)));
    expect(printed).not.toMatch(/%m\.arg|%d\.m\b/);
    expect(printed).toMatch(/%n\.arg/);
  });

  it('and one that is exactly 0 where it is asked for, beside others that are whole', () => {
    const text = `${cancelling.softmax}
      %l: f32 = sum[b: 3, c: 4] %g[b, c] * %y[b, c]
      %d.m[b: 3]: f32 = gradient %l wrt %m
      %d.x[b: 3, c: 4]: f32 = gradient %l wrt %x
      result gradient %d.m
      result gradient %d.x`;
    const printed = printGraph(differentiate(parseGraph(`graph test {${leaves}\n${text}\n}`)));
    expect(printed).toMatch(/%d\.m\[b: 3\]: f32 = 0\.0\b/);
    expect(printed).toMatch(/%d\.x\[b: 3, c: 4\]: f32 = .*%d\.e/);
    expect(printed).not.toMatch(/%m\.arg/);
  });
});

describe('keeps its adjoint:', () => {
  it.each(Object.entries(mattering))('%s', (name, text) => {
    expect(gradientOf(text)).toMatch(/%m\.arg/);
    // What an author says is his derivative need not be one.
    if (name !== 'a derivative of the author') expectGradient(graphOf(text), { feeds });
  });
});
