/**
 * A program and its buffers come in; its steps with pipelines and bind groups made, so that encoding a run makes
 * nothing, go out.
 *
 * The positions of loops stand in one uniform buffer, each at a multiple of what every adapter takes as an offset.
 */
import type { Device } from '../device.ts';
import { messageOf } from '../device.ts';
import type { CopyStep, DispatchStep, LoopStep, Program } from '../program.ts';
import { dispatchesOf, wgslOf } from '../program.ts';
import { type GpuMemory, usage } from './buffers.ts';
import type { Pipeline, PipelineCache, Use } from './pipelines.ts';
import { guarded, kernelError, labelOf, positionBytes } from './pipelines.ts';

export interface PreparedDispatch {
  readonly kind: 'dispatch';
  readonly step: DispatchStep;
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  /** Whether it reads the position of its loop. */
  readonly position: boolean;
}

export interface PreparedLoop {
  readonly kind: 'loop';
  /** The offset of each position, in order. */
  readonly offsets: Uint32Array;
  readonly dispatches: readonly PreparedDispatch[];
}

export interface PreparedCopy {
  readonly kind: 'copy';
  readonly from: GPUBuffer;
  readonly to: GPUBuffer;
  readonly bytes: number;
}

export interface Prepared {
  readonly steps: readonly (PreparedDispatch | PreparedLoop | PreparedCopy)[];
  /** The positions of all loops, to be bound as group 1; there where a kernel reads one. */
  readonly positions?: GPUBindGroup;
  free(): void;
}

/** Bytes from one position to the next: no adapter asks for more than the default of WebGPU. */
export const positionStride = 256;

export const useOf = (program: Program, { equations, origins }: DispatchStep): Use => ({
  program: program.name,
  equations,
  origins,
});

export async function prepare(
  program: Program,
  device: Device,
  pipelines: PipelineCache,
  buffers: readonly GpuMemory[],
): Promise<Prepared> {
  const compiled = await compileAll(program, pipelines);
  const dispatch = async (step: DispatchStep): Promise<PreparedDispatch> => {
    const { pipeline, layout } = compiled[step.kernel]!;
    const label = labelOf(program.name, step);
    const entries = step.buffers.map((b, binding) => ({ binding, resource: { buffer: buffers[b]!.buffer } }));
    try {
      const bindGroup = await guarded(device.gpu, () =>
        device.gpu.createBindGroup({ label, layout, entries }),
      );
      const { position } = wgslOf(program).kernels[step.kernel]!;
      return { kind: 'dispatch', step, label, pipeline, bindGroup, position };
    } catch (error) {
      throw kernelError(device, step.name, useOf(program, step), messageOf(error));
    }
  };
  const loop = async ({ from, count, by, steps }: LoopStep): Promise<PreparedLoop> => ({
    kind: 'loop',
    offsets: Uint32Array.from({ length: count }, (_, k) => positionStride * (from + k * by)),
    dispatches: await Promise.all(steps.map(dispatch)),
  });
  const copy = ({ from, to }: CopyStep): PreparedCopy => {
    const [source, target] = [buffers[from]!, buffers[to]!];
    return { kind: 'copy', from: source.buffer, to: target.buffer, bytes: source.bytes };
  };
  const steps = await Promise.all(
    program.steps.map((step) => {
      switch (step.kind) {
        case 'dispatch':
          return dispatch(step);
        case 'loop':
          return loop(step);
        case 'copy':
          return copy(step);
      }
      return step satisfies never;
    }),
  );
  const positions = await positionsOf(program, device, pipelines);
  return {
    steps,
    ...(positions && { positions: positions.group }),
    free: () => positions?.buffer.destroy(),
  };
}

/** The pipeline of each kernel that is used. */
function compileAll(program: Program, pipelines: PipelineCache): Promise<readonly Pipeline[]> {
  const uses = new Map<number, DispatchStep>();
  for (const step of dispatchesOf(program)) if (!uses.has(step.kernel)) uses.set(step.kernel, step);
  return Promise.all(
    wgslOf(program).kernels.map((kernel, k) => {
      const step = uses.get(k);
      const use = step ? useOf(program, step) : { program: program.name, equations: [], origins: [] };
      return pipelines.get(kernel, use);
    }),
  );
}

/** One more than the last position of all loops. */
export const positionCount = ({ steps }: Program): number =>
  steps.reduce(
    (most, step) =>
      step.kind === 'loop' ? Math.max(most, step.from + 1, step.from + (step.count - 1) * step.by + 1) : most,
    0,
  );

async function positionsOf(
  program: Program,
  { gpu }: Device,
  pipelines: PipelineCache,
): Promise<{ readonly buffer: GPUBuffer; readonly group: GPUBindGroup } | undefined> {
  const count = positionCount(program);
  if (count === 0) return undefined;
  const words = new Uint32Array((positionStride / 4) * count);
  for (let k = 0; k < count; k++) words[(positionStride / 4) * k] = k;
  const label = `${program.name}: positions`;
  return guarded(gpu, () => {
    const buffer = gpu.createBuffer({ label, size: words.byteLength, usage: usage.uniform | usage.copyDst });
    gpu.queue.writeBuffer(buffer, 0, words);
    const layout = pipelines.positionLayout();
    const entries = [{ binding: 0, resource: { buffer, size: positionBytes } }];
    return { buffer, group: gpu.createBindGroup({ label, layout, entries }) };
  });
}
