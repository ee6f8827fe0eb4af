/** Sizes and labels come in, GPU buffers go out; and what is in them comes back to the host. */
import type { Device } from '../device.ts';
import { messageOf } from '../device.ts';
import { DeviceError, OutOfMemoryError } from '../errors.ts';
import type { Memory, Part } from '../executor.ts';
import { sizeText } from '../limits.ts';
import { scoped } from './pipelines.ts';

/** `GPUBufferUsage` and `GPUMapMode` of the WebGPU specification; Node has no such globals. */
export const usage = {
  mapRead: 0x1,
  copySrc: 0x4,
  copyDst: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
export const mapModeRead = 1;

export interface GpuMemory extends Memory {
  readonly buffer: GPUBuffer;
}

/** A zeroed buffer that kernels use and that the host writes and reads. */
export function createStorage(device: Device, label: string, bytes: number): GpuMemory {
  const flags = usage.storage | usage.copySrc | usage.copyDst;
  const { made, valid } = scoped(device.gpu, () =>
    device.gpu.createBuffer({ label, size: bytes, usage: flags }),
  );
  const explained = valid.catch((error: unknown) => {
    const Kind = error instanceof OutOfMemoryError ? OutOfMemoryError : DeviceError;
    const why = `${sizeText(bytes)} on ${device.info.name}: ${messageOf(error)}`;
    throw new Kind(`no memory for ${label}, ${why}`);
  });
  return { buffer: made, bytes, valid: explained, free: () => made.destroy() };
}

type GpuPart = Part<Pick<GpuMemory, 'buffer'>>;

export interface Reader {
  /** As `Executor.read`; the copy is queued before this returns. `keep` holds on to the staging memory. */
  read(parts: readonly GpuPart[], keep: boolean): Promise<readonly ArrayBuffer[]>;
  close(): void;
}

export function bufferReader(device: Device): Reader {
  const free = new Map<number, GPUBuffer[]>();
  const readTogether = (parts: readonly GpuPart[], keep: boolean): Promise<readonly ArrayBuffer[]> => {
    const { gpu } = device;
    const size = sizeOf(parts);
    if (size === 0) return Promise.resolve(parts.map(() => new ArrayBuffer(0)));
    const staging =
      free.get(size)?.pop() ??
      gpu.createBuffer({ label: 'read back', size, usage: usage.mapRead | usage.copyDst });
    const encoder = gpu.createCommandEncoder({ label: 'read back' });
    let offset = 0;
    for (const { memory, bytes } of parts) {
      encoder.copyBufferToBuffer(memory.buffer, 0, staging, offset, bytes);
      offset += bytes;
    }
    gpu.queue.submit([encoder.finish()]);
    return collect(device, staging, parts).then((data) => {
      if (keep) free.set(size, [...(free.get(size) ?? []), staging]);
      else staging.destroy();
      return data;
    });
  };
  return {
    async read(parts, keep) {
      device.check();
      const groups = groupsOf(parts, device.info.summary.largestBuffer);
      return (await Promise.all(groups.map((group) => readTogether(group, keep)))).flat();
    },
    close() {
      for (const buffer of [...free.values()].flat()) buffer.destroy();
      free.clear();
    },
  };
}

const sizeOf = (parts: readonly { readonly bytes: number }[]): number =>
  parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** Neighbours that one staging buffer holds. */
export function groupsOf<P extends { readonly bytes: number }>(
  parts: readonly P[],
  largest: number,
): readonly (readonly P[])[] {
  const groups: P[][] = [[]];
  for (const part of parts) {
    const last = groups.at(-1)!;
    if (last.length > 0 && sizeOf(last) + part.bytes > largest) groups.push([part]);
    else last.push(part);
  }
  return groups;
}

async function collect(
  device: Device,
  staging: GPUBuffer,
  parts: readonly GpuPart[],
): Promise<readonly ArrayBuffer[]> {
  await mapped(device, staging);
  const all = staging.getMappedRange();
  let offset = 0;
  const data = parts.map(({ bytes }) => {
    offset += bytes;
    return all.slice(offset - bytes, offset);
  });
  staging.unmap();
  return data;
}

/** Waits until a staging buffer can be read; a lost device is reported as such. */
export async function mapped(device: Device, staging: GPUBuffer): Promise<void> {
  try {
    await staging.mapAsync(mapModeRead);
  } catch (error) {
    // The reason of a lost device arrives in a task of its own.
    await new Promise((resolve) => setTimeout(resolve, 0));
    device.check();
    throw new DeviceError(`reading back from ${device.info.name} failed: ${messageOf(error)}`);
  }
  device.check();
}
