/** Deviations from a mean: 0 where it is the mean of just these numbers, and a sum where it is not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { parseGraph } from '../../compiler/ir/parse.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { centredSums } from '../../compiler/passes/centred-sums.ts';
import { expectSameResults } from '../support/agreement.ts';
import { completed } from '../support/gradient.ts';
import { randomSource } from '../support/random.ts';

const leaves = `
  input %x[n: 4, j: 4, c: 4]: f32
  input %z[n: 4, j: 4, c: 4]: f32`;

const graphOf = (sum: string, mean: string, deviations: string): Graph =>
  parseGraph(`graph test {${leaves}
    ${sum}
    ${mean}
    ${deviations}
    result value %y
  }`);

const text = (graph: Graph): string => {
  const node = graph.nodes.find(({ name }) => name === 'y')!;
  return printNode(node, graph.nodes);
};

describe('centred-sums', () => {
  // Equal extents: only the names tell which axis is which.
  const overC = [
    '%s[a: 4, b: 4]: f32 = sum[k: 4] %x[a, b, k]',
    '%m[n: 4, j: 4]: f32 = %s[n, j] / 4.0',
  ] as const;
  const swapped = [
    '%s[b: 4, a: 4]: f32 = sum[k: 4] %x[a, b, k]',
    '%m[n: 4, j: 4]: f32 = %s[j, n] / 4.0',
  ] as const;
  const overTwo = ['%s[c: 4]: f32 = sum[p: 4, q: 4] %x[p, q, c]', '%m[c: 4]: f32 = %s[c] / 16.0'] as const;
  const all = ['%s: f32 = sum[p: 4, q: 4, r: 4] %x[p, q, r]', '%m: f32 = %s / 64.0'] as const;

  it.each([
    [...overC, '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[n, j, c] - %m[n, j]'],
    [...overC, '%y[n: 4, j: 4]: f32 = sum[c: 4] %m[n, j] - %x[n, j, c]'],
    [...overC, '%y[n: 4]: f32 = sum[c: 4] %x[n, n, c] - %m[n, n]'],
    [...swapped, '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[n, j, c] - %m[n, j]'],
    [...overTwo, '%y[c: 4]: f32 = sum[j: 4, n: 4] %x[n, j, c] - %m[c]'],
    [...all, '%y: f32 = sum[c: 4, j: 4, n: 4] %x[n, j, c] - %m'],
  ])('%s %s %s', (sum, mean, deviations) => {
    const graph = graphOf(sum, mean, deviations);
    const made = centredSums.run(graph);
    expect(text(made)).toMatch(/ = 0\.0$/);
    expectSameResults(graph, made, completed(graph, new Map(), randomSource(1)));
  });

  it.each([
    // another tensor, another axis, another row, a part, another count, other conditions, another sum
    [...overC, '%y[n: 4, j: 4]: f32 = sum[c: 4] %z[n, j, c] - %m[n, j]'],
    [...overC, '%y[n: 4, c: 4]: f32 = sum[j: 4] %x[n, j, c] - %m[n, c]'],
    [...overC, '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[n, j, c] - %m[j, n]'],
    [...overC, '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[n, j, (c + 1) mod 4] - %m[n, j]'],
    [...overC, '%y[n: 4]: f32 = sum[c: 4, j: 4] %x[n, j, c] - %m[n, j]'],
    [...overC, '%y[n: 4, j: 4]: f32 = sum[c: 4 where c <= 2] %x[n, j, c] - %m[n, j]'],
    [...overC, '%y[n: 4]: f32 = sum[c: 4] %x[n, c, c] - %m[n, n]'],
    [...swapped, '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[j, n, c] - %m[n, j]'],
    [...overTwo, '%y[c: 4]: f32 = sum[j: 4, n: 4] %x[n, n, c] - %m[c]'],
    [
      overC[0],
      '%m[n: 4, j: 4]: f32 = %s[n, j] / 5.0',
      '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[n, j, c] - %m[n, j]',
    ],
    [
      '%s[a: 4, b: 4]: f32 = max[k: 4] %x[a, b, k]',
      overC[1],
      '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[n, j, c] - %m[n, j]',
    ],
    [
      '%s[a: 4, b: 4]: f32 = sum[k: 4 where k <= 2] %x[a, b, k]',
      overC[1],
      '%y[n: 4, j: 4]: f32 = sum[c: 4] %x[n, j, c] - %m[n, j]',
    ],
  ])('not %s %s %s', (sum, mean, deviations) => {
    const graph = graphOf(sum, mean, deviations);
    expect(centredSums.run(graph)).toBe(graph);
  });

  it('keeps the values of deviations from means, whichever', () => {
    const names = ['n', 'j', 'c'] as const;
    const part = fc.subarray([...names], { minLength: 1 });
    const place = fc.constantFrom('n', 'j', 'c', 'n', 'j', 'c', '0', 'n div 2');
    const cases = fc.record({
      extent: fc.constantFrom(1, 2, 3),
      // Most often the sum runs over what the mean is of, and reads both as they stand.
      meanOver: part,
      sumOver: fc.option(part, { freq: 1 }),
      at: fc.option(fc.tuple(place, place, place), { freq: 2 }),
      meanAt: fc.option(fc.tuple(place, place, place), { freq: 2 }),
      offBy: fc.constantFrom(0, 0, 0, 0, 1),
      turned: fc.boolean(),
      seed: fc.integer({ min: 1, max: 1000 }),
    });
    let zeros = 0;
    fc.assert(
      fc.property(cases, ({ extent, meanOver, sumOver, at, meanAt, offBy, turned, seed }) => {
        const over = sumOver ?? meanOver;
        const list = (some: readonly string[]): string => some.map((name) => `${name}: ${extent}`).join(', ');
        const kept = names.filter((name) => !meanOver.includes(name));
        const left = names.filter((name) => !over.includes(name));
        const shape = (of: readonly string[]): string => (of.length === 0 ? '' : `[${list(of)}]`);
        const read = (value: string, places: readonly string[]): string =>
          places.length === 0 ? value : `${value}[${places.join(', ')}]`;
        const x = read('%x', at ?? names);
        const m = read(
          '%m',
          kept.map((name) => meanAt?.[names.indexOf(name)] ?? name),
        );
        const graph = parseGraph(`graph test {
          input %x[${list(names)}]: f32
          %s${shape(kept)}: f32 = sum[${list(meanOver)}] %x[n, j, c]
          %m${shape(kept)}: f32 = ${read('%s', kept)} / ${extent ** meanOver.length + offBy}.0
          %y${shape(left)}: f32 = sum[${list(over)}] ${turned ? `${m} - ${x}` : `${x} - ${m}`}
          result value %y
        }`);
        const made = centredSums.run(graph);
        if (made !== graph) zeros++;
        expectSameResults(graph, made, completed(graph, new Map(), randomSource(seed)));
      }),
      { numRuns: 600 },
    );
    expect(zeros).toBeGreaterThan(60);
  });
});
