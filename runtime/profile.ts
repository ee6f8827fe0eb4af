/**
 * Prepared dispatches come in, the time that each kernel takes on the device goes out.
 *
 * Every dispatch gets a pass of its own in which it is repeated, between two timestamps: these are coarse, and
 * a pass has a cost of its own, so a single run of a small kernel would measure neither.
 */
import { mapped, usage } from './buffers.ts';
import type { Device } from './device.ts';
import type { KernelSpec } from './program.ts';

export interface KernelTime {
  readonly kernel: string;
  /** The mean time of one dispatch. */
  readonly microseconds: number;
  readonly equations: readonly string[];
  readonly origins: readonly string[];
}

export interface ProfiledDispatch {
  readonly kernel: KernelSpec;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

/** WebGPU allows 4096 queries in a set. */
const dispatchesPerSet = 2048;

/** One time for each dispatch, in order. In-place kernels are repeated too: the caller restores what they change. */
export async function profileDispatches(
  device: Device,
  dispatches: readonly ProfiledDispatch[],
  repeats: number,
): Promise<readonly KernelTime[]> {
  if (!device.info.features.includes('timestamp-query')) return byWallClock(device, dispatches, repeats);
  const times: KernelTime[] = [];
  for (let start = 0; start < dispatches.length; start += dispatchesPerSet) {
    const part = dispatches.slice(start, start + dispatchesPerSet);
    const stamps = await timestamps(device, part, repeats);
    part.forEach(({ kernel }, i) => {
      const nanoseconds = Number(stamps[2 * i + 1]! - stamps[2 * i]!);
      const { name, equations, origins } = kernel;
      times.push({ kernel: name, microseconds: nanoseconds / 1000 / repeats, equations, origins });
    });
  }
  return times;
}

/** Without timestamps: the time until the device has done the repeated dispatches, less that of an empty pass. */
async function byWallClock(
  device: Device,
  dispatches: readonly ProfiledDispatch[],
  repeats: number,
): Promise<readonly KernelTime[]> {
  const { queue } = device.gpu;
  const milliseconds = async (record: (pass: GPUComputePassEncoder) => void): Promise<number> => {
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
  const times: KernelTime[] = [];
  for (const { kernel, pipeline, bindGroup, workgroups } of dispatches) {
    const taken = await milliseconds((pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      for (let k = 0; k < repeats; k++) pass.dispatchWorkgroups(...workgroups);
    });
    const { name, equations, origins } = kernel;
    const microseconds = (1000 * Math.max(0, taken - empty)) / repeats;
    times.push({ kernel: name, microseconds, equations, origins });
  }
  return times;
}

/** Nanoseconds before and after the repeated dispatches of each pass. */
async function timestamps(
  device: Device,
  dispatches: readonly ProfiledDispatch[],
  repeats: number,
): Promise<BigUint64Array> {
  const { gpu } = device;
  const count = 2 * dispatches.length;
  const size = 8 * count;
  const label = 'profile';
  const querySet = gpu.createQuerySet({ label, type: 'timestamp', count });
  const resolved = gpu.createBuffer({ label, size, usage: usage.queryResolve | usage.copySrc });
  const staging = gpu.createBuffer({ label, size, usage: usage.mapRead | usage.copyDst });
  try {
    const encoder = gpu.createCommandEncoder({ label });
    dispatches.forEach(({ kernel, pipeline, bindGroup, workgroups }, i) => {
      const pass = encoder.beginComputePass({
        label: kernel.name,
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        },
      });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      for (let k = 0; k < repeats; k++) pass.dispatchWorkgroups(...workgroups);
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
