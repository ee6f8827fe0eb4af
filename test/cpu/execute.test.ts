/** The processor as an executor: the same bits on any number of threads, what fails and how it is said. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { defaultTargets } from '../../compiler/target.ts';
import { encode } from '../../compiler/wasm/encode.ts';
import { at, i32, type Module, op } from '../../compiler/wasm/instructions.ts';
import { DataError, DeviceError, OutOfMemoryError } from '../../runtime/errors.ts';
import { createSession, type Session } from '../../runtime/execute.ts';
import type { Program } from '../../runtime/program.ts';
import { allocate } from '../../runtime/tensor.ts';
import type { WasmOptions } from '../../runtime/wasm/executor.ts';
import type { Host, Listener } from '../../runtime/wasm/host.ts';
import { createHeap } from '../../runtime/wasm/memory.ts';
import { wasmExecutor } from '../../runtime/wasm/node-executor.ts';
import { sharedMemory, sharedStore } from '../../runtime/wasm/store.ts';
import { startThreads } from '../../runtime/wasm/threads.ts';
import { compileSource } from '../../src/index.ts';
import { evaluation } from '../device/programs.ts';
import { randomSource } from '../support/random.ts';

const open: Session[] = [];
const sessionOf = (options: WasmOptions): Session => {
  const session = createSession(wasmExecutor(options), { seed: 3 });
  open.push(session);
  return session;
};
afterEach(() => {
  for (const session of open.splice(0)) session.close();
});

const text = `model m {
  input x: f32[B, 37]
  target t: f32[B, 5]
  h = x |> Dense(29) |> tanh |> dropout(0.3)
  loss = mse(h |> Dense(5) |> softmax, t)
}
train m { minimize loss with adam(lr = 0.01) }`;

const trained = (): Program =>
  compileSource(
    { name: 'm.nn', text },
    { purpose: { kind: 'train' }, target: defaultTargets.cpu, set: { B: 67 } },
  ).compilation.program;

/** The bits of all parameters and of each loss of some steps. */
async function bitsOf(options: WasmOptions): Promise<readonly number[]> {
  const session = sessionOf(options);
  const program = trained();
  const random = randomSource(5);
  const drawn = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((n, extent) => n * extent, 1) }, () => random.normal());
  for (const { name, dtype, shape, role } of program.persistent) {
    const length = shape.reduce((n, extent) => n * extent, 1);
    const data = role === 'param' ? drawn(shape) : allocate(dtype, length);
    await session.set(name, { dtype, shape, data });
  }
  const runner = await session.load(program);
  for (const { name, shape } of program.inputs) runner.write(name, drawn(shape));
  const trace = runner.trace(['loss'], 1);
  for (let step = 1; step <= 5; step++) await runner.run({ step });
  await trace.flush();
  const losses = trace.take();
  expect(losses.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
  const tensors = [...(await session.export()).values()];
  const bits = tensors.flatMap(({ data }) => [...new Uint32Array(data.buffer, data.byteOffset, data.length)]);
  return [...losses.flatMap(({ values }) => values), ...bits];
}

test('one, two and four threads give the same bits, and so does a thread with a memory of its own', async () => {
  const one = await bitsOf({ threads: 1 });
  expect(one.every(Number.isFinite)).toBe(true);
  expect(new Set(one).size).toBeGreaterThan(100);
  expect(await bitsOf({ threads: 2 })).toEqual(one);
  expect(await bitsOf({ threads: 4 })).toEqual(one);
  expect(await bitsOf({ shared: false })).toEqual(one);
});

test('every dispatch is measured', async () => {
  const session = sessionOf({ threads: 2 });
  const runner = await session.load(trained());
  const times = await runner.profile(2);
  expect(times.length).toBeGreaterThan(4);
  expect(times.every(({ microseconds, name }) => microseconds > 0 && name !== '')).toBe(true);
});

describe('what fails', () => {
  /** A program whose run reads beyond all memory. */
  const broken = (): Program => {
    const module: Module = {
      comments: [],
      globals: [],
      functions: [
        {
          name: 'run',
          comments: [],
          parameters: [],
          locals: [],
          body: [op('drop', at('i32.load', 0, i32(-4)))],
          exported: true,
        },
      ],
    };
    const bytes = btoa(String.fromCharCode(...encode(module)));
    return {
      format: 'nnc-program',
      version: 3,
      name: 'broken',
      buffers: [],
      inputs: [],
      persistent: [],
      results: [],
      scalars: [],
      code: { target: 'wasm', kernels: [], module: bytes, scratch: 0 },
      steps: [],
    };
  };

  test.each([
    [{ threads: 2 }, /thread [12] of 2 stopped: memory access out of bounds/],
    [{ shared: false }, /thread 1 of 1 stopped: memory access out of bounds/],
  ])('a thread that stops is noticed, then and from then on: %o', async (options, message) => {
    const session = sessionOf(options);
    const runner = await session.load(broken());
    const failure: unknown = await runner.run().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeviceError);
    expect(String(failure)).toMatch(message);
    await expect(session.settle()).rejects.toThrow('stopped');
    await expect(runner.run()).rejects.toThrow('stopped');
  });

  test('a thread that ends by itself fails what runs and what is asked, and stops the others', async () => {
    const listeners: Listener[] = [];
    const stopped = new Set<string>();
    const host: Host = {
      prologue: '',
      start(_, name, listener) {
        listeners.push(listener);
        return { tell: () => {}, hold: () => {}, stop: () => void stopped.add(name) };
      },
    };
    const threads = startThreads(host, 3, sharedMemory());
    const message = 'thread 2 of 3 stopped: it ended with code 1';
    const running = expect(threads.run(0, 'run', 1)).rejects.toThrow(message);
    const asked = expect(threads.ask((ticket) => ({ kind: 'read', ticket, parts: [] }))).rejects.toThrow(
      message,
    );
    await Promise.resolve();
    listeners[1]!.ended('it ended with code 1');
    listeners[0]!.ended('it was stopped');
    await Promise.all([running, asked]);
    expect([...stopped]).toEqual(['nnc 1', 'nnc 2', 'nnc 3']);
    expect(() => threads.check()).toThrow(message);
    await expect(threads.run(0, 'run', 1)).rejects.toThrow(message);
  });

  test('a program for WebGPU is refused', async () => {
    const failure: unknown = await sessionOf({ threads: 1 })
      .load(evaluation(3))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataError);
    expect(String(failure)).toContain('is compiled for WebGPU, not for the processor');
  });

  test('more memory than 32 bits address is refused', async () => {
    const heap = createHeap(sharedStore(sharedMemory()));
    await expect(heap.allocate('much', 2 ** 33).valid).rejects.toThrow('no memory for much, 8 GiB');
  });

  test.each([{ shared: true }, { shared: false }])(
    'memory that cannot grow is said with the largest buffers, and nothing is kept: %o',
    async (options) => {
      const { code, ...program } = trained();
      const [first, ...others] = program.buffers;
      const large = { ...program, code, buffers: [{ ...first!, bytes: 2 ** 32 - 2 ** 21 }, ...others] };
      const executor = wasmExecutor({ ...options, threads: 1 });
      const session = createSession({ ...executor, checkFit: () => {} });
      open.push(session);
      // A part of it is held by somebody else.
      await executor.allocate('other', 2 ** 22).valid;
      const failure: unknown = await session.load(large).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(OutOfMemoryError);
      expect(String(failure)).toMatch(
        /program m\.train takes 4\.0 GiB in \d+ buffers, for which .* has no memory/,
      );
      expect(session.names()).toEqual([]);
      await session.load({ ...program, code });
    },
  );

  test('an engine without vectors is told so before anything is started', () => {
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(() => wasmExecutor()).toThrow(/no vectors of 128 bits \(SIMD\) here/);
    validate.mockRestore();
  });
});

test('memory that was freed is used again, zeroed, and no two overlap', () => {
  const memory = sharedMemory();
  const heap = createHeap(sharedStore(memory));
  const random = randomSource(1);
  const held = new Map<number, { readonly until: number; readonly free: () => void }>();
  for (let k = 0; k < 500; k++) {
    const { address, bytes, free } = heap.allocate('some', 16 * random.integer(1, 4000));
    const words = new Uint8Array(memory.buffer, address, bytes);
    expect(words.every((byte) => byte === 0)).toBe(true);
    words.fill(255);
    for (const [from, { until }] of held) expect(address >= until || address + bytes <= from).toBe(true);
    held.set(address, { until: address + bytes, free });
    if (held.size > 20) {
      const [first, one] = [...held][random.integer(0, 20)]!;
      one.free();
      one.free();
      held.delete(first);
    }
  }
  expect(memory.buffer.byteLength).toBeLessThan(8_000_000);
});
