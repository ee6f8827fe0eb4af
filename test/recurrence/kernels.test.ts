/**
 * Recurrent networks as kernels, with the gradients of their parameters: the dispatches of one position, against a
 * golden (`UPDATE_GOLDEN=1` writes it again), and what kernels and nests compute, against the reference.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fuse } from '../../compiler/fuse/index.ts';
import type { Kernel } from '../../compiler/fuse/kernel.ts';
import { unitsOf } from '../../compiler/fuse/units.ts';
import { firstFault } from '../../compiler/gradcheck/stages.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { simplify } from '../../compiler/pipeline.ts';
import type { Tensor64 } from '../../compiler/reference/tensor.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import { completed } from '../support/gradient.ts';
import { graphOf } from '../support/graphs.ts';
import { randomSource } from '../support/random.ts';
import { type Extents, networks } from '../support/recurrences.ts';

/** The network with a weighted sum of its result as loss, and the gradients of its parameters. */
function training(name: string, extents: Extents): Graph {
  const text = networks[name]!.text(extents);
  const params = [...text.matchAll(/param %(\w+)\[([^\]]*)\]/g)].map((m) => [m[1]!, m[2]!] as const);
  const result = graphOf(text).nodes.find((node) => node.name === 'y')!;
  const shape = result.indices.map((i) => `${i.name}: ${i.extent}`).join(', ');
  const point = result.indices.map((i) => i.name).join(', ');
  return graphOf(
    [
      text.replace('result output %y', ''),
      `input %target[${shape}]: f32`,
      `%loss: f32 = sum[${shape}] %y[${point}] * %target[${point}]`,
      ...params.map(([of, indices]) => `%d.${of}[${indices}]: f32 = gradient %loss wrt %${of}`),
      'result loss %loss',
      ...params.map(([of]) => `result gradient %d.${of}`),
    ].join('\n'),
  );
}

const members = ({ steps, stores }: Kernel): string =>
  steps.map(({ name, value }) => `${name}${stores.includes(value) ? '*' : ''}`).join(' ');

/** What runs, in order: of a loop each stretch, its dispatches apart, with * for what is stored. */
function runText(name: string, extents: Extents, target: Target): readonly string[] {
  const { kernels } = fuse(simplify(training(name, extents)).optimized, target);
  return unitsOf(kernels).map((unit) => {
    if (unit.kind === 'kernel') return `  ${members(kernels[unit.at]!)}`;
    const { name: index, from, count, by } = unit.position;
    const inside = kernels.slice(unit.from, unit.until).map(members);
    return `  ${index} from ${from} ${by > 0 ? 'up' : 'down'}, ${count} of ${extents.steps}: ${inside.join(' | ')}`;
  });
}

const usual: Extents = { batch: 8, steps: 6, units: 16 };

test('the dispatches of each network, forward and backward', () => {
  const text = Object.keys(networks)
    .flatMap((name) => [`${name}`, ...runText(name, usual, defaultTargets.hardware), ''])
    .join('\n');
  const file = new URL('../golden/loops.txt', import.meta.url);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, text);
  else expect(text).toBe(readFileSync(file, 'utf8'));
});

/** How many dispatches a position has in the longest stretch, forward and backward. */
const dispatches = (name: string, target: Target): readonly number[] => {
  const stretches = runText(name, { ...usual, steps: 9 }, target).flatMap((line) => {
    const [, way, count] = / (up|down), (\d+) of/.exec(line) ?? [];
    return way === undefined ? [] : [{ way, count: Number(count), dispatches: line.split('|').length }];
  });
  return ['up', 'down'].map((way) => {
    const own = stretches.filter((stretch) => stretch.way === way).sort((x, y) => y.count - x.count);
    return own[0]!.dispatches;
  });
};

test.each([
  ['LSTM', 8, [2, 2]],
  ['GRU', 8, [2, 3]],
  ['decoder of a translator', 8, [7, 11]],
  ['decoder of a translator', 12, [7, 9]],
])('%s, %i buffers a kernel: few dispatches a step', (name, storageBuffersPerStage, expected) => {
  expect(dispatches(name, { ...defaultTargets.hardware, storageBuffersPerStage })).toEqual(expected);
});

test.each(['LSTM', 'GRU'])('%s: as many dispatches for 512 steps as for 8', (name) => {
  const loops = (steps: number): readonly string[] =>
    runText(name, { ...usual, steps }, defaultTargets.hardware).filter((line) => line.includes(' from '));
  const plain = (steps: number): readonly string[] =>
    loops(steps).map((line) => line.replace(/from \d+|\d+ of \d+/g, ''));
  expect(plain(512)).toEqual(plain(8));
});

describe.each(Object.keys(networks))('%s: kernels and nests compute what the graph says', (name) => {
  test.each<Extents>([
    { batch: 2, steps: 4, units: 3 },
    { batch: 3, steps: 3, units: 3 },
    { batch: 1, steps: 2, units: 4 },
  ])('$batch rows of $steps steps, $units units', (extents) => {
    const graph = training(name, extents);
    const feeds = completed(graph, new Map(), randomSource(7));
    expect(firstFault(graph, Object.values(defaultTargets), feeds)).toBeUndefined();
  });
});

describe('a read that no element uses stays away from what other threads write at the position', () => {
  const feedsOf = (graph: Graph): ReadonlyMap<string, Tensor64> =>
    completed(graph, new Map(), randomSource(5));
  test.each([
    [
      'of a neighbour on another axis',
      `input %x[t: 2, j: 2]: f32
       %p[t: 2, j: 2]: f32 = sum[q: 2] %x[j, q] * (if t <= 0 then %s[t + 1, q] else 0.5)
       %s[t: 2, j: 2]: f32 = tanh(%x[t, j] + %p[t, j] + (if t <= 0 and 1 <= j then %s[t + 1, j - 1] else 0.5))
       result output %s`,
    ],
    [
      'of a history, transposed',
      `input %x[i: 4, t: 4, k: 4]: f32
       %p[i: 4, t: 4, k: 4]: f32 = sum[m: 4 where m < t] %s[k, m, i]
       %s[i: 4, t: 4, k: 4]: f32 = tanh(%x[i, t, k] + %p[i, t, k])
       result output %s`,
    ],
    [
      'of a history, backward',
      `input %x[t: 4, i: 3]: f32
       %p[t: 4, i: 3]: f32 = max[m: 4 where t < m] %s[m, 2 - i]
       %s[t: 4, i: 3]: f32 = tanh(%x[t, i] + 0.1 * %p[t, i])
       result output %s`,
    ],
  ])('%s', (_, text) => {
    const graph = graphOf(text);
    expect(firstFault(graph, Object.values(defaultTargets), feedsOf(graph))).toBeUndefined();
  });
});
