import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../runtime/device.ts';
import { DataError, DeviceError } from '../../runtime/errors.ts';
import { createSession } from '../../runtime/execute.ts';
import type { Memory } from '../../runtime/executor.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { type Program, wgslOf } from '../../runtime/program.ts';
import { stepKey } from '../../runtime/random.ts';
import type { Tensor } from '../../runtime/tensor.ts';
import { wasmExecutor } from '../../runtime/wasm/node-executor.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';
import { initialWeights } from '../../src/data/weights.ts';
import { programOf } from '../prelude/program.ts';
import { counting, evaluation, kernel, linearData, looping, running, training } from './programs.ts';

let device: Device;
beforeAll(async () => {
  device = await openNodeDevice();
  console.info(`device tests run on ${device.info.name}`);
});
afterAll(() => device.close());

const batch = 4;
const data = linearData(batch);
const weights = (...values: number[]) => ({
  dtype: 'f32' as const,
  shape: [2],
  data: Float32Array.from(values),
});

/** The training step of `programs.ts`, in f64. */
function reference(start: readonly [number, number], steps: number) {
  let [w0, w1] = start;
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const d = Array.from(
      { length: batch },
      (_, b) => data.x[2 * b]! * w0 + data.x[2 * b + 1]! * w1 - data.t[b]!,
    );
    losses.push(d.reduce((sum, v) => sum + v * v, 0) / batch);
    w0 -= ((0.1 * 2) / batch) * d.reduce((sum, v, b) => sum + v * data.x[2 * b]!, 0);
    w1 -= ((0.1 * 2) / batch) * d.reduce((sum, v, b) => sum + v * data.x[2 * b + 1]!, 0);
  }
  return { w: [w0, w1], losses };
}

async function loaded(program: Program = training(batch)) {
  const session = createSession(webgpuExecutor(device));
  const runner = await session.load(program);
  await session.set('w', weights(0.5, 0.25));
  runner.write('x', data.x);
  runner.write('t', data.t);
  return { session, runner };
}

/** Runs `steps` training steps from the same start; gives the bits of w and of all losses. */
async function trained(steps: number) {
  const { session, runner } = await loaded();
  const trace = runner.trace(['loss'], 4);
  for (let step = 1; step <= steps; step++) await runner.run({ step });
  await trace.flush();
  const w = (await session.get('w')).data;
  session.close();
  return { w, losses: trace.take().map((row) => row.values[0]!) };
}

describe('initial values, which the host computes,', () => {
  const text = `model m {
    param a: f32[5, 7] init orthogonal(gain = 2)
    param b: f32[3, 11] init truncated_normal(std = 0.02)
    param c: f32[13] init he_uniform(fan_in = 13)
    param d: f32[1] init constant(-0.1)
    loss = sum(a) + sum(b) + sum(c) + sum(d)
  }
  train m { minimize loss with adam(lr = 1e-3) }`;
  const extremes = Float32Array.of(-0, 2 ** -149, -(2 ** -126), 3.4028234663852886e38, 1 / 3);
  const bits = ({ data }: Tensor): readonly number[] => [
    ...new Uint32Array(data.buffer, data.byteOffset, data.length),
  ];

  test.each([
    ['a device', () => webgpuExecutor(device)],
    ['the processor', () => wasmExecutor({ threads: 1 })],
  ])('arrive on %s bit for bit', async (_, executor) => {
    const session = createSession<Memory>(executor());
    const made = initialWeights(programOf(text, { training: true }), 7);
    const all: ReadonlyMap<string, Tensor> = new Map([
      ...made,
      ['extremes', { dtype: 'f32', shape: [5], data: extremes }],
    ]);
    for (const [name, tensor] of all) await session.set(name, tensor);
    const there = await session.export();
    session.close();
    expect([...there.keys()].sort()).toEqual([...all.keys()].sort());
    for (const [name, tensor] of all) expect(bits(there.get(name)!), name).toEqual(bits(tensor));
  });
});

describe('a run', () => {
  test('computes the results', async () => {
    const { session, runner } = await loaded(evaluation(batch));
    await runner.run();
    const results = await runner.readMany(['loss', 'y']);
    const expected = data.t.map((_, b) => 0.5 * data.x[2 * b]! + 0.25 * data.x[2 * b + 1]!);
    expect(results.get('y')).toEqual(expected);
    expect(results.get('loss')![0]).toBeCloseTo(reference([0.5, 0.25], 1).losses[0]!, 5);
    session.close();
  });

  test('updates a parameter in place, and logs the loss of every step in order', async () => {
    const { w, losses } = await trained(11);
    const expected = reference([0.5, 0.25], 11);
    expect(losses).toHaveLength(11);
    losses.forEach((loss, i) => void expect(loss).toBeCloseTo(expected.losses[i]!, 5));
    expected.w.forEach((value, i) => void expect(w[i]).toBeCloseTo(value, 5));
  });

  test('gives the same bits each time', async () => {
    const [first, second] = [await trained(20), await trained(20)];
    expect(second).toEqual(first);
  });

  test('gets the step and a key of its own, and copies after the dispatches', async () => {
    const session = createSession(webgpuExecutor(device), { seed: 7 });
    const runner = await session.load(counting);
    await runner.run({ step: 1 });
    await runner.run({ step: 2 });
    expect([...(await runner.read('out'))]).toEqual([2, 2, stepKey(7, 2)]);
    await runner.run({ step: 3, key: 99 });
    expect([...(await runner.read('out'))]).toEqual([3, 3, 99]);
    expect((await session.get('count')).data[0]).toBe(3);
    session.close();
  });

  test('reads a result as it was when it was asked for, though later runs overwrite it', async () => {
    const session = createSession(webgpuExecutor(device));
    const runner = await session.load(counting);
    await runner.run({ step: 5 });
    const early = runner.read('out');
    await runner.run({ step: 6 });
    expect((await early)[1]).toBe(5);
    session.close();
  });
});

describe('a loop', () => {
  test.each([
    [0, 5, 1, [0, 1, 2, 3, 4]],
    [6, 3, -2, [6, 4, 2]],
    [3, 1, 1, [3]],
    [1, 3, 4, [1, 5, 9]],
  ])(
    'from %i, %i times, by %i: each position in order, all its steps at each',
    async (from, count, by, at) => {
      const session = createSession(webgpuExecutor(device));
      const runner = await session.load(looping(from, count, by));
      for (let run = 0; run < 2; run++) {
        await runner.run();
        const { sum, out } = Object.fromEntries(await runner.readMany(['sum', 'out']));
        expect([...sum!]).toEqual([Number(at.join(''))]);
        const seen = at.map((_, k) => Number(at.slice(0, k + 1).join('')));
        const expected = Array.from({ length: 16 }, (_, k) => seen[at.indexOf(k)] ?? 0);
        expect([...out!]).toEqual(expected);
      }
      session.close();
    },
  );

  test('is one pass and one submit, and its dispatches are timed once, with how often they run', async () => {
    const session = createSession(webgpuExecutor(device));
    const runner = await session.load(looping(0, 16, 1));
    await runner.run();
    const calls = new Map<string, number>();
    const encoder = device.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.end();
    const undo = [device.gpu, device.gpu.queue, encoder, pass].map((object) => countCalls(object, calls));
    await runner.run();
    for (const restore of undo) restore();
    expect(Object.fromEntries(calls)).toEqual({
      createCommandEncoder: 1,
      beginComputePass: 1,
      setPipeline: 33,
      setBindGroup: 65,
      dispatchWorkgroups: 33,
      end: 1,
      finish: 1,
      submit: 1,
      onSubmittedWorkDone: 1,
    });
    const times = await runner.profile(3);
    expect(times.map(({ name, times }) => [name, times])).toEqual([
      ['clear', 1],
      ['append', 16],
      ['place', 16],
    ]);
    session.close();
  });

  test('that has more positions than a buffer holds is refused', async () => {
    const session = createSession(webgpuExecutor(device));
    await expect(session.load(looping(0, 2 ** 40, 1))).rejects.toThrow(
      'the positions of its loops: 256 TiB; a buffer of the device has at most',
    );
    session.close();
  });
});

describe('a session', () => {
  test('shares parameters between programs by name', async () => {
    const { session, runner } = await loaded();
    const evaluator = await session.load(evaluation(batch));
    evaluator.write('x', data.x);
    evaluator.write('t', data.t);
    for (let step = 1; step <= 200; step++) await runner.run({ step });
    await evaluator.run();
    expect((await evaluator.read('loss'))[0]).toBeLessThan(0.01);
    expect(session.names()).toEqual(['w']);
    session.close();
  });

  test('shares them between programs that are loaded at the same time', async () => {
    const session = createSession(webgpuExecutor(device));
    const [runner] = await Promise.all([session.load(training(batch)), session.load(evaluation(batch))]);
    await session.set('w', weights(3, 4));
    expect(await runner.read('w')).toEqual(Float32Array.of(3, 4));
    session.close();
  });

  test('exports and takes back all persistent tensors', async () => {
    const { session, runner } = await loaded();
    await runner.run();
    const saved = await session.export();
    await runner.run();
    expect(await session.get('w')).not.toEqual(saved.get('w'));
    await session.set('w', saved.get('w')!);
    expect(await session.get('w')).toEqual(saved.get('w'));
    session.close();
  });

  test('takes a tensor before the program that uses it', async () => {
    const session = createSession(webgpuExecutor(device));
    await session.set('w', weights(2, -1));
    const runner = await session.load(evaluation(batch));
    runner.write('x', data.x);
    runner.write('t', data.t);
    await runner.run();
    expect((await runner.read('loss'))[0]).toBeLessThan(1e-10);
    session.close();
  });

  test('refuses a tensor of another type or shape under a known name', async () => {
    const { session } = await loaded();
    const wrong = { dtype: 'f32' as const, shape: [3], data: new Float32Array(3) };
    await expect(session.set('w', wrong)).rejects.toThrow('w is f32[2] in this session; got f32[3]');
    await expect(session.get('v')).rejects.toThrow(DataError);
    session.close();
    const other = createSession(webgpuExecutor(device));
    await other.set('w', wrong);
    await expect(other.load(training(batch))).rejects.toThrow('w is f32[2] here, but f32[3] in this session');
    other.close();
  });

  test('makes one pipeline for kernels of the same text', async () => {
    const made: string[] = [];
    const gpu = new Proxy(device.gpu, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        if (key === 'createComputePipelineAsync') made.push('pipeline');
        return value.bind(target);
      },
    });
    const session = createSession(webgpuExecutor({ ...device, gpu }));
    await session.load(training(batch));
    await session.load(evaluation(batch));
    expect(made).toHaveLength(3);
    session.close();
  });
});

describe('a steady step', () => {
  test('is one submit and makes nothing, and reads back only every few steps', async () => {
    const { session, runner } = await loaded();
    runner.trace(['loss'], 10);
    for (let step = 1; step <= 3; step++) await runner.run({ step });
    const calls = new Map<string, number>();
    const undo = [device.gpu, device.gpu.queue, anyBuffer()].map((object) => countCalls(object, calls));
    for (let step = 4; step <= 33; step++) {
      runner.write('x', data.x);
      await runner.run({ step });
    }
    for (const restore of undo) restore();
    // What follows when a map completes is no work of the step, and comes when it comes.
    for (const name of ['getMappedRange', 'unmap']) calls.delete(name);
    expect(Object.fromEntries(calls)).toEqual({
      createCommandEncoder: 30,
      submit: 30,
      writeBuffer: 30,
      onSubmittedWorkDone: 30,
      mapAsync: 3,
    });
    session.close();
  });
});

/** One buffer, to get at the prototype of all. */
function anyBuffer(): GPUBuffer {
  const buffer = device.gpu.createBuffer({ size: 4, usage: 8 });
  buffer.destroy();
  return buffer;
}

/** Counts the calls of all methods of an object's prototype; gives the function that undoes it. */
function countCalls(object: object, calls: Map<string, number>): () => void {
  const prototype = Object.getPrototypeOf(object) as Record<string, unknown>;
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([name, { value }]) => name !== 'constructor' && typeof value === 'function',
  );
  for (const [name, { value }] of methods) {
    const original = value as (...args: unknown[]) => unknown;
    prototype[name] = function (this: unknown, ...args: unknown[]) {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return original.apply(this, args);
    };
  }
  return () => {
    for (const [name, { value }] of methods) prototype[name] = value;
  };
}

describe('a bad kernel', () => {
  const broken = (wgsl: string): Program => ({
    ...counting,
    ...running(kernel('broken', counting.code.kernels[0]!.bindings, wgsl), counting),
  });

  test('that is no WGSL is a DeviceError with its equation, source line and the complaint', async () => {
    const session = createSession(webgpuExecutor(device));
    const text = '@compute @workgroup_size(1) fn main() {\n  let x: u32 = 1.5;\n}';
    const error: unknown = await session.load(broken(text)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeviceError);
    expect(String(error)).toMatch(/kernel broken of program counting/);
    expect(String(error)).toMatch(/computes %broken\[i\]/);
    expect(String(error)).toMatch(/from linear\.nn:7:3 linear > broken/);
    expect(String(error)).toMatch(/2:16 error: cannot (initialize|convert)/);
    device.check();
    session.close();
  });

  test('that does not match its bindings is one, too', async () => {
    const session = createSession(webgpuExecutor(device));
    const text = `@group(0) @binding(7) var<storage, read_write> far: array<u32>;
@compute @workgroup_size(1) fn main() { far[0] = 1u; }`;
    const error: unknown = await session.load(broken(text)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeviceError);
    expect(String(error)).toMatch(/kernel broken[\s\S]*linear\.nn:7:3[\s\S]*binding/);
    session.close();
  });

  test('that fails only in its first submit is one, too', async () => {
    const session = createSession(webgpuExecutor(device));
    const wider = kernel(
      'wide',
      counting.code.kernels[0]!.bindings,
      wgslOf(counting).kernels[0]!.wgsl.replace('out: array<u32>', 'out: array<u32, 1024>'),
    );
    const runner = await session.load({ ...counting, ...running(wider, counting) });
    const error: unknown = await runner.run().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeviceError);
    expect(String(error)).toMatch(/kernel wide of program counting[\s\S]*linear\.nn:7:3/);
    session.close();
  });
});

describe('what does not fit', () => {
  test('names the tensor, its size and the limit', async () => {
    const session = createSession(webgpuExecutor(device));
    const huge = evaluation(2 ** 40);
    const error: unknown = await session.load(huge).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DeviceError);
    expect(String(error)).toMatch(/tensor x: f32\[1099511627776, 2\]: 8 TiB; the device binds at most/);
    session.close();
  });

  test('names the kernel with too many workgroups, and the missing feature', async () => {
    const session = createSession(webgpuExecutor(device));
    const most = device.info.summary.workgroupsPerDimension;
    const wide = { ...counting, steps: [{ ...counting.steps[0]!, workgroups: [most + 1, 1, 1] }] };
    await expect(session.load(wide as unknown as Program)).rejects.toThrow(
      `kernel count runs ${most + 1} workgroups along one axis; the device allows ${most}`,
    );
    const code = wgslOf(counting);
    const requirements = { ...code.requirements, features: ['shader-f16'] as const };
    const needy = { ...counting, code: { ...code, requirements } };
    if (!device.info.features.includes('shader-f16')) {
      await expect(session.load(needy)).rejects.toThrow('shader-f16');
    }
    session.close();
  });
});

describe('bad data', () => {
  test('is refused with the input, what it takes and what it got', async () => {
    const { session, runner } = await loaded();
    expect(() => runner.write('x', new Int32Array(8))).toThrow(
      'x is f32[4, 2] and takes a Float32Array; got a Int32Array',
    );
    expect(() => runner.write('x', new Float32Array(7))).toThrow(
      'x is f32[4, 2], which is 8 elements; got 7',
    );
    expect(() => runner.write('z', new Float32Array(7))).toThrow('program linear.train has no input z');
    const holed = Float32Array.from(data.x);
    holed[5] = Number.NaN;
    expect(() => runner.write('x', holed)).not.toThrow();
    expect(() => runner.write('x', holed, { finite: true })).toThrow('x[2, 1] is NaN');
    await expect(runner.read('nothing')).rejects.toThrow('program linear.train has no result nothing');
    expect(() => runner.trace(['y'], 2)).toThrow('no scalar result y');
    session.close();
  });
});

test('a lost device is a DeviceError, in the run and in what waits for it', async () => {
  const other = await openNodeDevice();
  const session = createSession(webgpuExecutor(other));
  const runner = await session.load(counting);
  await runner.run();
  const waiting = runner.read('out');
  other.gpu.destroy();
  await expect(waiting).rejects.toThrow(DeviceError);
  await other.gpu.lost;
  await expect(runner.run()).rejects.toThrow(/was lost \(destroyed\)/);
});

test('an error outside of every scope is reported by the next call', async () => {
  const other = await openNodeDevice();
  const session = createSession(webgpuExecutor(other));
  const runner = await session.load(counting);
  other.gpu.createBuffer({ size: 16, usage: 0x8000 });
  await other.gpu.queue.onSubmittedWorkDone();
  await expect(runner.run()).rejects.toThrow(/reported an error: [\s\S]*usage/i);
  other.close();
});

test('a closed device says so', async () => {
  const other = await openNodeDevice();
  const session = createSession(webgpuExecutor(other));
  const runner = await session.load(counting);
  other.close();
  await expect(runner.run()).rejects.toThrow(/was closed/);
});
