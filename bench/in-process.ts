/**
 * A program for the processor on a memory of its own, run by the thread that calls it: so that processor time is the
 * time of what was called, whatever else the machine does.
 */
import { bytesAround } from '../runtime/limits.ts';
import { dispatchesOf, type Program } from '../runtime/program.ts';

export interface InProcess {
  /** A whole run. */
  readonly run: () => void;
  /** Of each dispatch: its kernel alone, at one position of its loop. */
  readonly steps: readonly { readonly name: string; readonly times: number; readonly run: () => void }[];
  readonly write: (buffer: number, data: Float32Array | Int32Array) => void;
}

/** `fill` gives every element of every buffer its first value. */
export function inProcess(program: Program, fill: (k: number) => number): InProcess {
  const { code, buffers } = program;
  if (code.target !== 'wasm') throw new Error('no module');
  let end = bytesAround;
  const place = (bytes: number): number => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
  const control = place(64);
  const scratch = place(code.scratch);
  const addresses = buffers.map(({ bytes }) => place(bytes));
  const memory = new WebAssembly.Memory({
    initial: Math.ceil(end / bytesAround) + 1,
    maximum: 2 ** 16,
    shared: true,
  });
  for (const [k, { bytes }] of buffers.entries()) {
    const words = new Float32Array(memory.buffer, addresses[k], bytes / 4);
    for (let n = 0; n < words.length; n++) words[n] = fill(n);
  }
  const bytes = Uint8Array.from(atob(code.module), (letter) => letter.charCodeAt(0));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    nnc: { memory, control, scratch, ...Object.fromEntries(addresses.map((at, k) => [`buffer${k}`, at])) },
  });
  const run = exports.run as (thread: number, threads: number) => void;
  const positions = new Map(
    program.steps.flatMap((step) =>
      step.kind === 'loop' ? step.steps.map((inner) => [inner, step] as const) : [],
    ),
  );
  return {
    run: () => run(0, 1),
    steps: dispatchesOf(program).map((dispatch, k) => {
      const step = exports[`step.${k}`] as (thread: number, threads: number, position?: number) => void;
      const loop = positions.get(dispatch);
      return {
        name: dispatch.name,
        times: loop?.count ?? 1,
        run: () => (loop === undefined ? step(0, 1) : step(0, 1, loop.from)),
      };
    }),
    write: (buffer, data) => {
      const words =
        data instanceof Float32Array
          ? new Float32Array(memory.buffer, addresses[buffer], data.length)
          : new Int32Array(memory.buffer, addresses[buffer], data.length);
      words.set(data);
    },
  };
}
