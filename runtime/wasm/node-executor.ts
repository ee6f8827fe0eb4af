/** The processor as an executor in Node. */
import os from 'node:os';
import type { Executor, ExecutorInfo } from '../executor.ts';
import { createWasmExecutor, infoOf, type Machine, threadsOf, type WasmOptions } from './executor.ts';
import type { WasmMemory } from './memory.ts';
import { checkAddressSpace } from './node-address-space.ts';
import { nodeHost } from './node-host.ts';

const machine = (): Machine => ({
  processor: os.cpus()[0]?.model.trim() ?? 'the processor',
  cores: os.availableParallelism(),
  memory: os.totalmem(),
  alone: typeof SharedArrayBuffer === 'undefined' ? 'this engine has no shared memory' : undefined,
});

/** The processor as programs are compiled for it; nothing is started for that. */
export const processorInfo = (options: WasmOptions = {}): ExecutorInfo => infoOf(machine(), options);

export function wasmExecutor(options: WasmOptions = {}): Executor<WasmMemory> {
  const own = machine();
  checkAddressSpace(threadsOf(own, options).count);
  return createWasmExecutor(nodeHost, own, options);
}
