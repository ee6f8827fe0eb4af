/**
 * A sample of the networks of the literature, small, on a device: value, gradient and two steps of training. The others take
 * software adapters minutes to make pipelines of: `NNC_NETWORKS=all` runs all 24, `NNC_NETWORKS=resnet18,yolo` those that it names,
 * each with kernels of both classes. The processor and kernels in f64 check all of them (test/networks/reduced.test.ts).
 */
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';
import { nameOf, networks, subjectOf } from '../networks/networks.ts';
import { expectTwoSteps, trainingOf } from '../networks/steps.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const kinds = ['software', 'hardware'] as const;
const names =
  process.env.NNC_NETWORKS === 'all' ? networks.map(nameOf) : process.env.NNC_NETWORKS?.split(',');
const asked = names?.flatMap((name) => kinds.map((kind) => [name, kind] as const));
const sample = [
  ['word2vec', 'hardware'],
  ['vae', 'software'],
  ['lenet5', 'software'],
  ['gru_language_model', 'hardware'],
  ['alexnet', 'software'],
  ['network_in_network', 'hardware'],
  ['vgg16', 'software'],
  ['resnet18', 'software'],
] as const;

describe('small networks', () => {
  test.each(asked ?? sample)('%s, %s kernels', { timeout: 1_200_000 }, async (name, kind) => {
    const network = networks.find((one) => nameOf(one) === name)!;
    await expectTwoSteps(webgpuExecutor(open.device!), trainingOf(subjectOf(network)), kind);
  });
});
