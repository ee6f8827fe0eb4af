/** Adjoints by index pattern, each to second order against central differences. */
import { describe, it } from 'vitest';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { expectGradient } from '../support/gradient.ts';

/** Feeds of integers by the name of the leaf. */
const integers = (values: Readonly<Record<string, readonly number[]>>) =>
  new Map(
    Object.entries(values).map(
      ([name, list]) => [name, { shape: [list.length], data: Float64Array.from(list) }] as const,
    ),
  );

const patterns: Readonly<Record<string, string>> = {
  identity: `
    input %x[i: 5]: f32
    %y[i: 5]: f32 = %x[i] * %x[i]`,
  'shift with an else': `
    input %x[i: 5]: f32
    %y[i: 5]: f32 = if 0 <= i - 1 then %x[i - 1] * %x[i] else 0.0`,
  flip: `
    input %x[i: 5]: f32
    %y[i: 5]: f32 = exp(%x[4 - i]) * %x[i]`,
  transpose: `
    input %x[i: 3, j: 4]: f32
    %y[i: 4, j: 3]: f32 = sin(%x[j, i])`,
  broadcast: `
    input %x[i: 3]: f32
    %y[i: 3, j: 4]: f32 = %x[i] * %x[i] * to_f32(j)`,
  diagonal: `
    input %x[i: 4, j: 4]: f32
    %y[i: 4]: f32 = %x[i, i] ** 3`,
  stride: `
    input %x[i: 7]: f32
    %y[i: 3]: f32 = sin(%x[2*i + 1])`,
  dilation: `
    input %x[i: 9]: f32
    input %w[u: 3]: f32
    %y[i: 5]: f32 = sum[u: 3] %w[u] * %x[i + 2*u]`,
  'down-sampling by a mean': `
    input %x[i: 8]: f32
    %y[i: 4]: f32 = sum[u: 2] 0.5 * %x[2*i + u] * %x[2*i + u]`,
  'up-sampling': `
    input %x[i: 4]: f32
    %y[i: 8]: f32 = %x[i div 2] * %x[i div 2]`,
  tiling: `
    input %x[i: 3]: f32
    %y[i: 9]: f32 = %x[i mod 3] * to_f32(i) * %x[0]`,
  window: `
    input %x[i: 6]: f32
    input %w[u: 3]: f32
    %y[i: 6]: f32 = sum[u: 3] %w[u] * (if 0 <= i + u - 1 and i + u - 1 < 6 then %x[i + u - 1] else 0.0)`,
  'strided window': `
    input %x[i: 7]: f32
    input %w[u: 3]: f32
    %y[i: 4]: f32 = sum[u: 3] %w[u] * (if 0 <= 2*i + u - 1 and 2*i + u - 1 < 7 then %x[2*i + u - 1] else 0.0)`,
  'clamp at the edge': `
    input %x[i: 5]: f32
    %y[i: 5]: f32 = %x[i] * %x[if i < 1 then 0 else i - 1]`,
  'clamp at both edges': `
    input %x[i: 5]: f32
    %y[i: 9]: f32 = sin(%x[minimum(maximum(i - 2, 0), 4)])`,
  mirror: `
    input %x[i: 5]: f32
    %y[i: 7]: f32 = sin(%x[if i < 5 then i else 8 - i])`,
  cyclic: `
    input %x[i: 5]: f32
    %y[i: 5]: f32 = %x[i] * %x[(i + 2) mod 5]`,
  'a matrix as another': `
    input %x[i: 4, j: 6]: f32
    %y[i: 3, j: 8]: f32 = exp(%x[(8*i + j) div 6, (8*i + j) mod 6])`,
  'pixel shuffle': `
    input %x[c: 4, h: 2, w: 3]: f32
    %y[h: 4, w: 6]: f32 = sin(%x[2*(h mod 2) + (w mod 2), h div 2, w div 2])`,
  'gather with repeats': `
    input %E[v: 4, d: 2]: f32
    input %t[b: 5]: i32
    %y[b: 5, d: 2]: f32 = %E[%t[b], d] * %E[%t[b], 0]`,
  'two loads of one value': `
    input %x[i: 5]: f32
    %y[i: 4]: f32 = %x[i] * %x[i + 1] + %x[i]`,
  'a constant index': `
    input %x[i: 5]: f32
    %y[i: 3]: f32 = %x[2] * %x[i]`,
  guard: `
    input %x[i: 4, j: 4]: f32
    %y[i: 4]: f32 = sum[j: 4 where j <= i] %x[i, j] * %x[i, j]`,
  'outer product': `
    input %x[i: 4]: f32
    %y[i: 4, j: 4]: f32 = sin(%x[i] * %x[j])`,
  'matrix product': `
    input %x[b: 3, i: 4]: f32
    param %W[o: 2, i: 4]: f32
    %y[b: 3, o: 2]: f32 = sum[i: 4] %x[b, i] * %W[o, i]`,
  'product of all': `
    input %x[i: 3, j: 3]: f32
    %y[i: 3]: f32 = prod[j: 3] %x[i, j]`,
  'product with a guard, two axes': `
    input %x[i: 2, j: 3]: f32
    %y: f32 = prod[i: 2, j: 3 where i <= j] %x[i, j]`,
  'maximum of a window': `
    input %x[i: 7]: f32
    %y[i: 3]: f32 = max[u: 3] %x[2*i + u] * %x[2*i + u]`,
  'minimum of two axes': `
    input %x[i: 3, j: 4, k: 2]: f32
    %y[i: 3]: f32 = min[j: 4, k: 2] sin(%x[i, j, k])`,
  'maximum with a guard': `
    input %x[i: 4, j: 4]: f32
    %y[i: 4]: f32 = max[j: 4 where j <= i] exp(%x[i, j])`,
  'a root whose branch is not taken': `
    input %x[i: 6]: f32
    %y[i: 6]: f32 = if %x[i] > 0.0 then sqrt(%x[i]) * %x[i] else %x[i] * %x[i]`,
  'a chain of equations': `
    input %x[b: 3, i: 4]: f32
    param %W[o: 2, i: 4]: f32
    param %b[o: 2]: f32
    %s[b: 3, o: 2]: f32 = sum[i: 4] %x[b, i] * %W[o, i]
    %h[b: 3, o: 2]: f32 = tanh(%s[b, o] + %b[o])
    %r[b: 3, o: 2]: f32 = %h[b, o] + %s[b, o]
    %y: f32 = sum[b: 3, o: 2] %r[b, o] * %h[b, o]`,
  softmax: `
    input %x[b: 3, c: 4]: f32
    %m[b: 3]: f32 = max[c: 4] %x[b, c]
    %e[b: 3, c: 4]: f32 = exp(%x[b, c] - %m[b])
    %s[b: 3]: f32 = sum[c: 4] %e[b, c]
    %y[b: 3, c: 4]: f32 = %e[b, c] / %s[b]`,
  'cross-entropy of labels': `
    input %x[b: 3, c: 4]: f32
    input %t[b: 3]: i32
    %m[b: 3]: f32 = max[c: 4] %x[b, c]
    %k[b: 3]: f32 = stop_gradient(%m[b])
    %s[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %k[b])
    %l[b: 3]: f32 = log(%s[b]) + %k[b] - %x[b, %t[b]]
    %y: f32 = sum[b: 3] %l[b] / 3.0`,
  'a derivative of the author': `
    input %x[i: 5]: f32
    %y[i: 5]: f32 = (1.0 / (1.0 + exp(-%x[i]))) derivative(%x[i]: result * (1.0 - result))`,
  'a derivative inside a sum': `
    input %x[i: 5]: f32
    %y: f32 = sum[i: 5] (1.0 / (1.0 + exp(-%x[i]))) derivative(%x[i]: result * (1.0 - result)) * %x[i]`,
};

const feeds = integers({ t: [2, 0, 2, 3, 2] });
const labels = integers({ t: [1, 3, 1] });

describe('the adjoint of each index pattern', () => {
  for (const [name, text] of Object.entries(patterns)) {
    it(name, () => {
      const graph = parseGraph(`graph pattern {${text}\n result output %y\n}`);
      expectGradient(graph, { feeds: name.startsWith('cross') ? labels : feeds, tolerance: 1e-6 });
    });
  }
});
