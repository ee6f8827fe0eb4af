/** Kernels heed the limits of their target, down to a few threads and no workgroup memory, and stay right. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { compile } from '../../compiler/pipeline.ts';
import { defaultTargets, presets, type Target } from '../../compiler/target.ts';
import type { Device } from '../../runtime/device.ts';
import { elementCount } from '../../runtime/extents.ts';
import type { Limits } from '../../runtime/limits.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { compareWithReference } from '../support/device-run.ts';
import { expectDeviceAgrees, type Feeds } from '../support/execute.ts';
import { graphOf as parsed } from '../support/graphs.ts';
import { kernelOf, type TestKernel } from '../support/kernels.ts';

/** Everything up to `%y`, which is the result. */
const graphOf = (lines: string): Graph => parsed(`${lines}\nresult output %y`);

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const graphs: Readonly<Record<string, Graph>> = {
  pointwise: graphOf('input %x[i: 4001]: f32\n%y[i: 4001]: f32 = %x[i] * 2.0 + 1.0'),
  vectors: graphOf('input %x[i: 4096]: f32\n%y[i: 4096]: f32 = %x[i] * 2.0 + 1.0'),
  rows: graphOf(
    'input %x[b: 37, i: 301]: f32\n%m[b: 37]: f32 = max[i: 301] %x[b, i]\n%y[b: 37]: f32 = sum[i: 301] exp(%x[b, i] - %m[b])',
  ),
  place: graphOf('input %x[b: 3, i: 1000]: f32\n%y[b: 3]: i32 = argmax[i: 1000] %x[b, i]'),
  product: graphOf(
    'input %x[b: 64, i: 48]: f32\ninput %w[i: 48, o: 64]: f32\n%y[b: 64, o: 64]: f32 = sum[i: 48] %x[b, i] * %w[i, o]',
  ),
};

const feedsOf = (graph: Graph): Feeds =>
  new Map(
    graph.nodes.flatMap((node) => {
      if (node.kind !== 'input') return [];
      const shape = node.indices.map(({ extent }) => extent);
      const length = elementCount(shape);
      const data = Float64Array.from({ length }, (_, k) =>
        Math.fround((((k + 1) * 7919) % 1009) / 504.5 - 1),
      );
      return [[node.name, { shape, data }] as const];
    }),
  );

const limits: Readonly<Record<string, Partial<Limits>>> = {
  'as they are': {},
  '8 threads': { invocationsPerWorkgroup: 8 },
  '3 threads': { workgroupSizeX: 3 },
  'no workgroup memory': { workgroupStorage: 0 },
  'little workgroup memory': { workgroupStorage: 1024 },
  'few workgroups along a dimension': { workgroupsPerDimension: 9 },
};

// It has no such limits.
test.each(Object.keys(graphs))('the processor: %s', async (which) => {
  const graph = graphs[which]!;
  await expectDeviceAgrees(open.device!, graph, feedsOf(graph), { kind: 'cpu' });
});

describe.each(Object.keys(limits))('%s', (name) => {
  for (const kind of ['hardware', 'software'] as const) {
    test.each(Object.keys(graphs))(`${kind}: %s`, async (which) => {
      const graph = graphs[which]!;
      const own = limits[name]!;
      const target: Target = { ...defaultTargets[kind], ...own };
      for (const { scheduled } of compile(graph, target).printed) {
        expect(scheduled.workgroupSize[0]).toBeLessThanOrEqual(
          Math.min(target.invocationsPerWorkgroup, target.workgroupSizeX),
        );
        expect(scheduled.workgroupStorage).toBeLessThanOrEqual(target.workgroupStorage);
        expect(Math.max(...scheduled.workgroups)).toBeLessThanOrEqual(target.workgroupsPerDimension);
      }
      await expectDeviceAgrees(open.device!, graph, feedsOf(graph), { kind, limits: own });
    });
  }
});

/** One row in one kernel: 1 KiB of workgroup memory for each reduction, with 256 threads. */
const moments = (count: number): TestKernel => {
  const sums = Array.from(
    { length: count },
    (_, k) => `%s${k}[b: 5]: f32 = sum[i: 2048] ${k + 1}.0 * %x[b, i] ** 2`,
  );
  const total = sums.map((_, k) => `%s${k}[b]`).join(' + ');
  return kernelOf(`input %x[b: 5, i: 2048]: f32\n${sums.join('\n')}\n%y[b: 5]: f32 = ${total}`, {
    rows: ['b'],
  });
};

test.each([1, 8, 20, 100])('%i reductions share the workgroup memory, or do without', async (count) => {
  const { guaranteed } = presets;
  const { scheduled, error } = await compareWithReference(
    open.device!.gpu,
    moments(count),
    defaultTargets.hardware,
  );
  expect(error).toBeLessThan(1e-5);
  expect(scheduled.workgroupStorage).toBeLessThanOrEqual(guaranteed.workgroupStorage);
  expect(scheduled.workgroupStorage > 0).toBe(count < 100);
});
