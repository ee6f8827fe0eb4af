/** Kernels come in, compute pipelines go out: one for each distinct text, made in parallel, errors explained. */
import type { Device } from './device.ts';
import { messageOf } from './device.ts';
import { DeviceError, OutOfMemoryError } from './errors.ts';
import type { KernelSpec } from './program.ts';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export interface PipelineCache {
  /** The pipeline of a kernel of the named program; a DeviceError names the kernel and its source line. */
  get(kernel: KernelSpec, program: string): Promise<Pipeline>;
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

  return {
    get(kernel, program) {
      const key = `${kernel.bindings.join(' ')}\n${kernel.wgsl}`;
      const known = pipelines.get(key);
      if (known !== undefined) return known;
      const made = watched(compile(device, kernel, program, layoutOf), device, kernel, notify);
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
  notify: (text: string) => void,
): Promise<Pipeline> {
  const started = performance.now();
  let told = false;
  const timer = setTimeout(() => {
    told = true;
    const from = kernel.origins.map((origin) => `, from ${origin}`).join('');
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

/** `GPUShaderStage.COMPUTE`; Node has no such global. */
const shaderStageCompute = 4;

async function compile(
  device: Device,
  kernel: KernelSpec,
  program: string,
  layoutOf: (bindings: KernelSpec['bindings']) => GPUBindGroupLayout,
): Promise<Pipeline> {
  const { gpu } = device;
  const label = kernelLabel(program, kernel);
  const made = await guarded(gpu, () => {
    const layout = layoutOf(kernel.bindings);
    return {
      layout,
      module: gpu.createShaderModule({ label, code: kernel.wgsl }),
      pipelineLayout: gpu.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
    };
  }).catch((error: unknown) => ({ problem: messageOf(error) }));
  if ('problem' in made) throw kernelError(device, program, kernel, made.problem);
  try {
    const pipeline = await gpu.createComputePipelineAsync({
      label,
      layout: made.pipelineLayout,
      compute: { module: made.module, entryPoint: kernel.entryPoint },
    });
    return { pipeline, layout: made.layout };
  } catch (error) {
    throw kernelError(device, program, kernel, messageOf(error));
  }
}

/** What device messages call a kernel. */
export const kernelLabel = (program: string, kernel: KernelSpec): string => `${program}/${kernel.name}`;

/** An error of one kernel, in terms of what the user wrote. */
export function kernelError(
  device: Device,
  program: string,
  kernel: KernelSpec,
  problem: string,
): DeviceError {
  const lines = [
    `${device.info.name} refused kernel ${kernel.name} of program ${program}`,
    ...kernel.equations.map((equation) => `  computes ${equation}`),
    ...kernel.origins.map((origin) => `  from ${origin}`),
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
