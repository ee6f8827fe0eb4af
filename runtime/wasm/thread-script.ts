/**
 * What a thread does, as a script by itself: it is the same whatever the host packs its files into.
 *
 * A thread is given a memory that others share, or makes one of its own. Then it is alone, and the only one who can
 * write to it and read from it.
 */
import { bytesAround } from '../limits.ts';

/** Where in memory the words lie that threads share, and a cache line of their own for them. Nothing is at address 0. */
export const control = 64;
export const controlBytes = 64;

/** Which of these words counts the threads that are not done yet. */
export const runningWord = 3;

export const mostPages = 2 ** 16;
export const pageBytes = 2 ** 16;

export type Message =
  | {
      readonly kind: 'start';
      readonly thread: number;
      readonly threads: number;
      readonly memory: WebAssembly.Memory | undefined;
    }
  | {
      readonly kind: 'load';
      readonly program: number;
      readonly module: WebAssembly.Module;
      readonly imports: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'unload'; readonly program: number }
  | {
      readonly kind: 'run';
      readonly program: number;
      readonly name: string;
      readonly times: number;
      readonly position: number;
    }
  | StoreMessage;

/** To a thread with a memory of its own. */
export type StoreMessage =
  | { readonly kind: 'reserve'; readonly ticket: number; readonly address: number; readonly bytes: number }
  | { readonly kind: 'write'; readonly address: number; readonly data: ArrayBuffer }
  | {
      readonly kind: 'read';
      readonly ticket: number;
      readonly parts: readonly { readonly address: number; readonly bytes: number }[];
    };

/** `done` by the last thread of a run; answers to requests with their ticket. */
export type Answer =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'answer'; readonly ticket: number; readonly data?: readonly ArrayBuffer[] };

export const threadScript = `
let thread, threads, memory, alone;
const instances = new Map();
const bytesAt = (address, bytes) => new Uint8Array(memory.buffer, address, bytes);
const handlers = {
  start(told) {
    ({ thread, threads, memory } = told);
    alone = memory === undefined;
    memory ??= new WebAssembly.Memory({ initial: 1, maximum: ${mostPages}, shared: true });
  },
  load({ program, module, imports }) {
    instances.set(program, new WebAssembly.Instance(module, { nnc: { memory, ...imports } }).exports);
  },
  unload({ program }) {
    instances.delete(program);
  },
  run({ program, name, times, position }) {
    const run = instances.get(program)[name];
    for (let k = 0; k < times; k++) run(thread, threads, position);
    const words = new Int32Array(memory.buffer, ${control}, 4);
    if (alone || Atomics.sub(words, ${runningWord}, 1) === 1) send({ kind: 'done' });
  },
  reserve({ ticket, address, bytes }) {
    const missing = address + bytes + ${bytesAround} - memory.buffer.byteLength;
    try {
      if (missing > 0) memory.grow(Math.ceil(missing / ${pageBytes}));
    } catch {
      return send({ kind: 'answer', ticket });
    }
    bytesAt(address, bytes).fill(0);
    send({ kind: 'answer', ticket, data: [] });
  },
  write({ address, data }) {
    bytesAt(address, data.byteLength).set(new Uint8Array(data));
  },
  read({ ticket, parts }) {
    const data = parts.map(({ address, bytes }) => {
      const own = new ArrayBuffer(bytes);
      new Uint8Array(own).set(bytesAt(address, bytes));
      return own;
    });
    send({ kind: 'answer', ticket, data }, data);
  },
};
listen((message) => {
  try {
    handlers[message.kind](message);
  } catch (error) {
    send({ kind: 'failed', why: String(error && error.message || error) });
  }
});
`;
