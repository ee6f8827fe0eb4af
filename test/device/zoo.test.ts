/**
 * A sample of the zoo, small, on a device: two steps of a recipe as the reference has them. `NNC_ZOO=all` runs all of them, with
 * kernels of both classes, `NNC_ZOO=gpt` those whose names hold that; the processor runs all (test/zoo/checked.test.ts).
 */
import { afterAll, beforeAll, test } from 'vitest';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';
import { expectTwoSteps, trainingOf } from '../networks/steps.ts';
import { nameOfRecipe, recipes } from '../zoo/small.ts';

const open: { device?: Device } = {};
beforeAll(async () => {
  open.device = await openNodeDevice();
});
afterAll(() => open.device?.close());

const asked = process.env.NNC_ZOO;
const kinds = ['software', 'hardware'] as const;
const all = recipes.flatMap((recipe, k) =>
  // In the sample each has kernels of one class.
  kinds
    .filter((_, at) => asked !== undefined || at === k % 2)
    .map((kind) => [nameOfRecipe(recipe), kind, recipe] as const),
);
const wanted = all.filter(([name], k) =>
  asked === undefined ? k % 8 === 0 : asked === 'all' || name.includes(asked),
);

test.each(wanted)('two steps of %s, %s kernels', { timeout: 600_000 }, async (_, kind, recipe) => {
  await expectTwoSteps(webgpuExecutor(open.device!), trainingOf(recipe), kind);
});
