/** Explanations of recurrences: backpropagation through time as the slide writes it, and the truth of each line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Explanation } from '../../compiler/explain/explanation.ts';
import { explain } from '../../compiler/explain/index.ts';
import { formulaText, lineText } from '../../compiler/explain/text.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { runPasses } from '../../compiler/passes/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { explanationText } from '../../src/views/explain-text.ts';
import { withGradients } from '../support/gradient.ts';
import { graphOf } from '../support/graphs.ts';
import { networks } from '../support/recurrences.ts';

function explanationOf(name: string, lines: string, targets: readonly string[]): Explanation {
  const graph = graphOf(lines);
  const backward = differentiate(graph);
  const optimized = runPasses(backward);
  const fused = fuse(optimized, defaultTargets.hardware);
  return explain({ model: name, graph, targets, compiled: { backward, optimized, fused } });
}

const rnn = `
  input  %x[b: 2, t: 4, i: 2]:      f32
  input  %target[b: 2, t: 4, j: 3]: f32
  param  %W[j: 3, i: 2]:            f32
  param  %U[j: 3, k: 3]:            f32
  param  %bias[j: 3]:               f32
  %z.sum[b: 2, t: 4, j: 3]:   f32 = sum[i: 2] %W[j, i] * %x[b, t, i]  @ part of %z
  %z.sum_2[b: 2, t: 4, j: 3]: f32 = sum[k: 3] %U[j, k] * (if 1 <= t then %s[b, t - 1, k] else 0.0)  @ part of %z
  %z[b: 2, t: 4, j: 3]:       f32 = %bias[j] + %z.sum[b, t, j] + %z.sum_2[b, t, j]
  %s[b: 2, t: 4, j: 3]:       f32 = tanh(%z[b, t, j])
  %loss.sum:                  f32 = sum[b: 2, t: 4, j: 3] (%s[b, t, j] - %target[b, t, j]) ** 2  @ part of %loss
  %loss:                      f32 = 0.5 * %loss.sum
  %d.U[j: 3, k: 3]:           f32 = gradient %loss wrt %U
  result loss     %loss
  result gradient %d.U`;

const sigmoid = (z: string): string =>
  `((if ${z} >= 0.0 then 1.0 / (1.0 + exp(-${z})) else exp(${z}) / (1.0 + exp(${z}))) derivative(${z}: result * (1.0 - result)))`;
const gate = (g: number): string => `%z[b, t, ${g}, j]`;

const lstm = `
  input  %x[b: 2, t: 4, i: 2]:    f32
  input  %target[b: 2, j: 3]:     f32
  param  %W[g: 4, j: 3, i: 2]:    f32
  param  %U[g: 4, j: 3, k: 3]:    f32
  param  %bias[g: 4, j: 3]:       f32
  %z.sum[b: 2, t: 4, g: 4, j: 3]:   f32 = sum[i: 2] %W[g, j, i] * %x[b, t, i]  @ part of %z
  %z.sum_2[b: 2, t: 4, g: 4, j: 3]: f32 = sum[k: 3] %U[g, j, k] * (if 1 <= t then %h[b, t - 1, k] else 0.0)  @ part of %z
  %z[b: 2, t: 4, g: 4, j: 3]: f32 = %bias[g, j] + %z.sum[b, t, g, j] + %z.sum_2[b, t, g, j]
  %i[b: 2, t: 4, j: 3]:       f32 = ${sigmoid(gate(0))}
  %f[b: 2, t: 4, j: 3]:       f32 = ${sigmoid(gate(1))}
  %a[b: 2, t: 4, j: 3]:       f32 = tanh(${gate(2)})
  %o[b: 2, t: 4, j: 3]:       f32 = ${sigmoid(gate(3))}
  %c[b: 2, t: 4, j: 3]:       f32 = %f[b, t, j] * (if 1 <= t then %c[b, t - 1, j] else 0.0) + %i[b, t, j] * %a[b, t, j]
  %h[b: 2, t: 4, j: 3]:       f32 = %o[b, t, j] * tanh(%c[b, t, j])
  %loss.sum:                  f32 = sum[b: 2, j: 3] (%h[b, 3, j] - %target[b, j]) ** 2  @ part of %loss
  %loss:                      f32 = 0.5 * %loss.sum
  %d.U[g: 4, j: 3, k: 3]:     f32 = gradient %loss wrt %U
  result loss     %loss
  result gradient %d.U`;

describe.each([
  ['rnn', rnn],
  ['lstm_sequence', lstm],
])('the gradient of U in %s', (name, lines) => {
  const explanation = explanationOf(name, lines, ['U']);
  const text = explanationText(explanation);

  it('is as before', () => {
    const file = new URL(`golden/${name}.txt`, import.meta.url);
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('is checked line by line', () => {
    expect(explanation.verified.kind).toBe('checked');
    expect(text.split('\n').filter((line) => [...line].length > 100)).toEqual([]);
  });
});

test('of an RNN it is the recursion of the slide, then a sum over the batch and time', () => {
  const { steps } = explanationOf('rnn', rnn, ['U']);
  const final = (value: string): string => lineText(steps.find((step) => step.value === value)!.final);
  expect(steps.map(({ value }) => value)).toEqual(['loss', 's', 'z', 'U']);
  expect(final('s')).toContain("[t <= 2] * sum[j'] d.z[b, t + 1, j'] * U[j', j]");
  expect(final('U')).toBe('d.U[j, k] = sum[b, t where t >= 1] d.z[b, t, j] * s[b, t - 1, k]');
});

test('what a maximum in a recurrence passes is told by its position', () => {
  const { steps } = explanationOf(
    'maximum',
    `
  input  %x[b: 2, t: 4, k: 3]: f32
  param  %w[k: 3]:             f32
  %m[b: 2, t: 4]:       f32 = max[k: 3] %x[b, t, k] + (if 1 <= t then %h[b, t - 1, k] else 0.0)
  %h[b: 2, t: 4, k: 3]: f32 = tanh(%w[k] * (%x[b, t, k] - %m[b, t]))
  %loss:                f32 = sum[b: 2, t: 4, k: 3] %h[b, t, k] ** 2
  %d.w[k: 3]:           f32 = gradient %loss wrt %w
  result loss     %loss
  result gradient %d.w`,
    ['w'],
  );
  const through = steps
    .find(({ value }) => value === 'h')!
    .through.find(({ equation }) => equation.left.name === 'm')!;
  expect(through.partials.map(({ value }) => formulaText(value))).toEqual([
    'if t >= 1 then [k == argmax[k] (x[b, t, k] + [t >= 1] * h[b, t - 1, k])] else 0',
  ]);
});

test.each(Object.entries(networks))('%s: each line is true', (name, { text }) => {
  const { graph } = withGradients(graphOf(text({ batch: 2, steps: 3, units: 2 })), new Map(), 3);
  const targets = graph.results.flatMap((result) =>
    result.role === 'gradient' ? [result.name.replace(/^d\./, '')] : [],
  );
  const explanation = explain({ model: name, graph, targets });
  expect(explanation.verified.kind).toBe('checked');
  expect(explanation.steps.filter(({ isTarget }) => isTarget).length).toBeGreaterThan(0);
});
