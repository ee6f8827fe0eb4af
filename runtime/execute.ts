/**
 * An open device and programs come in; runs, results and named persistent tensors go out.
 *
 * A session owns the tensors that live between runs (parameters, optimiser state) under their names; all
 * programs that it loads share them.
 */
import type { Storage } from './buffers.ts';
import { bufferReader, createStorage } from './buffers.ts';
import type { Device } from './device.ts';
import { DataError } from './errors.ts';
import { pipelineCache } from './pipelines.ts';
import type { Program } from './program.ts';
import type { Runner, Shared } from './runner.ts';
import { loadProgram } from './runner.ts';
import type { Tensor } from './tensor.ts';
import { byteLength, checkArray, elementCount, ownBytes, sameType, typeText, viewOf } from './tensor.ts';
import { workQueue } from './work-queue.ts';

export type { Runner, StepScalars } from './runner.ts';

export interface SessionOptions {
  /** Where all random numbers come from. Default 0. */
  readonly seed?: number;
  /** Steps that may be queued on the device before `run` waits. Default 3. */
  readonly stepsInFlight?: number;
  /** Is told what takes unusually long, in words for people. */
  readonly notify?: (text: string) => void;
}

export interface Session {
  readonly device: Device;
  readonly seed: number;
  /** Checks a program and makes it ready to run. */
  load(program: Program): Promise<Runner>;
  /** The names of the persistent tensors, in the order in which they came. */
  names(): readonly string[];
  /** Element type and shape of a persistent tensor. */
  typeOf(name: string): TensorType | undefined;
  /** Gives a persistent tensor its values; makes it if there is none of this name. */
  set(name: string, tensor: Tensor): Promise<void>;
  get(name: string): Promise<Tensor>;
  /** All persistent tensors, as they are after the runs so far. */
  export(): Promise<Map<string, Tensor>>;
  /** Waits until the device has done all work queued so far. */
  settle(): Promise<void>;
  /** Frees everything that the session made; the device stays open. */
  close(): void;
}

type TensorType = Pick<Tensor, 'dtype' | 'shape'>;

interface Persistent extends TensorType, Storage {}

export function createSession(device: Device, options: SessionOptions = {}): Session {
  const seed = options.seed ?? 0;
  const tensors = new Map<string, Persistent>();
  /** How many programs and callers of `set` have each tensor. */
  const holders = new Map<string, number>();
  const hold = (name: string, by: number): number => {
    const count = (holders.get(name) ?? 0) + by;
    holders.set(name, count);
    return count;
  };
  const reader = bufferReader(device);
  const queue = workQueue(device, options.stepsInFlight ?? 3);
  const runners = new Set<Runner>();

  /** Known under its name at once, so that programs which are loaded at the same time share it. */
  const make = ({ dtype, shape }: TensorType, name: string, bytes: number): Persistent => {
    const storage = createStorage(device, `${name}: ${typeText({ dtype, shape })}`, bytes);
    const tensor = { dtype, shape, ...storage };
    tensors.set(name, tensor);
    storage.valid.catch(() => tensors.delete(name));
    return tensor;
  };
  const shared: Shared = {
    device,
    seed,
    reader,
    queue,
    pipelines: pipelineCache(device, options.notify),
    persistent(spec, bytes) {
      const known = tensors.get(spec.name) ?? make(spec, spec.name, bytes);
      if (!sameType(known, spec) || known.buffer.size < bytes) {
        throw new DataError(`${spec.name} is ${typeText(spec)} here, but ${typeText(known)} in this session`);
      }
      hold(spec.name, 1);
      return known;
    },
    release(name) {
      if (hold(name, -1) > 0) return;
      tensors.get(name)?.buffer.destroy();
      tensors.delete(name);
    },
  };
  const find = (name: string): Persistent => {
    const found = tensors.get(name);
    if (found === undefined) throw new DataError(`there is no persistent tensor ${name} in this session`);
    return found;
  };
  const readAll = async (names: readonly string[]): Promise<Map<string, Tensor>> => {
    const parts = names.map(find).map(({ buffer, shape }) => ({ buffer, bytes: byteLength(shape) }));
    const data = await reader.read(parts, false);
    return new Map(
      names.map((name, i) => {
        const { dtype, shape } = find(name);
        return [name, { dtype, shape, data: viewOf(dtype, data[i]!, 0, elementCount(shape)) }];
      }),
    );
  };

  return {
    device,
    seed,
    async load(program) {
      device.check();
      const runner = await loadProgram(program, shared);
      runners.add(runner);
      return {
        ...runner,
        close() {
          runners.delete(runner);
          runner.close();
        },
      };
    },
    names: () => [...tensors.keys()],
    typeOf: (name) => tensors.get(name),
    async set(name, tensor) {
      device.check();
      checkArray({ name, ...tensor }, tensor.data);
      const known = tensors.get(name);
      if (known !== undefined && !sameType(known, tensor)) {
        throw new DataError(`${name} is ${typeText(known)} in this session; got ${typeText(tensor)}`);
      }
      const bytes = Math.max(16, Math.ceil(byteLength(tensor.shape) / 16) * 16);
      const { buffer, valid } = known ?? make(tensor, name, bytes);
      await valid;
      hold(name, 1);
      device.gpu.queue.writeBuffer(buffer, 0, ownBytes(tensor.data));
    },
    get: async (name) => (await readAll([name])).get(name)!,
    export: () => readAll([...tensors.keys()]),
    settle: queue.settle,
    close() {
      for (const runner of runners) runner.close();
      reader.close();
      for (const { buffer } of tensors.values()) buffer.destroy();
      tensors.clear();
    },
  };
}
