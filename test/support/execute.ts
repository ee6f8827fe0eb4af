/** Runs a lowered graph on a device, or on the processor, as a user's program is run, and compares with the f64 reference. */
import { expect } from 'vitest';
import { differentiate } from '../../compiler/autodiff/index.ts';
import type { Run } from '../../compiler/fuse/memory.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/print.ts';
import { compile } from '../../compiler/pipeline.ts';
import { evaluateGraph, type Tensor64 } from '../../compiler/reference/evaluate.ts';
import { defaultTargets, type Target } from '../../compiler/target.ts';
import type { Device } from '../../runtime/device.ts';
import { createSession } from '../../runtime/execute.ts';
import type { Executor, Memory } from '../../runtime/executor.ts';
import type { Limits } from '../../runtime/limits.ts';
import type { Program } from '../../runtime/program.ts';
import { allocate, type Tensor, type TypedArray } from '../../runtime/tensor.ts';
import type { WasmMemory } from '../../runtime/wasm/memory.ts';
import { wasmExecutor } from '../../runtime/wasm/node-executor.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';

export type Feeds = ReadonlyMap<string, Tensor64>;

export interface ExecuteOptions {
  /** The class of kernels; default: the adapter's own. */
  readonly kind?: Target['class'];
  /** Limits below those of the adapter. */
  readonly limits?: Partial<Limits>;
  /** The largest difference, relative to the largest number of the tensor (at least 1). */
  readonly tolerance?: number;
}

/** All results and updates of one run on the device, or by the processor's kernels where that is the class, by name. */
export async function executeOn(
  device: Device,
  graph: Graph,
  feeds: Feeds,
  kind: Target['class'] = device.info.class,
  limits: Partial<Limits> = {},
): Promise<ReadonlyMap<string, Tensor>> {
  return runProgram(device, compile(graph, targetOn(device, kind, limits)).program, feeds);
}

/** The device with kernels of another class, or the processor, which no limits of adapters concern. */
export const targetOn = (device: Device, kind: Target['class'], limits: Partial<Limits> = {}): Target =>
  kind === 'cpu' ? defaultTargets.cpu : { ...device.info.summary, ...limits, class: kind };

/** The same of a compiled program. */
export const runProgram = (
  device: Device,
  program: Program,
  feeds: Feeds,
): Promise<ReadonlyMap<string, Tensor>> =>
  program.code.target === 'wasm'
    ? runOn(processor(), program, feeds)
    : runOn(webgpuExecutor(device), program, feeds);

let started: Executor<WasmMemory> | undefined;

/** Its threads are started once a file, and keep nobody waiting. */
function processor(): Executor<WasmMemory> {
  started ??= wasmExecutor({ threads: 2 });
  return { ...started, close: () => {} };
}

/** The same on any executor, which is closed then. */
export async function runOn<M extends Memory>(
  executor: Executor<M>,
  program: Program,
  feeds: Feeds,
): Promise<ReadonlyMap<string, Tensor>> {
  const session = createSession(executor);
  try {
    for (const { name, dtype, shape } of program.persistent) {
      await session.set(name, { dtype, shape, data: arrayOf(dtype, feeds.get(name)!) });
    }
    const runner = await session.load(program);
    for (const { name, dtype } of program.inputs) {
      runner.write(name, arrayOf(dtype, feeds.get(name)!));
    }
    const scalar = (name: string): number => feeds.get(name)?.data[0] ?? 1;
    await runner.run({ step: scalar('step'), key: scalar('key') });
    const results = await runner.readMany(program.results.map((r) => r.name));
    const updates = await session.export();
    return new Map([
      ...updates,
      ...program.results.map(
        ({ name, dtype, shape }) => [name, { dtype, shape, data: results.get(name)! }] as const,
      ),
    ]);
  } finally {
    session.close();
  }
}

/** The numbers as a device takes them. */
export function arrayOf(dtype: Tensor['dtype'], { data }: Tensor64): TypedArray {
  const array = allocate(dtype, data.length);
  array.set(data);
  return array;
}

/** Fails unless the device gives what the reference gives for every result and update. */
export async function expectDeviceAgrees(
  device: Device,
  graph: Graph,
  feeds: Feeds,
  { kind, limits, tolerance = 2e-4 }: ExecuteOptions = {},
): Promise<void> {
  const found = await executeOn(device, graph, feeds, kind, limits);
  expectFound(found, differentiate(graph), feeds, tolerance);
}

/** Fails unless these are the results and updates of a graph; who has evaluated it before gives what they are. */
export function expectFound(
  found: ReadonlyMap<string, Tensor>,
  graph: Graph,
  feeds: Feeds,
  tolerance = 2e-4,
  expected: Run = evaluateGraph(graph, feeds),
): void {
  for (const [name, { shape, data }] of [...expected.results, ...expected.updates]) {
    const tensor = found.get(name)!;
    expect(tensor.shape, name).toEqual(shape);
    const bad = firstFar(data, tensor, tolerance);
    if (bad >= 0) {
      expect.fail(
        `%${name} at ${bad}: expected ${data[bad]}, the device says ${tensor.data[bad]}\n${printGraph(graph)}`,
      );
    }
  }
}

/** The first element that is farther off than the tolerance, relative to the largest number of the tensor (at least 1); else -1. */
function firstFar(expected: Float64Array, { data }: Tensor, tolerance: number): number {
  const scale = expected.reduce((m, x) => Math.max(m, Math.abs(x)), 1);
  return expected.findIndex((x, k) => !(Math.abs(x - data[k]!) <= tolerance * scale));
}
