/** Which values the lines of a kernel's text speak of: as data of the nest, whatever the values are called. */
import { describe, expect, test } from 'vitest';
import { classOf } from '../../compiler/classes/index.ts';
import { fuse } from '../../compiler/fuse/index.ts';
import { printAll, spokenLinesOf } from '../../compiler/plan/targets.ts';
import { scheduleAll } from '../../compiler/schedule/all.ts';
import { schedule } from '../../compiler/schedule/index.ts';
import { defaultTargets } from '../../compiler/target.ts';
import { graphOf } from '../support/graphs.ts';
import { kernelOf } from '../support/kernels.ts';

const classes = ['hardware', 'software', 'cpu'] as const;

/** The names are made to mislead: each begins or ends another one, or is what a schedule calls something else. */
const misleading = `
  input %x[b: 6, i: 40]: f32
  input %h_total[i: 40]: f32
  input %t[b: 6]: f32
  %h[b: 6]: f32 = sum[i: 40] %x[b, i] * %h_total[i]
  %h_1[b: 6]: f32 = exp(%h[b])
  %h_1_1[b: 6]: f32 = %h_1[b] + %t[b]
  result output h_1 %h_1
  result output h_1_1 %h_1_1`;

describe.each(classes)('on %s', (kind) => {
  const { graph, kernel, values } = kernelOf(misleading, { rows: ['b'], stores: ['h_1', 'h_1_1'] });
  const scheduled = schedule(kernel, values, defaultTargets[kind]);
  const { language } = classOf(defaultTargets[kind]);
  const lines = spokenLinesOf(scheduled, language);
  const named = (ids: readonly number[]): readonly string[] =>
    ids.map((id) => graph.nodes[id]!.name).toSorted();
  const nameOf = (binding: number): string => graph.nodes[scheduled.bindings[binding]!.values[0]!]!.name;

  test('they are the lines of the text', () => {
    expect(lines.map(({ text }) => `${text}\n`).join('')).toBe(
      printAll([scheduled], defaultTargets[kind])[0]!.text,
    );
  });

  test('a line of the header speaks of the equation that it quotes', () => {
    const quoted = lines.filter(({ text }) => /^(\/\/|;;) {3}%/.test(text));
    expect(quoted.map(({ values }) => named(values))).toEqual([['h'], ['h_1'], ['h_1_1']]);
  });

  test('a declaration speaks of its buffer', () => {
    const declared = lines.filter(({ declares }) => declares !== undefined);
    expect(declared.map(({ values }) => named(values))).toEqual(
      scheduled.bindings.map((_, k) => [nameOf(k)]),
    );
  });

  test('a store speaks of what it writes and of nothing that is only called alike', () => {
    const written = (name: string) =>
      lines.filter(
        ({ text, values }) =>
          (language === 'wgsl' ? /^\s+\w+\[.*\] = / : /^\s+\(f32\.store /).test(text) &&
          named(values).includes(name),
      );
    expect(new Set(written('h_1').flatMap(({ values }) => named(values)))).toEqual(new Set(['h_1']));
    expect(new Set(written('h_1_1').flatMap(({ values }) => named(values)))).toEqual(new Set(['h_1_1']));
  });

  test('the sum is made of what it reads', () => {
    const sums = lines.filter(({ values }) => named(values).join(' ') === 'h h_total x');
    const parts = lines.flatMap(({ text, values }) => (/^(\/\/|;;)/.test(text) ? [] : named(values)));
    expect(sums.length).toBeGreaterThan(0);
    expect(new Set(parts)).toEqual(new Set(['h', 'h_1', 'h_1_1', 'h_total', 't', 'x']));
  });
});

test('a text that two kernels share speaks of the values of each', () => {
  const graph = graphOf(`
    input %a.x[b: 8, i: 6]: f32
    input %b.x[b: 8, i: 6]: f32
    %a.y[b: 8]: f32 = sum[i: 6] exp(%a.x[b, i])
    %b.y[b: 8]: f32 = sum[i: 6] exp(%b.x[b, i])
    result output a %a.y
    result output b %b.y`);
  const target = defaultTargets.hardware;
  const fused = fuse(graph, target);
  const made = scheduleAll(fused.kernels, fused.values, target);
  const spoken = made.map((scheduled) => {
    const ids = spokenLinesOf(scheduled, 'wgsl').flatMap(({ values }) => values);
    return [...new Set(ids.map((id) => fused.graph.nodes[id]!.name))].toSorted();
  });
  expect(new Set(made.map(({ pattern }) => pattern)).size).toBe(1);
  expect(spoken).toEqual([
    ['a.x', 'a.y'],
    ['b.x', 'b.y'],
  ]);
});
