/**
 * Threads that run programs together: a number of them in, runs of exported functions on all of them out.
 *
 * The one that called never waits: threads are told by messages, and the last one that is done answers. A thread that
 * stops, whatever the reason, fails this run and all later ones; the others are stopped then, since they would wait for
 * it for ever.
 */
import { Worker } from 'node:worker_threads';
import { DeviceError } from '../errors.ts';

export interface Threads {
  readonly count: number;
  /** Throws the first failure. */
  check(): void;
  /** Makes a module known under a number. */
  load(program: number, module: WebAssembly.Module, imports: Readonly<Record<string, number>>): void;
  unload(program: number): void;
  /** Calls an exported function `times` times on every thread; resolves when all are done. */
  run(program: number, name: string, times: number, position?: number): Promise<void>;
  close(): void;
}

/** Where in `control` threads count those that are not done yet. */
const runningWord = 3;

/** What a thread does, as a script by itself: it is the same whatever the host packs its files into. */
const script = `
const { parentPort, workerData } = require('node:worker_threads');
const { thread, threads, memory, control } = workerData;
const instances = new Map();
parentPort.on('message', ({ kind, program, module, imports, name, times, position }) => {
  if (kind === 'load') {
    instances.set(program, new WebAssembly.Instance(module, { nnc: { memory, ...imports } }).exports);
  } else if (kind === 'unload') {
    instances.delete(program);
  } else {
    const run = instances.get(program)[name];
    for (let k = 0; k < times; k++) run(thread, threads, position);
    const words = new Int32Array(memory.buffer, control, 4);
    if (Atomics.sub(words, ${runningWord}, 1) === 1) parentPort.postMessage('done');
  }
});
`;

export function startThreads(count: number, memory: WebAssembly.Memory, control: number): Threads {
  let failure: DeviceError | undefined;
  let pending: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  const stop = (): void => {
    for (const worker of workers) void worker.terminate();
  };
  const fail = (thread: number, why: string): void => {
    if (closed) return;
    failure ??= new DeviceError(`thread ${thread + 1} of ${count} stopped: ${why}`);
    stop();
    pending?.reject(failure);
    pending = undefined;
  };
  const workers = Array.from({ length: count }, (_, thread) => {
    const worker = new Worker(script, {
      eval: true,
      workerData: { thread, threads: count, memory, control },
      name: `nnc ${thread + 1}`,
    });
    worker.on('error', (error: unknown) => {
      fail(thread, error instanceof Error ? error.message : String(error));
    });
    worker.on('exit', (code) => fail(thread, `it ended with code ${code}`));
    worker.on('message', () => {
      for (const one of workers) one.unref();
      pending?.resolve();
      pending = undefined;
    });
    worker.unref();
    return worker;
  });
  const tell = (message: unknown): void => {
    for (const worker of workers) worker.postMessage(message);
  };
  const check = (): void => {
    if (failure !== undefined) throw failure;
    if (closed) throw new DeviceError('the threads of this session have ended');
  };
  const start = (message: unknown): Promise<void> => {
    check();
    return new Promise((resolve, reject) => {
      pending = { resolve, reject };
      Atomics.store(new Int32Array(memory.buffer, control, 4), runningWord, count);
      for (const worker of workers) worker.ref();
      tell(message);
    });
  };

  return {
    count,
    check,
    load: (program, module, imports) => tell({ kind: 'load', program, module, imports }),
    unload: (program) => tell({ kind: 'unload', program }),
    run(program, name, times, position = 0) {
      const done = last.then(() => start({ kind: 'run', program, name, times, position }));
      last = done.catch(() => {});
      return done;
    },
    close() {
      closed = true;
      stop();
      pending?.reject(new DeviceError('the session was closed while a program ran'));
      pending = undefined;
    },
  };
}
