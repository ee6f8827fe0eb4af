/**
 * Every prelude function on a device and on the processor, in f32: value, gradient, gradient of the gradient, and the edge of f32;
 * and what draws while training.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import * as edge from '../prelude/extremes.ts';
import { draws, graphOf, scalar64, tensor64 } from '../prelude/harness.ts';
import { feedsOf, modelOf, optionsOf, titledProbes, valuesOf } from '../prelude/probe-model.ts';
import { executeOn, expectDeviceAgrees } from '../support/execute.ts';

/** Of images; a draw is the same number everywhere. */
const drawing = [
  ...['dropout(x)', 'dropout(x, 0.25)', 'unscaled_dropout(x, 0.25)', 'noisy(x, 0.5)', 'flipped(x)'],
  ...['shifted(x, 1)', 'recoloured(x, 0.2)', 'rotated(x, 30)', 'zoomed(x, 0.2)'],
];
const images = [5, 2, 7, 3] as const;
const drawingGraph = (call: string) =>
  graphOf(
    `model m {
  input x: f32[${images.join(', ')}]
  output y = ${call}
  output slope = grad(sum(y * y), x)
}
`,
    'run',
    { training: true },
  );
const drawingFeeds = new Map([
  ['x', tensor64(images, draws(5, 210))],
  ['key', scalar64(20250101)],
]);

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

describe.each(['software', 'hardware', 'cpu'] as const)('the prelude on the device, %s kernels', (kind) => {
  test.each(titledProbes)('%s', async (_, probe) => {
    const feeds = new Map(Object.entries(feedsOf(probe, valuesOf(probe))));
    await expectDeviceAgrees(open.device!, graphOf(modelOf(probe), 'run', optionsOf(probe)), feeds, { kind });
  });

  test.each(drawing)('%s in training', async (call) => {
    await expectDeviceAgrees(open.device!, drawingGraph(call), drawingFeeds, { kind });
  });

  test.each(edge.extremes.map((extreme) => [edge.titleOf(extreme), extreme] as const))(
    '%s',
    async (_, extreme) => {
      const feeds = new Map(Object.entries(edge.feedsOf(extreme)));
      const found = await executeOn(open.device!, graphOf(edge.modelOf(extreme), 'run'), feeds, kind);
      for (const [name, expected] of [
        ['y', extreme.value],
        ['slope', extreme.gradient],
      ] as const) {
        for (const [k, value] of expected.entries()) {
          const error = Math.abs(found.get(name)!.data[k]! - value);
          expect(error, `${name}[${k}]`).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value)));
        }
      }
    },
  );
});
