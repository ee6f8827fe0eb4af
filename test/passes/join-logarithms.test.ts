/** Logarithms of exponentials: the same values and gradients as written apart, and finite where those are none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { verify } from '../../compiler/ir/verify.ts';
import { prepare } from '../../compiler/passes/index.ts';
import { simplify } from '../../compiler/pipeline.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import { expectSameResults } from '../support/agreement.ts';
import { cpuExecutor, runOnCpu } from '../support/cpu.ts';
import { completed, expectGradient } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';

const leaves = `
  input %x[b: 3, c: 4]: f32
  input %g[b: 3, c: 4]: f32
  input %t[b: 3]: i32`;

const graphOf = (text: string): Graph => parseGraph(`graph test {${leaves}\n${text}\nresult value %l\n}`);
const shape = '[b: 3, c: 4]: f32';
const at = '[b, c]';

const logistic = (s: string): readonly string[] => [
  `1.0 / (1.0 + exp(-(${s})))`,
  `1.0 / (exp(-(${s})) + 1.0)`,
  `exp(${s}) / (1.0 + exp(${s}))`,
  `if ${s} >= 0.0 then 1.0 / (1.0 + exp(-(${s}))) else exp(${s}) / (1.0 + exp(${s}))`,
  `(if ${s} >= 0.0 then 1.0 / (1.0 + exp(-(${s}))) else exp(${s}) / (1.0 + exp(${s}))) derivative(${s}: result * (1.0 - result))`,
];

/** What a logarithm is taken of, as equations that end in %p. */
const positives = fc.record({
  s: fc.constantFrom('%x[b, c]', '2.0 * %x[b, c] - 0.5', '%x[2 - b, c] + %x[b, 3 - c]', '%x[b, %t[b]]'),
  form: fc.nat({ max: 4 }),
  /** How many names stand between. */
  names: fc.nat({ max: 3 }),
  wrap: fc.constantFrom(
    (y: string): string => y,
    (y: string): string => `1.0 - ${y}`,
    (y: string): string => `${y} * (1.0 - ${y})`,
    (y: string): string => `exp(%x[b, c]) * ${y}`,
    (y: string): string => `${y} / (1.0 + %x[b, c] * %x[b, c])`,
    (y: string): string => `(2.0 + %g[b, c] * %g[b, c]) / ${y}`,
    (_y: string): string => `exp(%x[b, c] - %m[b]) / %z[b]`,
    (y: string): string => `${y} + 0.1`,
    (y: string): string => `if %g[b, c] > 0.0 then ${y} else 1.0 - ${y}`,
  ),
  read: fc.constantFrom('%p[b, c]', '%p[2 - b, c]', '%p[b, %t[b]]', '%p[%t[b] div 2, c]'),
});

const writtenApart = fc.record({ first: positives, second: positives }).map(({ first, second }) => {
  const part = ({ s, form, names, wrap, read }: typeof first, k: number): string => {
    const chain = Array.from({ length: names }, (_, n) => `%y${k}_${n + 1}${shape} = %y${k}_${n}${at}`);
    return [
      `%y${k}_0${shape} = ${logistic(s)[form]}`,
      ...chain,
      `%p${k}${shape} = ${wrap(`%y${k}_${names}${at}`)}`,
      `%q${k}${shape} = %g[b, c] * log(${read.replace('%p', `%p${k}`)})`,
    ].join('\n');
  };
  return `%m[b: 3]: f32 = max[c: 4] %x[b, c]
      %z[b: 3]: f32 = sum[c: 4] exp(%x[b, c] - %m[b])
      ${part(first, 1)}
      ${part(second, 2)}
      %l: f32 = sum[b: 3, c: 4] %q1[b, c] * %q2[b, c] + %q1[b, c]`;
});

const feeds = new Map([['t', { shape: [3], data: Float64Array.of(2, 0, 3) }]]);

describe('values and gradients', () => {
  it('are those of what is written apart', () => {
    let joined = 0;
    fc.assert(
      fc.property(writtenApart, fc.integer({ min: 1, max: 1000 }), (text, seed) => {
        const graph = graphOf(text);
        const asking = graphOf(`${text}
          %d.x[b: 3, c: 4]: f32 = gradient %l wrt %x
          result gradient %d.x`);
        const all = completed(graph, feeds, randomSource(seed));
        const prepared = prepare(asking);
        if (prepared !== asking) joined++;
        expect(verify(prepared)).toEqual([]);
        expectSameResults(differentiate(asking), differentiate(prepared), all, 1e-7);
        expectSameResults(differentiate(asking), simplify(asking).optimized, all, 1e-7);
        expectGradient(prepare(graph), { feeds: all, wrt: ['x'] });
      }),
      { numRuns: 60 },
    );
    expect(joined).toBeGreaterThan(40);
  });
});

describe('stays as it is:', () => {
  const loss = '%l: f32 = sum[b: 3, c: 4] log(%y[b, c])';
  it.each([
    [
      'a value that a gradient is asked by',
      `%y${shape} = exp(%x[b, c])
      ${loss}
      %d.y${shape} = gradient %l wrt %y
      result gradient %d.y`,
    ],
    [
      'a derivative of the author',
      `%y${shape} = (1.0 / (1.0 + exp(-%x[b, c]))) derivative(%x[b, c]: 2.0)
      ${loss}`,
    ],
    [
      'what no gradient passes',
      `%y${shape} = stop_gradient(exp(%x[b, c]))
      ${loss}`,
    ],
    [
      'a product whose parts may both be negative',
      `%y${shape} = %x[b, c] * (%x[b, c] * exp(%x[b, c]))
      ${loss}`,
    ],
    [
      'a sum',
      `%y${shape} = exp(%x[b, c]) + 1.0e-7
      ${loss}`,
    ],
    [
      'a reduction',
      `%y${shape} = sum[k: 4] exp(%x[b, k])
      ${loss}`,
    ],
  ])('%s', (_, text) => {
    const graph = graphOf(text);
    expect(printGraph(prepare(graph))).toBe(printGraph(graph));
  });
});

describe('at the edge of f32', () => {
  const executor = cpuExecutor(1);
  const scores = [-88, -50, -20, 0, 20, 50, 88];
  const n = scores.length;
  const softplus = (s: number): number => Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s)));
  const sigmoid = (s: number): number => 1 / (1 + Math.exp(-s));

  it.each([0, 1, 0.25])(
    'the logistic loss written out is exact, with its gradient, for t = %d',
    async (target) => {
      const graph = parseGraph(`graph test {
      input %s[b: ${n}]: f32
      input %t[b: ${n}]: f32
      %y[b: ${n}]: f32 = ${logistic('%s[b]')[4]}
      %e[b: ${n}]: f32 = -(%t[b] * log(%y[b]) + (1.0 - %t[b]) * log(1.0 - %y[b]))
      %l: f32 = sum[b: ${n}] %e[b]
      %d.s[b: ${n}]: f32 = gradient %l wrt %s
      result value %e
      result gradient %d.s
    }`);
      const values = new Map([
        ['s', { shape: [n], data: Float64Array.from(scores) }],
        ['t', { shape: [n], data: new Float64Array(n).fill(target) }],
      ]);
      const exact = scores.map((s) => softplus(s) - target * s);
      const slope = scores.map((s) => sigmoid(s) - target);
      const optimized = evaluateGraph(simplify(graph).optimized, values).results;
      const found = await runOnCpu(executor, graph, values);
      for (let k = 0; k < n; k++) {
        expect(optimized.get('e')!.data[k]).toBeCloseTo(exact[k]!, 9);
        expect(optimized.get('d.s')!.data[k]).toBeCloseTo(slope[k]!, 9);
        expect(found.get('e')!.data[k]).toBeCloseTo(exact[k]!, 4);
        expect(found.get('d.s')!.data[k]).toBeCloseTo(slope[k]!, 6);
      }
    },
  );

  it('a softmax and a logarithm written apart are exact, with their gradient', async () => {
    const graph = parseGraph(`graph test {
      input %s[b: 3, c: 4]: f32
      input %t[b: 3]: i32
      %m[b: 3]: f32 = max[c: 4] %s[b, c]
      %e[b: 3, c: 4]: f32 = exp(%s[b, c] - %m[b])
      %z[b: 3]: f32 = sum[c: 4] %e[b, c]
      %y[b: 3, c: 4]: f32 = %e[b, c] / %z[b]
      %q[b: 3]: f32 = -log(%y[b, %t[b]])
      %l: f32 = sum[b: 3] %q[b]
      %d.s[b: 3, c: 4]: f32 = gradient %l wrt %s
      result value %q
      result gradient %d.s
    }`);
    const s = [0, 200, -88, 20, 5, 5, 5, 5, -50, 88, 50, 0];
    const values = new Map([
      ['s', { shape: [3, 4], data: Float64Array.from(s) }],
      ['t', { shape: [3], data: Float64Array.of(2, 0, 3) }],
    ]);
    const found = await runOnCpu(executor, graph, values);
    expect([...found.get('q')!.data].map((v) => Number(v.toFixed(4)))).toEqual([288, 1.3863, 88]);
    expect([...found.get('d.s')!.data].map((v) => Number(v.toFixed(4)) + 0)).toEqual([
      0, 1, -1, 0, -0.75, 0.25, 0.25, 0.25, 0, 1, 0, -1,
    ]);
  });
});
