/** The processor as an executor: all buffers in one memory, and as many threads as are wanted on each program. */
import { DataError, DeviceError, OutOfMemoryError } from '../errors.ts';
import type { Executor, ExecutorInfo, KernelTime, Loaded, Trace, TraceRow } from '../executor.ts';
import { cpuLimits, sizeText } from '../limits.ts';
import { dispatchesOf, type Program, programBytes, type WasmCode } from '../program.ts';
import { viewOf } from '../tensor.ts';
import type { Host } from './host.ts';
import { createHeap, type WasmMemory } from './memory.ts';
import { distantStore, type Store, sharedMemory, sharedStore } from './store.ts';
import { control } from './thread-script.ts';
import { startThreads, type Threads } from './threads.ts';

export interface WasmOptions {
  /** Default: one for each core that may be used. Without shared memory there is one. */
  readonly threads?: number;
  /** Whether threads may share memory. Default: where the engine lets them. */
  readonly shared?: boolean;
}

/** What an engine is, beside its threads. */
export interface Machine {
  /** Of the processor, for people. */
  readonly processor: string;
  readonly cores: number;
  /** Of the machine, in bytes, where that is known. */
  readonly memory?: number;
  /** Why threads cannot share memory; undefined where they can. */
  readonly alone: string | undefined;
}

/** The processor as programs are compiled for it; nothing is started for that. */
export function infoOf(machine: Machine, options: WasmOptions): ExecutorInfo {
  const { processor, memory = Infinity } = machine;
  const { count, alone } = threadsOf(machine, options);
  const threads = `${count} ${count === 1 ? 'thread' : 'threads'}`;
  const name = `${processor}, ${threads}${alone === undefined ? '' : ` (${alone})`}`;
  return {
    name,
    class: 'cpu',
    summary: {
      ...cpuLimits,
      memory: Math.min(cpuLimits.memory, memory),
      from: 'adapter',
      name,
      class: 'cpu',
    },
    clock: 'the wall clock',
  };
}

/** How many threads there are, and why there is only one where they cannot share memory. */
export function threadsOf({ cores, alone }: Machine, { threads, shared = true }: WasmOptions) {
  const why = alone ?? (shared ? undefined : 'no memory is shared');
  return { count: why === undefined ? (threads ?? cores) : 1, alone: why };
}

export function createWasmExecutor(
  host: Host,
  machine: Machine,
  options: WasmOptions = {},
): Executor<WasmMemory> {
  checkEngine();
  const info = infoOf(machine, options);
  const { name } = info;
  const { memory: most = cpuLimits.memory } = info.summary;
  const { count, alone } = threadsOf(machine, options);
  const memory = alone === undefined ? sharedMemory() : undefined;
  const threads = startThreads(host, count, memory);
  const store = memory === undefined ? distantStore(threads) : sharedStore(memory);
  const heap = createHeap(store);
  let programs = 0;
  return {
    info,
    check: threads.check,
    checkFit(program) {
      codeOf(program);
      const bytes = programBytes(program);
      if (bytes <= most) return;
      throw new DeviceError(
        `program ${program.name} does not fit ${name}\n  all buffers: ${sizeText(bytes)}; there are ${sizeText(most)}`,
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
      return loaded(program, id, buffers, { threads, store, free: scratch.free });
    },
    write: ({ address }, data) => store.write(address, data),
    async read(parts) {
      threads.check();
      return store.read(parts.map(({ memory: { address }, bytes }) => ({ address, bytes })));
    },
    async settle() {
      threads.check();
    },
    close: threads.close,
  };
}

/** A function that gives 16 equal bytes: whoever takes it has vectors. */
const vectors = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b],
);

/** Throws a DeviceError where WebAssembly lacks what every program needs. */
function checkEngine(): void {
  if (WebAssembly.validate(vectors)) return;
  throw new DeviceError(
    'WebAssembly has no vectors of 128 bits (SIMD) here, which programs for the processor are made of\n' +
      '  hint: Chrome 91, Firefox 89, Safari 16.4 and Node 16.4 have them, on processors with SSE 4.1 or Neon; WGSL needs none (--device hardware)',
  );
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

interface Place {
  readonly threads: Threads;
  readonly store: Store;
  readonly free: () => void;
}

function loaded(program: Program, id: number, buffers: readonly WasmMemory[], place: Place): Loaded {
  const { threads, store } = place;
  let record: ((step: number) => Promise<void>) | undefined;
  return {
    async run(step) {
      await threads.run(id, 'run', 1);
      await record?.(step);
    },
    trace(results) {
      const rows: TraceRow[] = [];
      const ranges = results.map(({ buffer }) => ({ address: buffers[buffer]!.address, bytes: 4 }));
      const own = async (step: number): Promise<void> => {
        const words = await store.read(ranges);
        rows.push({ step, values: results.map(({ dtype }, k) => viewOf(dtype, words[k]!, 0, 1)[0]!) });
      };
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
      place.free();
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
