/**
 * Prepared dispatches come in, the time that each kernel takes on the device goes out.
 *
 * Every dispatch gets a pass of its own in which it is repeated, between two timestamps: these are coarse, and
 * a pass has a cost of its own, so a single run of a small kernel would measure neither.
 */
import type { Device } from '../device.ts';
import type { KernelTime } from '../executor.ts';
import { mapped, usage } from './buffers.ts';
import type { Prepared, PreparedDispatch } from './prepare.ts';

interface ProfiledDispatch extends PreparedDispatch {
  /** The offsets of the positions that it runs at, one after another; none outside of loops. */
  readonly offsets?: Uint32Array;
}

/** WebGPU allows 4096 queries in a set. */
const dispatchesPerSet = 2048;

/** One time for each dispatch, in order. In-place kernels are repeated too: the caller restores what they change. */
export async function profileDispatches(
  device: Device,
  { steps, positions }: Prepared,
  repeats: number,
): Promise<readonly KernelTime[]> {
  const dispatches = steps.flatMap((step): readonly ProfiledDispatch[] => {
    if (step.kind === 'copy') return [];
    return step.kind === 'dispatch'
      ? [step]
      : step.dispatches.map((one) => ({ ...one, offsets: step.offsets }));
  });
  const repeated =
    ({ pipeline, bindGroup, position, offsets, step }: ProfiledDispatch, turns: number) =>
    (pass: GPUComputePassEncoder): void => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      for (let k = 0; k < turns; k++) {
        if (position) pass.setBindGroup(1, positions!, offsets!, k % offsets!.length, 1);
        pass.dispatchWorkgroups(...step.workgroups);
      }
    };
  // The first dispatch of a pipeline may still compile it.
  const measure = device.info.features.includes('timestamp-query') ? byTimestamps : byWallClock;
  await measure(
    device,
    dispatches.map((one) => ({ label: one.label, record: repeated(one, 1) })),
  );
  const microseconds = await measure(
    device,
    dispatches.map((one) => ({ label: one.label, record: repeated(one, repeats) })),
  );
  return dispatches.map(({ step: { name, equations, origins }, offsets }, k) => ({
    name,
    microseconds: microseconds[k]! / repeats,
    times: offsets?.length ?? 1,
    equations,
    origins,
  }));
}

/** What is recorded into one pass. */
interface Work {
  readonly label: string;
  readonly record: (pass: GPUComputePassEncoder) => void;
}

/** The microseconds of each. */
async function byTimestamps(device: Device, works: readonly Work[]): Promise<readonly number[]> {
  const times: number[] = [];
  for (let start = 0; start < works.length; start += dispatchesPerSet) {
    const part = works.slice(start, start + dispatchesPerSet);
    const stamps = await timestamps(device, part);
    part.forEach((_, i) => void times.push(Number(stamps[2 * i + 1]! - stamps[2 * i]!) / 1000));
  }
  return times;
}

/** Without timestamps: the time until the device has done it, less that of an empty pass. */
async function byWallClock(device: Device, works: readonly Work[]): Promise<readonly number[]> {
  const { queue } = device.gpu;
  const milliseconds = async (record: Work['record']): Promise<number> => {
    const encoder = device.gpu.createCommandEncoder({ label: 'profile' });
    const pass = encoder.beginComputePass({ label: 'profile' });
    record(pass);
    pass.end();
    const commands = encoder.finish();
    await queue.onSubmittedWorkDone();
    const start = performance.now();
    queue.submit([commands]);
    await queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  const empty = Math.min(await milliseconds(() => {}), await milliseconds(() => {}));
  const times: number[] = [];
  for (const { record } of works) times.push(1000 * Math.max(0, (await milliseconds(record)) - empty));
  return times;
}

/** Nanoseconds before and after each pass. */
async function timestamps(device: Device, works: readonly Work[]): Promise<BigUint64Array> {
  const { gpu } = device;
  const count = 2 * works.length;
  const size = 8 * count;
  const label = 'profile';
  const querySet = gpu.createQuerySet({ label, type: 'timestamp', count });
  const resolved = gpu.createBuffer({ label, size, usage: usage.queryResolve | usage.copySrc });
  const staging = gpu.createBuffer({ label, size, usage: usage.mapRead | usage.copyDst });
  try {
    const encoder = gpu.createCommandEncoder({ label });
    works.forEach(({ label: name, record }, i) => {
      const pass = encoder.beginComputePass({
        label: name,
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        },
      });
      record(pass);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    gpu.queue.submit([encoder.finish()]);
    await mapped(device, staging);
    return new BigUint64Array(staging.getMappedRange().slice(0));
  } finally {
    querySet.destroy();
    resolved.destroy();
    staging.destroy();
  }
}
