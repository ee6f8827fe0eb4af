/** Every prelude function on a device and on the processor, in f32: value, gradient, gradient of the gradient, and the edge of f32. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import * as edge from '../prelude/extremes.ts';
import { graphOf } from '../prelude/harness.ts';
import { feedsOf, modelOf, optionsOf, titledProbes, valuesOf } from '../prelude/probe-model.ts';
import { executeOn, expectDeviceAgrees } from '../support/execute.ts';

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
