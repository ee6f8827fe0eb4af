/** A WebGPU entry point comes in, an open device with its limits, features and first failure goes out. */
import { DeviceError } from './errors.ts';
import { type Limits, limitNames, limitsOf } from './limits.ts';

/** `any`: hardware where there is some, else software. */
export type DeviceChoice = 'hardware' | 'software' | 'any';

/** What kernels may use on an adapter, in the words of the compiler's targets. */
export interface AdapterSummary extends Limits {
  readonly from: 'adapter';
  readonly name: string;
  readonly class: 'hardware' | 'software' | 'cpu';
  readonly subgroups?: { readonly min: number; readonly max: number };
}

export interface DeviceInfo {
  /** For people: `Apple M2 (metal-3)`. */
  readonly name: string;
  readonly class: 'hardware' | 'software';
  readonly summary: AdapterSummary;
  /** All limits that the adapter offers; a device is opened with those that matter to compute. */
  readonly limits: Readonly<Record<string, number>>;
  readonly features: readonly string[];
  /** What was passed over on the way to this adapter, and why. */
  readonly skipped: readonly string[];
}

export interface Device {
  readonly gpu: GPUDevice;
  readonly info: DeviceInfo;
  /** Throws the first failure that no call could report: a lost device, an error outside every scope. */
  check(): void;
  /** Frees the device and all that was made on it. */
  close(): void;
}

const usefulFeatures = ['subgroups', 'shader-f16', 'timestamp-query'] as const;

/** Adapters that compute on the CPU do not all say that they are a fallback. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp/i;

type AdapterNames = Pick<
  GPUAdapterInfo,
  'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'
>;

/** Whether an adapter computes on the CPU, by what it says of itself. */
export const isSoftware = (info: AdapterNames): boolean =>
  info.isFallbackAdapter ||
  softwareNames.test([info.vendor, info.architecture, info.device, info.description].join(' '));

/**
 * Bytes that SwiftShader refuses of the largest buffer that it names: an allocation is a little larger than its buffer.
 * Measured: 1 GiB less 4 bytes is refused, 1 GiB less 16 is not.
 */
const refusedInSoftware = 16;

function usableLimits(adapter: GPUAdapter, kind: DeviceInfo['class']): Limits {
  const limits = limitsOf(adapter.limits);
  if (kind === 'hardware') return limits;
  const largestBuffer = limits.largestBuffer - refusedInSoftware;
  return { ...limits, largestBuffer, largestBinding: Math.min(limits.largestBinding, largestBuffer) };
}

/** What an adapter is and offers. `memory`: bytes for all buffers, where that is known. */
export function describeAdapter(
  adapter: GPUAdapter,
  skipped: readonly string[] = [],
  memory?: number,
): DeviceInfo {
  const { info } = adapter;
  const limits: Record<string, number> = {};
  // The properties of `limits` are getters of its prototype: a plain copy would miss them.
  for (const key in adapter.limits) {
    const value: unknown = adapter.limits[key as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[key] = value;
  }
  const features = [...adapter.features].sort();
  const kind = isSoftware(info) ? 'software' : 'hardware';
  const title = info.description || info.device || 'unnamed adapter';
  const name = info.architecture ? `${title} (${info.vendor} ${info.architecture})` : title;
  return {
    name,
    class: kind,
    summary: {
      from: 'adapter',
      name,
      class: kind,
      ...usableLimits(adapter, kind),
      ...(memory !== undefined && { memory }),
      ...(adapter.features.has('subgroups') && {
        subgroups: { min: info.subgroupMinSize, max: info.subgroupMaxSize },
      }),
    },
    limits,
    features,
    skipped,
  };
}

/** Opens a device on an adapter with all that the adapter offers to compute: programs are compiled for that. */
export async function openAdapter(
  adapter: GPUAdapter,
  skipped: readonly string[] = [],
  memory?: number,
): Promise<Device> {
  const info = describeAdapter(adapter, skipped, memory);
  const requiredLimits = Object.fromEntries(
    Object.values(limitNames).map((name) => [name, adapter.limits[name]]),
  );
  const requiredFeatures = usefulFeatures.filter((name) => adapter.features.has(name));
  let gpu: GPUDevice;
  try {
    gpu = await adapter.requestDevice({ label: 'nnc', requiredLimits, requiredFeatures });
  } catch (error) {
    throw new DeviceError(`${info.name} did not open: ${messageOf(error)}`);
  }
  let failure: DeviceError | undefined;
  let closed = false;
  gpu.addEventListener('uncapturederror', (event) => {
    // Reported by the next call, not printed.
    event.preventDefault();
    failure ??= new DeviceError(`${info.name} reported an error: ${event.error.message}`);
  });
  gpu.lost.then(({ message, reason }) => {
    if (!closed) failure = new DeviceError(`${info.name} was lost (${reason}): ${message}`);
  });
  return {
    gpu,
    info,
    check() {
      if (failure !== undefined) throw failure;
      if (closed) throw new DeviceError(`${info.name} was closed`);
    },
    close() {
      closed = true;
      gpu.destroy();
    },
  };
}

/** Opens the adapter of the wanted class that a WebGPU entry point (a browser's `navigator.gpu`) offers. */
export async function openDevice(entry: GPU, choice: DeviceChoice = 'any'): Promise<Device> {
  const adapter = await findAdapter(entry, choice);
  if (adapter === undefined) {
    throw new DeviceError(choice === 'any' ? 'no WebGPU adapter found' : `no ${choice} WebGPU adapter found`);
  }
  return openAdapter(adapter);
}

/** The adapter of the wanted class, hardware first for `any`. */
export async function findAdapter(entry: GPU, choice: DeviceChoice): Promise<GPUAdapter | undefined> {
  const attempts: readonly GPURequestAdapterOptions[] = [
    ...(choice === 'software' ? [] : [{ powerPreference: 'high-performance' } as const]),
    ...(choice === 'hardware' ? [] : [{ forceFallbackAdapter: true }]),
    ...(choice === 'software' ? [{}] : []),
  ];
  for (const attempt of attempts) {
    const adapter = await entry.requestAdapter(attempt);
    if (adapter !== null && (choice === 'any' || describeAdapter(adapter).class === choice)) return adapter;
  }
  return undefined;
}

/** The text of whatever was thrown. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim();
