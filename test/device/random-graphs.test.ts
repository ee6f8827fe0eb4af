/** Random equation graphs through the whole back end, on a device, against the f64 reference. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { expectDeviceAgrees } from '../support/execute.ts';
import { randomCase } from '../support/random-case.ts';
import type { RandomGraph } from '../support/random-graph.ts';
import { trouble } from '../support/trouble.ts';

/** `GRAPHS=5000 SEED=100000 npm test -- random-graphs` runs as many, from any place. */
const count = Number(process.env.GRAPHS ?? 320);
const first = Number(process.env.SEED ?? 1);
/** Graphs a test: a failure names its seed, and the others go on. */
const chunk = 40;

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

/** As a test for each chunk of seeds. */
function onDevice(first: number, count: number, graphOf: (seed: number) => RandomGraph): void {
  for (let start = first; start < first + count; start += chunk) {
    const end = Math.min(start + chunk, first + count);
    test(`seeds ${start} to ${end - 1}`, { timeout: 20_000 * chunk }, async () => {
      for (let seed = start; seed < end; seed++) {
        const { graph, feeds } = graphOf(seed);
        const kind = seed % 2 === 0 ? 'software' : 'hardware';
        await expectDeviceAgrees(open.device!, graph, feeds, { kind }).catch((failure: unknown) => {
          throw new Error(
            `seed ${seed} (${kind} kernels): ${failure instanceof Error ? failure.message : failure}`,
          );
        });
      }
    });
  }
}

describe('random graphs on the device', () => {
  onDevice(first, count, randomCase);
});

/** A sample: the rest is compared without a device, see `test/stages`. */
describe('graphs that look for trouble on the device', () => {
  onDevice(first, Math.ceil(count / 4), (seed) => trouble(seed));
});
