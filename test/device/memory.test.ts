/** A device that has too little: for a program made for more, for one more buffer, for all results at once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AdapterSummary, Device } from '../../runtime/device.ts';
import { DeviceError, OutOfMemoryError } from '../../runtime/errors.ts';
import { createSession } from '../../runtime/execute.ts';
import { openNodeDevice } from '../../runtime/node-device.ts';
import { wgslOf } from '../../runtime/program.ts';
import { groupsOf } from '../../runtime/webgpu/buffers.ts';
import { webgpuExecutor } from '../../runtime/webgpu/executor.ts';
import { counting, evaluation, training } from './programs.ts';

let device: Device;
beforeAll(async () => {
  device = await openNodeDevice();
});
afterAll(() => device.close());

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

const narrowed = (limits: Partial<AdapterSummary>): Device => ({
  ...device,
  info: { ...device.info, summary: { ...device.info.summary, ...limits } },
});

interface Made {
  readonly label: string;
  readonly size: number;
  destroyed: boolean;
}

/** The device, which says that it has no memory for buffers of more than so many bytes; and what it made. */
function shortOf(most: number): { readonly device: Device; readonly made: readonly Made[] } {
  const made: Made[] = [];
  /** The messages of each open scope. */
  const scopes: { readonly filter: string; message?: string }[] = [];
  const gpu = new Proxy(device.gpu, {
    get(target, key) {
      if (key === 'createBuffer') {
        return (wanted: GPUBufferDescriptor) => {
          const entry: Made = { label: wanted.label ?? '', size: wanted.size, destroyed: false };
          made.push(entry);
          const scope = scopes.findLast(({ filter }) => filter === 'out-of-memory');
          if (wanted.size > most && scope) scope.message = 'VK_ERROR_OUT_OF_DEVICE_MEMORY';
          const buffer = target.createBuffer(wanted);
          const destroy = buffer.destroy.bind(buffer);
          buffer.destroy = () => {
            entry.destroyed = true;
            return destroy();
          };
          return buffer;
        };
      }
      if (key === 'pushErrorScope') {
        return (filter: GPUErrorFilter) => {
          scopes.push({ filter });
          target.pushErrorScope(filter);
        };
      }
      if (key === 'popErrorScope') {
        return () => {
          const scope = scopes.pop();
          const real = target.popErrorScope();
          return scope?.message === undefined
            ? real
            : real.then(() => ({ message: scope.message }) as unknown as GPUError);
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { device: { ...device, gpu }, made };
}

describe('a program made for more than the device has', () => {
  test('is refused with all that is missing', async () => {
    const session = createSession(
      webgpuExecutor(
        narrowed({
          largestBinding: 64,
          memory: 100,
          storageBuffersPerStage: 3,
          invocationsPerWorkgroup: 4,
          workgroupSizeX: 7,
          workgroupStorage: 1,
        }),
      ),
    );
    const program = training(16);
    const code = wgslOf(program);
    const requirements = { ...code.requirements, workgroupStorage: 48 };
    const needy = { ...program, code: { ...code, requirements } };
    const failure = await failureOf(session.load(needy));
    expect(failure).toBeInstanceOf(DeviceError);
    const { message } = failure as DeviceError;
    expect(message.split('\n').slice(1)).toEqual([
      '  all buffers: 288 bytes; the device has 100 bytes of memory',
      '  tensor x: f32[16, 2]: 128 bytes; the device binds at most 64 bytes',
      '  a kernel uses 48 bytes of workgroup memory; the device has 1 bytes',
      ...['forward', 'squares', 'update'].flatMap((name) => [
        `  kernel ${name} has 8 invocations a workgroup; the device allows 4`,
        `  kernel ${name} has a workgroup of 8 along X; the device allows 7`,
        ...(name === 'update' ? ['  kernel update uses 4 buffers; the device binds at most 3'] : []),
      ]),
    ]);
    expect(session.names()).toEqual([]);
    session.close();
  });

  test('a buffer may be what is too large, though a binding could be larger', async () => {
    const session = createSession(webgpuExecutor(narrowed({ largestBuffer: 64 })));
    await expect(session.load(evaluation(16))).rejects.toThrow(
      'tensor x: f32[16, 2]: 128 bytes; the device binds at most 64 bytes',
    );
    session.close();
  });
});

describe('a device that runs out of memory', () => {
  test('says how much the program takes and its largest tensors, and nothing is kept', async () => {
    const { device: short, made } = shortOf(100);
    const session = createSession(webgpuExecutor(short));
    const failure = await failureOf(session.load(training(16)));
    expect(failure).toBeInstanceOf(OutOfMemoryError);
    expect((failure as Error).message.replaceAll(device.info.name, 'DEVICE')).toBe(
      [
        'program linear.train takes 288 bytes in 5 buffers, for which DEVICE has no memory',
        '  x: 128 bytes',
        '  t: 64 bytes',
        '  y: 64 bytes',
        '  | no memory for linear.train: x, 128 bytes on DEVICE: VK_ERROR_OUT_OF_DEVICE_MEMORY',
        '  a smaller batch or another adapter helps; nothing was kept',
      ].join('\n'),
    );
    expect(made).toHaveLength(5);
    expect(made.filter(({ destroyed }) => !destroyed)).toEqual([]);
    expect(session.names()).toEqual([]);
    session.close();
  });

  test('keeps the tensors that were there, and runs what fits', async () => {
    const { device: short } = shortOf(100);
    const session = createSession(webgpuExecutor(short));
    await session.set('w', { dtype: 'f32', shape: [2], data: Float32Array.of(0.5, 0.25) });
    await expect(session.load(training(16))).rejects.toThrow(OutOfMemoryError);
    expect((await session.get('w')).data).toEqual(Float32Array.of(0.5, 0.25));
    const runner = await session.load(evaluation(4));
    await expect(session.load(training(16))).rejects.toThrow(OutOfMemoryError);
    runner.write(
      'x',
      Float32Array.from({ length: 8 }, () => 1),
    );
    runner.write('t', new Float32Array(4));
    await runner.run();
    expect(await runner.read('y')).toEqual(Float32Array.of(0.75, 0.75, 0.75, 0.75));
    session.close();
  });

  test('a state that a program has made stays while another fails', async () => {
    const { device: short } = shortOf(100);
    const session = createSession(webgpuExecutor(short));
    const runner = await session.load(counting);
    await runner.run();
    const large = {
      ...counting,
      buffers: counting.buffers.map((b, k) => (k === 4 ? { ...b, bytes: 128 } : b)),
    };
    await expect(session.load(large)).rejects.toThrow(OutOfMemoryError);
    await runner.run();
    expect((await session.get('count')).data).toEqual(Int32Array.of(2));
    session.close();
  });
});

describe('results are read back', () => {
  test('in as many pieces as the largest buffer asks for', async () => {
    const { device: counted, made } = shortOf(Number.POSITIVE_INFINITY);
    const { summary } = counted.info;
    const info = { ...counted.info, summary: { ...summary, largestBuffer: 20 } };
    const session = createSession(webgpuExecutor({ ...counted, info }));
    const names = ['a', 'b', 'c', 'd'];
    for (const [k, name] of names.entries()) {
      await session.set(name, { dtype: 'f32', shape: [2], data: Float32Array.of(k, -k) });
    }
    const all = await session.export();
    expect([...all].map(([name, { data }]) => [name, ...data])).toEqual(names.map((n, k) => [n, k, -k]));
    expect(made.filter(({ label }) => label === 'read back').map(({ size }) => size)).toEqual([16, 16]);
    session.close();
  });

  test('as large as the limits allow can be made', async () => {
    const { gpu, info } = device;
    const { largestBuffer, largestBinding } = info.summary;
    expect(largestBinding).toBeLessThanOrEqual(largestBuffer);
    for (const filter of ['out-of-memory', 'validation'] as const) gpu.pushErrorScope(filter);
    const buffer = gpu.createBuffer({ size: largestBuffer, usage: 0x80 });
    expect([await gpu.popErrorScope(), await gpu.popErrorScope()]).toEqual([null, null]);
    buffer.destroy();
  });

  test('together, up to that', () => {
    const buffer = {} as GPUBuffer;
    const sizes = (...bytes: number[]) =>
      groupsOf(
        bytes.map((n) => ({ buffer, bytes: n })),
        10,
      ).map((group) => group.map((part) => part.bytes));
    expect(sizes(4, 6, 1, 9, 10, 3)).toEqual([[4, 6], [1, 9], [10], [3]]);
    expect(sizes()).toEqual([[]]);
    expect(sizes(12, 1)).toEqual([[12], [1]]);
  });
});
