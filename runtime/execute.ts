/**
 * An executor and programs come in; runs, results and named persistent tensors go out.
 *
 * A session owns the tensors that live between runs (parameters, optimiser state) under their names; all
 * programs that it loads share them.
 */

import { DataError } from './errors.ts';
import type { Executor, ExecutorInfo, Memory } from './executor.ts';
import { elementCount } from './extents.ts';
import type { Program } from './program.ts';
import type { Runner, Shared } from './runner.ts';
import { loadProgram } from './runner.ts';
import type { Tensor } from './tensor.ts';
import { byteLength, checkArray, sameType, typeText, viewOf } from './tensor.ts';

export type { Runner, StepScalars } from './runner.ts';

export interface SessionOptions {
  /** Where all random numbers come from. Default 0. */
  readonly seed?: number;
}

export interface Session {
  /** What it runs on. */
  readonly info: ExecutorInfo;
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
  /** Waits until all work queued so far is done. */
  settle(): Promise<void>;
  /** Frees everything that the session and its executor made; a device stays open. */
  close(): void;
}

type TensorType = Pick<Tensor, 'dtype' | 'shape'>;

interface Persistent<M> extends TensorType {
  readonly memory: M;
}

/** The session owns the executor: it is closed with it. */
export function createSession<M extends Memory>(
  executor: Executor<M>,
  options: SessionOptions = {},
): Session {
  const seed = options.seed ?? 0;
  const tensors = new Map<string, Persistent<M>>();
  /** How many programs and callers of `set` have each tensor. */
  const holders = new Map<string, number>();
  const hold = (name: string, by: number): number => {
    const count = (holders.get(name) ?? 0) + by;
    holders.set(name, count);
    return count;
  };
  const runners = new Set<Runner>();

  /** Known under its name at once, so that programs which are loaded at the same time share it. */
  const make = ({ dtype, shape }: TensorType, name: string, bytes: number): Persistent<M> => {
    const memory = executor.allocate(`${name}: ${typeText({ dtype, shape })}`, bytes);
    const tensor = { dtype, shape, memory };
    tensors.set(name, tensor);
    memory.valid.catch(() => tensors.delete(name));
    return tensor;
  };
  const shared: Shared<M> = {
    executor,
    seed,
    persistent(spec, bytes) {
      const known = tensors.get(spec.name) ?? make(spec, spec.name, bytes);
      if (!sameType(known, spec) || known.memory.bytes < bytes) {
        throw new DataError(`${spec.name} is ${typeText(spec)} here, but ${typeText(known)} in this session`);
      }
      hold(spec.name, 1);
      return known.memory;
    },
    release(name) {
      if (hold(name, -1) > 0) return;
      tensors.get(name)?.memory.free();
      tensors.delete(name);
    },
  };
  const find = (name: string): Persistent<M> => {
    const found = tensors.get(name);
    if (found === undefined) throw new DataError(`there is no persistent tensor ${name} in this session`);
    return found;
  };
  const readAll = async (names: readonly string[]): Promise<Map<string, Tensor>> => {
    const parts = names.map(find).map(({ memory, shape }) => ({ memory, bytes: byteLength(shape) }));
    const data = await executor.read(parts, false);
    return new Map(
      names.map((name, i) => {
        const { dtype, shape } = find(name);
        return [name, { dtype, shape, data: viewOf(dtype, data[i]!, 0, elementCount(shape)) }];
      }),
    );
  };

  return {
    info: executor.info,
    seed,
    async load(program) {
      executor.check();
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
      executor.check();
      checkArray({ name, ...tensor }, tensor.data);
      const known = tensors.get(name);
      if (known !== undefined && !sameType(known, tensor)) {
        throw new DataError(`${name} is ${typeText(known)} in this session; got ${typeText(tensor)}`);
      }
      const bytes = Math.max(16, Math.ceil(byteLength(tensor.shape) / 16) * 16);
      const { memory } = known ?? make(tensor, name, bytes);
      await memory.valid;
      hold(name, 1);
      executor.write(memory, tensor.data);
    },
    get: async (name) => (await readAll([name])).get(name)!,
    export: () => readAll([...tensors.keys()]),
    settle: () => executor.settle(),
    close() {
      for (const runner of runners) runner.close();
      executor.close();
      for (const { memory } of tensors.values()) memory.free();
      tensors.clear();
    },
  };
}
