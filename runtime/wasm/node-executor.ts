/** The processor as an executor: all buffers in one memory, and as many threads as are wanted on each program. */
import os from 'node:os';
import { DataError, DeviceError, OutOfMemoryError } from '../errors.ts';
import type { Executor, ExecutorInfo, KernelTime, Loaded, Trace, TraceRow } from '../executor.ts';
import { cpuLimits, sizeText } from '../limits.ts';
import { dispatchesOf, type Program, programBytes, type ResultSpec, type WasmCode } from '../program.ts';
import { viewOf } from '../tensor.ts';
import { createHeap, type Heap, type WasmMemory } from './memory.ts';
import { startThreads, type Threads } from './node-threads.ts';

export interface WasmOptions {
  /** Default: one for each core that the process may use. */
  readonly threads?: number;
}

/** Words that threads share, and a cache line of its own for them. */
const controlBytes = 64;

/** The processor as programs are compiled for it; nothing is started for that. */
export function processorInfo({ threads }: WasmOptions = {}): ExecutorInfo {
  const count = threads ?? os.availableParallelism();
  const name = `${os.cpus()[0]?.model.trim() ?? 'the processor'}, ${count} ${count === 1 ? 'thread' : 'threads'}`;
  const memory = Math.min(cpuLimits.memory, os.totalmem());
  return {
    name,
    class: 'cpu',
    summary: { ...cpuLimits, memory, from: 'adapter', name, class: 'cpu' },
    clock: 'the wall clock',
  };
}

export function wasmExecutor(options: WasmOptions = {}): Executor<WasmMemory> {
  const info = processorInfo(options);
  const { name } = info;
  const { memory = cpuLimits.memory } = info.summary;
  const count = options.threads ?? os.availableParallelism();
  const heap = createHeap();
  const control = heap.allocate('control', controlBytes).address;
  const threads = startThreads(count, heap.memory, control);
  let programs = 0;
  return {
    info,
    check: threads.check,
    checkFit(program) {
      codeOf(program);
      const bytes = programBytes(program);
      if (bytes <= memory) return;
      throw new DeviceError(
        `program ${program.name} does not fit ${name}\n  all buffers: ${sizeText(bytes)}; there are ${sizeText(memory)}`,
      );
    },
    allocate: heap.allocate,
    async load(program, buffers) {
      const code = codeOf(program);
      const scratch = heap.allocate(`${program.name}: scratch`, Math.max(16, code.scratch * count));
      await scratch.valid;
      const module = await compiled(program.name, code);
      const id = programs++;
      threads.load(id, module, {
        control,
        scratch: scratch.address,
        ...Object.fromEntries(buffers.map(({ address }, k) => [`buffer${k}`, address])),
      });
      return loaded(program, id, buffers, { threads, heap, free: scratch.free });
    },
    write({ address }, data) {
      bytesAt(heap, address, data.byteLength).set(
        new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      );
    },
    async read(parts) {
      threads.check();
      return parts.map(({ memory: { address }, bytes }) => copied(heap, address, bytes));
    },
    async settle() {
      threads.check();
    },
    close: threads.close,
  };
}

function codeOf({ name, code }: Program): WasmCode {
  if (code.target === 'wasm') return code;
  throw new DataError(`program ${name} is compiled for WebGPU, not for the processor`);
}

async function compiled(name: string, { module }: WasmCode): Promise<WebAssembly.Module> {
  const bytes = Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new OutOfMemoryError(error.message);
    const why = error instanceof Error ? error.message : String(error);
    throw new DeviceError(`this engine does not take the code of program ${name}: ${why}`);
  }
}

const bytesAt = ({ memory }: Heap, address: number, bytes: number): Uint8Array =>
  new Uint8Array(memory.buffer, address, bytes);

/** Not shared: others may keep it. */
function copied(heap: Heap, address: number, bytes: number): ArrayBuffer {
  const own = new ArrayBuffer(bytes);
  new Uint8Array(own).set(bytesAt(heap, address, bytes));
  return own;
}

interface Host {
  readonly threads: Threads;
  readonly heap: Heap;
  readonly free: () => void;
}

function loaded(program: Program, id: number, buffers: readonly WasmMemory[], host: Host): Loaded {
  const { threads, heap } = host;
  let record: ((step: number) => void) | undefined;
  const read = ({ dtype, buffer }: ResultSpec): number =>
    viewOf(dtype, copied(heap, buffers[buffer]!.address, 4), 0, 1)[0]!;
  return {
    async run(step) {
      await threads.run(id, 'run', 1);
      record?.(step);
    },
    trace(results) {
      const rows: TraceRow[] = [];
      const own = (step: number): void => void rows.push({ step, values: results.map(read) });
      record = own;
      return {
        names: results.map(({ name }) => name),
        take: () => rows.splice(0),
        flush: async () => threads.check(),
        close() {
          if (record === own) record = undefined;
        },
      } satisfies Trace;
    },
    profile: (repeats) => profiled(program, id, threads, repeats),
    close() {
      record = undefined;
      threads.unload(id);
      host.free();
    },
  };
}

/** One after another, at the first position of its loop. */
async function profiled(
  program: Program,
  id: number,
  threads: Threads,
  repeats: number,
): Promise<readonly KernelTime[]> {
  const loops = program.steps.flatMap((step) =>
    step.kind === 'copy' ? [] : step.kind === 'dispatch' ? [undefined] : step.steps.map(() => step),
  );
  const times: KernelTime[] = [];
  for (const [k, { name, equations, origins }] of dispatchesOf(program).entries()) {
    const loop = loops[k];
    await threads.run(id, `step.${k}`, 1, loop?.from);
    const start = performance.now();
    await threads.run(id, `step.${k}`, repeats, loop?.from);
    const microseconds = (1000 * (performance.now() - start)) / repeats;
    times.push({ name, microseconds, times: loop?.count ?? 1, equations, origins });
  }
  return times;
}
