/**
 * Threads that run programs together: a number of them in, runs of exported functions on all of them out.
 *
 * The one that called never waits: threads are told by messages, and the last one that is done answers. A thread that
 * stops, whatever the reason, fails this run and all later ones; the others are stopped then, since they would wait for
 * it for ever.
 */
import { DeviceError } from '../errors.ts';
import type { Host } from './host.ts';
import {
  type Answer,
  control,
  type Message,
  runningWord,
  type StoreMessage,
  threadScript,
} from './thread-script.ts';

export interface Threads {
  readonly count: number;
  /** Throws the first failure. */
  check(): void;
  /** Makes a module known under a number. */
  load(program: number, module: WebAssembly.Module, imports: Readonly<Record<string, number>>): void;
  unload(program: number): void;
  /** Calls an exported function `times` times on every thread; resolves when all are done. */
  run(program: number, name: string, times: number, position?: number): Promise<void>;
  /** Tells the only thread something of its own memory. */
  tell(message: StoreMessage, moved?: readonly ArrayBuffer[]): void;
  /** The same of what is answered; undefined where it could not be done. */
  ask(request: (ticket: number) => StoreMessage): Promise<readonly ArrayBuffer[] | undefined>;
  close(): void;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Without a memory that threads share, there is one, with a memory of its own. */
export function startThreads(host: Host, count: number, memory: WebAssembly.Memory | undefined): Threads {
  let failure: DeviceError | undefined;
  let pending: Waiting<void> | undefined;
  const asked = new Map<number, Waiting<readonly ArrayBuffer[] | undefined>>();
  let tickets = 0;
  let closed = false;
  let last: Promise<void> = Promise.resolve();

  const stop = (): void => {
    for (const one of threads) one.stop();
  };
  const rejectAll = (error: DeviceError): void => {
    pending?.reject(error);
    pending = undefined;
    for (const { reject } of asked.values()) reject(error);
    asked.clear();
  };
  const fail = (thread: number, why: string): void => {
    if (closed || failure !== undefined) return;
    failure = new DeviceError(`thread ${thread + 1} of ${count} stopped: ${why}`);
    stop();
    rejectAll(failure);
  };
  const release = (): void => {
    if (pending !== undefined || asked.size > 0) return;
    for (const one of threads) one.hold(false);
  };
  const heard = (thread: number, message: Answer): void => {
    switch (message.kind) {
      case 'failed':
        fail(thread, message.why);
        break;
      case 'done':
        pending?.resolve();
        pending = undefined;
        break;
      case 'answer':
        asked.get(message.ticket)?.resolve(message.data);
        asked.delete(message.ticket);
        break;
      default:
        message satisfies never;
    }
    release();
  };
  const threads = Array.from({ length: count }, (_, thread) => {
    const one = host.start(host.prologue + threadScript, `nnc ${thread + 1}`, {
      heard: (message) => heard(thread, message as Answer),
      ended: (why) => fail(thread, why),
    });
    one.tell({ kind: 'start', thread, threads: count, memory } satisfies Message);
    return one;
  });
  const tell = (message: Message): void => {
    for (const one of threads) one.tell(message);
  };
  const check = (): void => {
    if (failure !== undefined) throw failure;
    if (closed) throw new DeviceError('the threads of this session have ended');
  };
  const start = (message: Message): Promise<void> => {
    check();
    return new Promise((resolve, reject) => {
      pending = { resolve, reject };
      if (memory !== undefined) Atomics.store(new Int32Array(memory.buffer, control, 4), runningWord, count);
      for (const one of threads) one.hold(true);
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
    tell: (message, moved) => threads[0]!.tell(message, moved),
    async ask(request) {
      check();
      const ticket = tickets++;
      return new Promise((resolve, reject) => {
        asked.set(ticket, { resolve, reject });
        threads[0]!.hold(true);
        threads[0]!.tell(request(ticket));
      });
    },
    close() {
      closed = true;
      stop();
      rejectAll(new DeviceError('the session was closed while a program ran'));
    },
  };
}
