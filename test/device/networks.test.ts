/**
 * A sample of the networks of the literature, small, on a device: a step of training. The others take software adapters minutes
 * to make pipelines of: `NNC_NETWORKS=resnet18,yolo` names them, for both classes of kernels. The processor and kernels in f64
 * check all of them (test/networks/reduced.test.ts).
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { lower } from '../../compiler/lower/index.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { firstWeights } from '../networks/first-weights.ts';
import { bindings, networks, textOf } from '../networks/networks.ts';
import { programOf } from '../prelude/program.ts';
import { expectDeviceAgrees } from '../support/execute.ts';
import { drawn } from '../support/whole-models.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const kinds = ['software', 'hardware'] as const;
const asked = process.env.NNC_NETWORKS?.split(',').flatMap((name) =>
  kinds.map((kind) => [name, kind] as const),
);
const sample = [
  ['word2vec', 'hardware'],
  ['vae', 'software'],
  ['lenet5', 'software'],
  ['gru_language_model', 'hardware'],
] as const;

describe('small networks', () => {
  test.each(asked ?? sample)('%s, %s kernels', { timeout: 600_000 }, async (name, kind) => {
    const network = networks.find(({ file, model }) => (model ?? file) === name)!;
    const program = programOf(textOf(network), {
      bindings: bindings(network.reduced),
      training: true,
      ...(network.model !== undefined && { model: network.model }),
    });
    for (const part of program.recipe!.parts.keys()) {
      const lowered = lower(program, { kind: 'train', part });
      const feeds = new Map([...drawn(lowered, network.positive), ...firstWeights(program)]);
      await expectDeviceAgrees(open.device!, lowered, feeds, { kind });
    }
  });
});
