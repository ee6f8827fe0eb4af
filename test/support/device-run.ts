/** Runs one scheduled kernel on a device: its bindings' numbers in, what they hold afterwards out; and times it. */

import type { ValueTable } from '../../compiler/fuse/kernel.ts';
import type { Tensor64 } from '../../compiler/reference/evaluate.ts';
import { evaluateGraph } from '../../compiler/reference/evaluate.ts';
import type { DType, ValueId } from '../../compiler/scalar/expr.ts';
import { type ScheduledKernel, schedule } from '../../compiler/schedule/index.ts';
import type { Target } from '../../compiler/target.ts';
import { printKernel } from '../../compiler/wgsl/index.ts';
import { elementCount } from '../../runtime/extents.ts';
import { bufferBytes, type TestKernel, toDevice } from './kernels.ts';
import { type RandomSource, randomSource } from './random.ts';

// Flags of WebGPU, whose names are not global in Node.
const compute = 4;
const mapRead = 1;
const copySource = 4;
const copyDestination = 8;
const storage = 128;

/** A kernel with its pipeline and buffers, ready to run as often as wanted. */
export interface LoadedKernel {
  readonly compileMilliseconds: number;
  readonly run: (times: number) => Promise<void>;
  readonly read: (value: ValueId) => Promise<Float64Array>;
  readonly destroy: () => void;
}

export async function loadKernel(
  gpu: GPUDevice,
  scheduled: ScheduledKernel,
  values: ValueTable,
  data: ReadonlyMap<ValueId, ArrayLike<number>>,
  code = printKernel(scheduled),
): Promise<LoadedKernel> {
  gpu.pushErrorScope('validation');
  const started = performance.now();
  const module = gpu.createShaderModule({ code, label: scheduled.name });
  const layout = gpu.createBindGroupLayout({
    entries: scheduled.bindings.map(({ access }, binding) => ({
      binding,
      visibility: compute,
      buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
    })),
  });
  const pipeline = await gpu.createComputePipelineAsync({
    layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: 'main' },
  });
  const compileMilliseconds = performance.now() - started;
  const buffers = scheduled.bindings.map(({ values: held }) => {
    const info = values.get(held[0]!)!;
    const buffer = gpu.createBuffer({
      size: bufferBytes(info.shape),
      usage: storage | copyDestination | copySource,
    });
    const given = held.map((value) => data.get(value)).find((numbers) => numbers !== undefined);
    if (given !== undefined)
      gpu.queue.writeBuffer(buffer, 0, toDevice(given, info.dtype) as Float32Array<ArrayBuffer>);
    return buffer;
  });
  const group = gpu.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const failure = await gpu.popErrorScope();
  if (failure !== null) throw new Error(`${failure.message}\n${code}`);
  return {
    compileMilliseconds,
    run: async (times) => {
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      for (let k = 0; k < times; k++) pass.dispatchWorkgroups(...scheduled.workgroups);
      pass.end();
      gpu.queue.submit([encoder.finish()]);
      await gpu.queue.onSubmittedWorkDone();
    },
    read: (value) => {
      const k = scheduled.bindings.findIndex((binding) => binding.values.includes(value));
      const { dtype, shape } = values.get(value)!;
      return readBuffer(gpu, buffers[k]!, dtype, shape);
    },
    destroy: () => {
      for (const buffer of buffers) buffer.destroy();
    },
  };
}

async function readBuffer(
  gpu: GPUDevice,
  buffer: GPUBuffer,
  dtype: DType,
  shape: readonly number[],
): Promise<Float64Array> {
  const copy = gpu.createBuffer({ size: buffer.size, usage: mapRead | copyDestination });
  const encoder = gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  gpu.queue.submit([encoder.finish()]);
  await copy.mapAsync(1);
  const bytes = copy.getMappedRange().slice(0);
  copy.destroy();
  const size = elementCount(shape);
  const typed =
    dtype === 'f32'
      ? new Float32Array(bytes)
      : dtype === 'i32'
        ? new Int32Array(bytes)
        : new Uint32Array(bytes);
  return Float64Array.from(typed.subarray(0, size));
}

export interface Comparison {
  readonly scheduled: ScheduledKernel;
  /** The largest difference to the reference, relative to the largest number of the value. */
  readonly error: number;
}

/** Random numbers for the leaves, rounded as the device rounds them; integers below `below`. */
export function randomLeaves(
  { graph }: Pick<TestKernel, 'graph'>,
  random: RandomSource,
  below: Readonly<Record<string, number>> = {},
): ReadonlyMap<string, Tensor64> {
  return new Map(
    graph.nodes.flatMap((node): [string, Tensor64][] => {
      if (node.kind === 'equation' || node.kind === 'gradient') return [];
      const shape = node.indices.map((index) => index.extent);
      const size = elementCount(shape);
      const draw = (): number => {
        if (node.dtype === 'f32') return Math.fround(random.number() * 2 - 1);
        return random.integer(0, node.dtype === 'bool' ? 1 : (below[node.name] ?? 8) - 1);
      };
      return [[node.name, { shape, data: Float64Array.from({ length: size }, draw) }]];
    }),
  );
}

/** Schedules a kernel, runs it on random numbers and compares everything stored with the reference. */
export async function compareWithReference(
  gpu: GPUDevice,
  test: TestKernel,
  target: Target,
  {
    seed = 1,
    below = {},
  }: { readonly seed?: number; readonly below?: Readonly<Record<string, number>> } = {},
): Promise<Comparison> {
  const feeds = randomLeaves(test, randomSource(seed), below);
  const scheduled = schedule(test.kernel, test.values, target);
  const { values } = evaluateGraph(test.graph, feeds);
  const data = new Map(
    test.graph.nodes.flatMap((node, value): [ValueId, Float64Array][] => {
      const feed = feeds.get(node.name);
      return feed === undefined ? [] : [[value, feed.data]];
    }),
  );
  const loaded = await loadKernel(gpu, scheduled, test.values, data);
  await loaded.run(1);
  let error = 0;
  for (const value of test.kernel.stores) {
    const found = await loaded.read(value);
    const expected = values[value]!.data;
    const scale = expected.reduce((largest, x) => Math.max(largest, Math.abs(x)), 1e-6);
    found.forEach((x, k) => {
      const difference = Math.abs(x - expected[k]!) / scale;
      error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
    });
  }
  loaded.destroy();
  return { scheduled, error };
}
