/** Equations that read many tensors, for kernels that bind few: the same numbers, and no equation reads too many. */

import { describe, expect, test } from 'vitest';
import { narrow } from '../../compiler/fuse/narrow.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { loadsOfNode } from '../../compiler/ir/nodes.ts';
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { elementCount } from '../../runtime/extents.ts';
import { expectSameResults } from '../support/agreement.ts';
import { graphOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';

const limits = Array.from({ length: 13 }, (_, k) => k + 4);
const withLimit = (storageBuffersPerStage: number): Target => ({
  ...defaultTargets.software,
  storageBuffersPerStage,
});

const times = (n: number, make: (k: number) => string): readonly string[] =>
  Array.from({ length: n }, (_, k) => make(k));
const inputs = (n: number, indices: string): string =>
  times(n, (k) => `  input %x${k}[${indices}]: f32`).join('\n');
const reads = (n: number, at = 'i'): readonly string[] => times(n, (k) => `%x${k}[${at}]`);
const result = '\n  result output y %y';

const wide: Readonly<Record<string, string>> = {
  'a sum of 40': `${inputs(40, 'i: 5')}
  %y[i: 5]: f32 = ${reads(40).join(' + ')}`,
  'a sum and difference of 40, nested to the right': `${inputs(40, 'i: 3')}
  %y[i: 3]: f32 = ${reads(40).reduceRight((rest, x, k) => `${x} ${k % 3 === 0 ? '-' : '+'} (${rest})`)}`,
  'a product of 20': `${inputs(20, 'i: 5')}
  %y[i: 5]: f32 = ${reads(20).join(' * ')}`,
  'a sum of 14 products of two': `${inputs(28, 'i: 4')}
  %y[i: 4]: f32 = ${times(14, (k) => `%x${2 * k}[i] * %x${2 * k + 1}[i]`).join(' + ')}`,
  'a chain of 32 choices': `${inputs(33, 'i: 3')}
  %y[s: 33, i: 3]: f32 = ${times(32, (k) => `if s == ${k} then %x${k}[i] else `).join('')}%x32[i]`,
  'choices by data': `${inputs(30, 'i: 3')}
  %y[i: 3]: f32 = ${times(14, (k) => `if %x${k}[i] < %x${k + 1}[i] then %x${k + 15}[i] else `).join('')}%x29[i]`,
  'a reduced sum of 12': `${inputs(12, 'i: 3, j: 4')}
  %y[i: 3]: f32 = sum[j: 4] ${reads(12, 'i, j').join(' + ')}`,
  'the maximum of a sum of 12': `${inputs(12, 'i: 3, j: 4')}
  %y[i: 3]: f32 = max[j: 4] ${reads(12, 'i, j').join(' + ')}`,
  'a reduction with guards that read': `${inputs(20, 'i: 3, j: 4')}
  %y[i: 3]: f32 = sum[j: 4 where ${reads(9, 'i, j').join(' + ')} < 4.5, %x9[i, j] < %x10[i, j]] ${reads(20, 'i, j').slice(11).join(' * ')}`,
  'a sum of 18 under a guard that reads': `${inputs(20, 'i: 3, j: 4')}
  %y[i: 3]: f32 = sum[j: 4 where %x18[i, j] < %x19[i, j]] ${reads(18, 'i, j').join(' + ')}`,
  gathers: `${times(20, (k) => `  input %k${k}[i: 5]: i32\n  input %x${k}[j: 7]: f32`).join('\n')}
  %y[i: 5]: f32 = ${times(20, (k) => `%x${k}[%k${k}[i]]`).join(' + ')}`,
  'a gather by many positions': `${times(19, (k) => `  input %k${k}[i: 5]: i32`).join('\n')}
  input %x0[j: 7]: f32
  %y[i: 5]: f32 = %x0[${times(19, (k) => `%k${k}[i]`).reduce((a, b) => `minimum(${a}, ${b})`)}]`,
  'a scalar of 40 reads': `${times(40, (k) => `  input %x${k}: f32`).join('\n')}
  %y: f32 = exp(-(${times(40, (k) => `%x${k} * %x${(k + 7) % 40}`).join(' + ')}))`,
  'many functions of many': `${inputs(24, 'i: 3')}
  %y[i: 3]: f32 = ${reads(24).reduce((all, x) => `tanh(${all} + ${x} * ${x})`)}`,
};

/** Numbers from 0 to 1; integers are positions. */
function drawn({ nodes }: Graph): ReadonlyMap<string, Tensor64> {
  const random = randomSource(7);
  return new Map(
    nodes.flatMap(({ kind, name, dtype, indices }): readonly (readonly [string, Tensor64])[] => {
      if (kind === 'equation') return [];
      const shape = indices.map(({ extent }) => extent);
      const length = elementCount(shape);
      const draw = (): number => (dtype === 'f32' ? random.number() : random.integer(0, 6));
      return [[name, { shape, data: Float64Array.from({ length }, draw) }]];
    }),
  );
}

const mostReads = ({ nodes }: Graph): number =>
  Math.max(...nodes.map((node) => new Set(loadsOfNode(node).map(({ value }) => value)).size));

describe.each(Object.entries(wide))('%s', (_, lines) => {
  const graph = graphOf(lines + result);
  const feeds = drawn(graph);
  test.each(limits)('within %i buffers', (limit) => {
    const narrowed = narrow(graph, withLimit(limit));
    expect(mostReads(narrowed)).toBeLessThan(limit);
    expectSameResults(graph, narrowed, feeds);
  });
});

describe('what reads few', () => {
  const graph = graphOf(`${inputs(7, 'i: 3')}\n  %y[i: 3]: f32 = ${reads(7).join(' + ')}${result}`);
  test('stays the same object', () => {
    expect(narrow(graph, withLimit(8))).toBe(graph);
  });
  test('is split by the first limit that it is over', () => {
    const narrowed = narrow(graph, withLimit(7));
    expect(narrowed.nodes.length).toBeGreaterThan(graph.nodes.length);
    expect(mostReads(narrowed)).toBe(6);
  });
  test('stays the same equation beside one that is split', () => {
    const both = graphOf(`${inputs(9, 'i: 3')}
  %few[i: 3]: f32 = ${reads(7).join(' + ')}
  %y[i: 3]: f32 = ${reads(9).join(' + ')} + %few[i]
  result output few %few${result}`);
    const narrowed = narrow(both, withLimit(8));
    expect(narrowed.nodes.filter(({ name }) => name.startsWith('few')).map(({ name }) => name)).toEqual([
      'few',
    ]);
    expectSameResults(both, narrowed, drawn(both));
  });
});

test('updates and results that are split keep their names', () => {
  const graph = graphOf(`${inputs(10, 'i: 3')}
  param %w[i: 3]: f32
  %y[i: 3]: f32 = %w[i] + ${reads(10).join(' + ')}${result}
  update %w <- %y`);
  const narrowed = narrow(graph, withLimit(4));
  expect(mostReads(narrowed)).toBeLessThan(4);
  expectSameResults(graph, narrowed, drawn(graph));
});
