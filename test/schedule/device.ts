/** One software device for a file of tests, and the checks that all of them make: nests in f64, kernels on it and on the processor. */
import { afterAll, beforeAll, expect } from 'vitest';
import { defaultTargets } from '../../compiler/target.ts';
import type { Device } from '../../runtime/device.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { compareWithReference } from '../support/device-run.ts';
import type { TestKernel } from '../support/kernels.ts';
import { expectNestAgrees } from '../support/nests.ts';
import { compareOnProcessor } from '../support/processor-run.ts';

export interface Expectations {
  readonly schedule?: string;
  /** Of the kernels that run on the device; nests of all classes are evaluated. */
  readonly classes?: readonly AdapterClass[];
  /** Of random integers: the first number that is too large, by leaf. */
  readonly below?: Readonly<Record<string, number>>;
  readonly tolerance?: number;
}

type AdapterClass = 'software' | 'hardware';
const bothClasses: readonly AdapterClass[] = ['software', 'hardware'];

export type Expect = (test: TestKernel, expectations?: Expectations) => Promise<void>;

/** Opens a device before the tests; the function compares nests of all classes with the reference, and kernels on it and on the processor. */
export function onDevice(): Expect {
  const held: { device?: Device } = {};
  beforeAll(async () => {
    held.device = await openNodeDevice({ device: 'software' });
  });
  afterAll(() => held.device?.close());
  return async (test, { schedule, classes, below = {}, tolerance = 3e-6 } = {}) => {
    for (const target of Object.values(defaultTargets)) expectNestAgrees(test, target, below);
    const { scheduled: own, error: onProcessor } = compareOnProcessor(test, below);
    expect(onProcessor, `processor: ${own.decision.because}`).toBeLessThan(tolerance);
    if (schedule !== undefined) expect(own.decision.chosen).toBe(schedule);
    for (const kind of classes ?? bothClasses) {
      const { gpu } = held.device!;
      const { scheduled, error } = await compareWithReference(gpu, test, defaultTargets[kind], { below });
      if (schedule !== undefined) expect(scheduled.decision.chosen).toBe(schedule);
      expect(error, `${kind}: ${scheduled.decision.because}`).toBeLessThan(tolerance);
      held.device!.check();
    }
  };
}
