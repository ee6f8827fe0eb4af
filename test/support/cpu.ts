/** The processor as an executor for a file of tests: its threads are started once. */
import { afterAll } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { compile } from '../../compiler/pipeline.ts';
import { defaultTargets } from '../../compiler/target.ts';
import type { Executor } from '../../runtime/executor.ts';
import type { Tensor } from '../../runtime/tensor.ts';
import type { WasmMemory } from '../../runtime/wasm/memory.ts';
import { wasmExecutor } from '../../runtime/wasm/node-executor.ts';
import { type Feeds, runOn } from './execute.ts';

/** Sessions on it do not close it; the end of the file does. */
export function cpuExecutor(threads: number): Executor<WasmMemory> {
  const executor = wasmExecutor({ threads });
  afterAll(() => executor.close());
  return { ...executor, close: () => {} };
}

export const runOnCpu = (
  executor: Executor<WasmMemory>,
  graph: Graph,
  feeds: Feeds,
): Promise<ReadonlyMap<string, Tensor>> => runOn(executor, compile(graph, defaultTargets.cpu).program, feeds);
