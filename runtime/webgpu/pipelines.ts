/** Kernels come in, compute pipelines go out: one for each distinct text, made in parallel, errors explained. */
import type { Device } from '../device.ts';
import { messageOf } from '../device.ts';
import { DeviceError, OutOfMemoryError } from '../errors.ts';
import type { DispatchStep, KernelSpec } from '../program.ts';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  /** Of group 0. */
  readonly layout: GPUBindGroupLayout;
}

export interface PipelineCache {
  /** The pipeline of a kernel; a DeviceError names the kernel and the source line of its use. */
  get(kernel: KernelSpec, use: Use): Promise<Pipeline>;
  /** Of group 1: the position of a loop, at a dynamic offset. */
  positionLayout(): GPUBindGroupLayout;
}

/** What a kernel is for, in messages: what one of its dispatches says. */
export interface Use extends Pick<DispatchStep, 'equations' | 'origins'> {
  readonly program: string;
}

/** A pipeline that takes longer than this is worth a word: some texts keep an adapter busy for minutes. */
const patience = 10_000;

/** `notify` is told of a kernel whose pipeline is not there after some seconds, and once more when it is. */
export function pipelineCache(device: Device, notify: (text: string) => void = () => {}): PipelineCache {
  const layouts = new Map<string, GPUBindGroupLayout>();
  const pipelines = new Map<string, Promise<Pipeline>>();

  const layoutOf = (bindings: KernelSpec['bindings']): GPUBindGroupLayout => {
    const key = bindings.join(' ');
    const known = layouts.get(key);
    if (known !== undefined) return known;
    const layout = device.gpu.createBindGroupLayout({
      label: `bindings: ${key}`,
      entries: bindings.map((use, binding) => ({
        binding,
        visibility: shaderStageCompute,
        buffer: { type: use === 'read' ? 'read-only-storage' : 'storage' },
      })),
    });
    layouts.set(key, layout);
    return layout;
  };

  let ofPosition: GPUBindGroupLayout | undefined;
  const positionLayout = (): GPUBindGroupLayout => {
    ofPosition ??= device.gpu.createBindGroupLayout({
      label: 'position',
      entries: [
        {
          binding: 0,
          visibility: shaderStageCompute,
          buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: positionBytes },
        },
      ],
    });
    return ofPosition;
  };

  return {
    positionLayout,
    get(kernel, use) {
      const key = `${kernel.bindings.join(' ')}|${kernel.position}\n${kernel.wgsl}`;
      const known = pipelines.get(key);
      if (known !== undefined) return known;
      const layouts = (): GPUBindGroupLayout[] => [
        layoutOf(kernel.bindings),
        ...(kernel.position ? [positionLayout()] : []),
      ];
      const made = watched(compile(device, kernel, use, layouts), device, kernel, use, notify);
      pipelines.set(key, made);
      made.catch(() => pipelines.delete(key));
      return made;
    },
  };
}

/** The same pipeline; who waits for it hears which kernel it is. */
async function watched(
  made: Promise<Pipeline>,
  device: Device,
  kernel: KernelSpec,
  use: Use,
  notify: (text: string) => void,
): Promise<Pipeline> {
  const started = performance.now();
  let told = false;
  const timer = setTimeout(() => {
    told = true;
    const from = use.origins.map((origin) => `, from ${origin}`).join('');
    notify(`${device.info.name} is still compiling kernel ${kernel.name} after ${patience / 1000} s${from}`);
  }, patience);
  try {
    return await made;
  } finally {
    clearTimeout(timer);
    if (told) {
      const seconds = Math.round((performance.now() - started) / 1000);
      notify(`kernel ${kernel.name} took ${seconds} s to compile`);
    }
  }
}

/** A `u32`. */
export const positionBytes = 4;

/** `GPUShaderStage.COMPUTE`; Node has no such global. */
const shaderStageCompute = 4;

async function compile(
  device: Device,
  kernel: KernelSpec,
  use: Use,
  layouts: () => GPUBindGroupLayout[],
): Promise<Pipeline> {
  const { gpu } = device;
  const label = labelOf(use.program, kernel);
  const made = await guarded(gpu, () => {
    const bindGroupLayouts = layouts();
    return {
      layout: bindGroupLayouts[0]!,
      module: gpu.createShaderModule({ label, code: kernel.wgsl }),
      pipelineLayout: gpu.createPipelineLayout({ label, bindGroupLayouts }),
    };
  }).catch((error: unknown) => ({ problem: messageOf(error) }));
  if ('problem' in made) throw kernelError(device, kernel.name, use, made.problem);
  try {
    const pipeline = await gpu.createComputePipelineAsync({
      label,
      layout: made.pipelineLayout,
      compute: { module: made.module, entryPoint: kernel.entryPoint },
    });
    return { pipeline, layout: made.layout };
  } catch (error) {
    throw kernelError(device, kernel.name, use, messageOf(error));
  }
}

/** What device messages call a kernel or a dispatch. */
export const labelOf = (program: string, { name }: { readonly name: string }): string => `${program}/${name}`;

/** An error of one kernel, in terms of what the user wrote. */
export function kernelError(device: Device, name: string, use: Use, problem: string): DeviceError {
  const lines = [
    `${device.info.name} refused kernel ${name} of program ${use.program}`,
    ...use.equations.map((equation) => `  computes ${equation}`),
    ...use.origins.map((origin) => `  from ${origin}`),
    ...problem.split('\n').map((line) => `  | ${line}`),
  ];
  return new DeviceError(lines.join('\n'));
}

/** Runs `make` in error scopes; throws a DeviceError with the device's message if it caused an error. */
export async function guarded<T>(gpu: GPUDevice, make: () => T): Promise<T> {
  const { made, valid } = scoped(gpu, make);
  await valid;
  return made;
}

/** The same for what is needed at once: `valid` rejects with the DeviceError. */
export function scoped<T>(
  gpu: GPUDevice,
  make: () => T,
): { readonly made: T; readonly valid: Promise<void> } {
  const filters = ['validation', 'out-of-memory', 'internal'] as const;
  for (const filter of filters) gpu.pushErrorScope(filter);
  // Closed at once, so that later calls are judged by their own scopes; the last one opened comes first.
  const close = () => Promise.all(filters.map(() => gpu.popErrorScope()));
  let made: T;
  try {
    made = make();
  } catch (error) {
    void close();
    throw error;
  }
  return { made, valid: close().then(throwFirst) };
}

/** Memory first: without it, whatever else was said follows from that. */
function throwFirst([internal, memory, validation]: readonly (GPUError | null)[]): void {
  if (memory) throw new OutOfMemoryError(memory.message.trim());
  const first = internal ?? validation;
  if (first) throw new DeviceError(first.message.trim());
}
