/**
 * A wish (hardware, software, any) comes in, an open device on Dawn in Node goes out.
 *
 * A hardware adapter is tried first. Where there is none, linux-x64 runs on SwiftShader, a Vulkan device in
 * software.
 */
import os from 'node:os';
import type { Device, DeviceChoice, DeviceInfo } from './device.ts';
import { describeAdapter, findAdapter, messageOf, openAdapter } from './device.ts';
import { DeviceError } from './errors.ts';
import { entryOf, missing } from './node-packages.ts';
import { prepareVulkan } from './node-vulkan.ts';

export interface NodeDeviceOptions {
  /** Default `any`. */
  readonly device?: DeviceChoice;
  /**
   * Dawn's `disable_robustness`: no clamping of indices. Up to 40% on a product; safe only with kernels whose
   * every load is proven in range.
   */
  readonly disableRobustness?: boolean;
  /** More Dawn toggles by name; `exactTimestamps` of the profiler needs `timestamp_quantization` disabled. */
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
  /** Lets drivers print what they miss to stderr. */
  readonly verbose?: boolean;
}

/** Opens the wanted device, or throws a DeviceError that says what was tried. */
export async function openNodeDevice(options: NodeDeviceOptions = {}): Promise<Device> {
  const choice = options.device ?? 'any';
  const wish = choice === 'any' ? '' : `${choice} `;
  if (entryOf('webgpu') === undefined) {
    throw new DeviceError(`no ${wish}WebGPU device found\n  ${missing('webgpu')}`);
  }
  const skipped: string[] = [];
  for (const kind of ['hardware', 'software'] as const) {
    if (choice !== 'any' && choice !== kind) continue;
    const found = await findOn(kind, options);
    if (typeof found === 'string') {
      skipped.push(`${kind}: ${found}`);
      continue;
    }
    try {
      return holding(found.entry, await openAdapter(found.adapter, skipped, memoryFor(kind)));
    } catch (error) {
      skipped.push(`${kind}: ${messageOf(error)}`);
    }
  }
  throw new DeviceError(`no ${wish}WebGPU device found\n${skipped.map((why) => `  ${why}`).join('\n')}`);
}

/** Every adapter that `openNodeDevice` could take, best first, and why others are missing. */
export async function listDevices(options: Pick<NodeDeviceOptions, 'verbose'> = {}): Promise<{
  readonly devices: readonly DeviceInfo[];
  readonly missing: readonly string[];
}> {
  if (entryOf('webgpu') === undefined) return { devices: [], missing: [missing('webgpu')] };
  const devices: DeviceInfo[] = [];
  const reasons: string[] = [];
  for (const kind of ['hardware', 'software'] as const) {
    const found = await findOn(kind, options);
    if (typeof found === 'string') reasons.push(`${kind}: ${found}`);
    else devices.push(describeAdapter(found.adapter, [], memoryFor(kind)));
  }
  return { devices, missing: reasons };
}

/** A software adapter takes the machine's memory, and promises more than there is. */
function memoryFor(kind: 'hardware' | 'software'): number | undefined {
  if (kind === 'hardware') return undefined;
  const granted = process.constrainedMemory();
  return granted > 0 ? Math.min(granted, os.totalmem()) : os.totalmem();
}

interface Found {
  readonly entry: GPU;
  readonly adapter: GPUAdapter;
}

/** The best adapter of one kind, or why there is none. */
async function findOn(kind: 'hardware' | 'software', options: NodeDeviceOptions): Promise<Found | string> {
  const variables = process.platform === 'linux' ? await prepareVulkan(kind, options.verbose ?? false) : {};
  if (typeof variables === 'string') return variables;
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    const entry = await createEntry(options);
    if (typeof entry === 'string') return entry;
    const adapter = await findAdapter(entry, kind);
    return adapter === undefined ? `Dawn offers no ${kind} adapter on this machine` : { entry, adapter };
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Dawn's entry point, or why there is none. The Vulkan loader reads the environment when it makes an instance, hence now. */
async function createEntry(options: NodeDeviceOptions): Promise<GPU | string> {
  const enabled = [...(options.disableRobustness ? ['disable_robustness'] : []), ...(options.enable ?? [])];
  const disabled = options.disable ?? [];
  let webgpu: typeof import('webgpu');
  try {
    webgpu = await import('webgpu');
  } catch (error) {
    return `the npm package webgpu (Dawn for Node) cannot be loaded on ${process.platform}-${process.arch}: ${messageOf(error)}`;
  }
  return webgpu.create([
    ...(enabled.length > 0 ? [`enable-dawn-features=${enabled.join(',')}`] : []),
    ...(disabled.length > 0 ? [`disable-dawn-features=${disabled.join(',')}`] : []),
  ]);
}

/** Keeps Dawn's entry point alive as long as the device is open: Dawn stops working once it is collected. */
function holding(entry: GPU, device: Device): Device {
  const held = new Set([entry]);
  return {
    ...device,
    close() {
      device.close();
      // Dawn tells of the end in a callback that still needs the entry point.
      void device.gpu.lost.then(() => setImmediate(() => held.clear()));
    },
  };
}
