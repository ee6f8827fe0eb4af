/**
 * Random texts of models (`test/support/written.ts`): what the reference computes is what plain loops beside the text
 * compute, every stage says the same of outputs and gradients, gradients agree with differences, and so does the processor.
 */
import { expect, test } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import { recurrencesOf } from '../../compiler/ir/recurrences.ts';
import { lower } from '../../compiler/lower/index.ts';
import { programOf } from '../prelude/program.ts';
import { cpuExecutor, runOnCpu } from '../support/cpu.ts';
import { expectFound } from '../support/execute.ts';
import { written } from '../support/written.ts';
import { failureOfWritten } from '../support/written-cases.ts';

const executor = cpuExecutor(2);

test.each([1, 51])('seeds from %i', { timeout: 300_000 }, async (first) => {
  const seeds = Array.from({ length: 50 }, (_, k) => first + k);
  const failures = seeds.flatMap((seed) => failureOfWritten(seed) ?? []);
  expect(failures.join('\n\n')).toBe('');
  for (const seed of seeds.filter((seed) => seed % 5 === 0)) {
    const { text, feeds } = written(seed);
    const graph = lower(programOf(text), { kind: 'gradient', wrt: [...feeds.keys()] });
    expectFound(await runOnCpu(executor, graph, feeds), differentiate(graph), feeds);
  }
});

test('are written with what they promise', () => {
  const texts = Array.from({ length: 200 }, (_, seed) => written(seed).text);
  const all = texts.join('\n');
  for (const piece of [
    /scan t: 1 /,
    /scan t: 3 /,
    /repeat 0 /,
    /concat\(/,
    /stack\(/,
    /split\(/,
    /reshape\(.*-1/,
    /flatten\(.*over/,
    /transpose\(.*over/,
    /\[-?\d*:-?\d/,
    /where m < t/,
    /where m > t/,
    /_cell\(/,
    /if t < 1 then/,
    /\[.*t \+ 2.*\] else/,
    /repeat [23] \{ (\w+) = \1 \|> A\d+\(A\d+\(M/,
    /\|> e_M\d+ \}/,
    /pad = \(\d, \d\)/,
    /max\[u.* else -inf\)/,
    /\(_, /,
    /, _\) =/,
  ])
    expect(all).toMatch(piece);
  const loops = texts.filter((text) => {
    const { nodes } = lower(programOf(text), { kind: 'run' });
    return recurrencesOf(nodes).length > 0;
  });
  expect(loops.length).toBeGreaterThan(60);
});

test('draw recurrences, repeats, parts and layers as arguments often, over one, two and three positions, and all extents equal', () => {
  const texts = Array.from({ length: 200 }, (_, seed) => written(seed).text);
  const count = (has: (text: string) => boolean): number => texts.filter(has).length;
  for (const n of [1, 2, 3]) {
    const scan = new RegExp(`scan t: ${n} `);
    const cell = new RegExp(`scan t: ${n} .*\\n.*_cell\\(`);
    const ofItself = new RegExp(`^ *(\\w+)\\[[^=]*t: ${n}\\b[^=]*\\] = .*\\(\\1\\[[^\\]]*t [-+]`, 'm');
    const repeat = new RegExp(`repeat ${n} `);
    for (const [piece, least] of [
      [scan, 10],
      [ofItself, 10],
      [cell, 3],
      [repeat, 10],
    ] as const)
      expect(
        count((text) => piece.test(text)),
        `${piece}`,
      ).toBeGreaterThanOrEqual(least);
    const extents = (text: string): readonly string[] =>
      [...text.matchAll(/(?:input|param) \w+: f32\[([^\]]*)\]/g)].flatMap(([, all]) => all!.split(', '));
    const equal = count((text) => extents(text).length > 2 && extents(text).every((one) => one === `${n}`));
    expect(equal, `all extents ${n}`).toBeGreaterThanOrEqual(5);
  }
  for (const [piece, least] of [
    [/\[[^\]]*-?\d+:-?\d*[^\]]*\] *(\n|[-+*)])/, 20],
    [/concat\(/, 15],
    [/ A\d+\(/, 25],
    [/A\d+\(A\d+\(/, 8],
  ] as const)
    expect(
      count((text) => piece.test(text)),
      `${piece}`,
    ).toBeGreaterThanOrEqual(least);
});
