/** A program comes in, a runner goes out: its buffers are placed, so that a run writes the scalars and starts. */

import { DataError, OutOfMemoryError } from './errors.ts';
import type { Executor, KernelTime, Loaded, Memory, Trace } from './executor.ts';
import { elementCount } from './extents.ts';
import type { InputChecks } from './inputs.ts';
import { checkInput } from './inputs.ts';
import { sizeText } from './limits.ts';
import type { PersistentSpec, Program, ResultSpec, TensorSpec } from './program.ts';
import { stepKey } from './random.ts';
import type { TypedArray } from './tensor.ts';
import { allocate, byteLength, checkArray, viewOf } from './tensor.ts';
import { validateProgram } from './validate-program.ts';

export interface StepScalars {
  /** From 1; default 1. */
  readonly step?: number;
  /** From 1; default 1. */
  readonly epoch?: number;
  /** Default: derived from the session's seed and the step. */
  readonly key?: number;
}

export interface Runner {
  readonly program: Program;
  /** Gives an input its values for the following runs. `checked` skips the checks of the values. */
  write(name: string, data: TypedArray, checks?: InputChecks & { readonly checked?: boolean }): void;
  /**
   * Queues one run, and resolves as soon as another may be prepared: at once, or when few enough are queued. To be
   * awaited before the next call.
   */
  run(scalars?: StepScalars): Promise<void>;
  /** A result (or a persistent tensor of this program) as it is after the runs so far. */
  read(name: string): Promise<TypedArray>;
  readMany(names: readonly string[]): Promise<Map<string, TypedArray>>;
  /** Logs scalar results of each following run; read back every `every` steps. Replaces an earlier trace. */
  trace(names: readonly string[], every: number): Trace;
  /**
   * The time that each dispatch takes, in order, with the inputs as they are. Each is repeated `repeats` times
   * (default 20); the persistent tensors are as before when this is done.
   */
  profile(repeats?: number): Promise<readonly KernelTime[]>;
  /** Frees what belongs to this program alone. */
  close(): void;
}

type ScalarName = keyof StepScalars;

/** What a session lends its runners. */
export interface Shared<M extends Memory> {
  readonly executor: Executor<M>;
  readonly seed: number;
  readonly persistent: (spec: PersistentSpec, bytes: number) => M;
  /** Takes back what a load that failed was given; a tensor that nobody else holds goes. */
  readonly release: (name: string) => void;
}

export async function loadProgram<M extends Memory>(program: Program, shared: Shared<M>): Promise<Runner> {
  validateProgram(program);
  const { executor } = shared;
  executor.checkFit(program);
  const homes = new Map(program.persistent.map((spec) => [spec.buffer, spec]));
  const own: M[] = [];
  const taken: PersistentSpec[] = [];
  const freeOwn = () => {
    for (const memory of own) memory.free();
  };
  try {
    const buffers = program.buffers.map(({ label, bytes }, i) => {
      const owner = homes.get(i);
      if (owner === undefined) {
        const made = executor.allocate(`${program.name}: ${label}`, bytes);
        own.push(made);
        return made;
      }
      const held = shared.persistent(owner, bytes);
      taken.push(owner);
      return held;
    });
    const [loaded] = await Promise.all([
      executor.load(program, buffers),
      ...buffers.map(({ valid }) => valid),
    ]);
    return createRunner(program, shared, buffers, loaded, freeOwn);
  } catch (error) {
    freeOwn();
    for (const { name } of taken) shared.release(name);
    throw error instanceof OutOfMemoryError ? outOfMemory(program, executor, error) : error;
  }
}

/** So many of the largest buffers are named. */
const mostNamed = 3;

function outOfMemory(
  { name, buffers }: Program,
  { info }: Pick<Executor, 'info'>,
  error: OutOfMemoryError,
): OutOfMemoryError {
  const total = buffers.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = [...buffers].sort((a, b) => b.bytes - a.bytes).slice(0, mostNamed);
  return new OutOfMemoryError(
    [
      `program ${name} takes ${sizeText(total)} in ${buffers.length} buffers, for which ${info.name} has no memory`,
      ...largest.map(({ label, bytes }) => `  ${label}: ${sizeText(bytes)}`),
      ...error.message.split('\n').map((line) => `  | ${line}`),
      '  a smaller batch or another adapter helps; nothing was kept',
    ].join('\n'),
  );
}

function createRunner<M extends Memory>(
  program: Program,
  { executor, seed }: Shared<M>,
  buffers: readonly M[],
  loaded: Loaded,
  freeOwn: () => void,
): Runner {
  const inputs = new Map(program.inputs.map((spec) => [spec.name, spec]));
  const readable = new Map<string, TensorSpec>(
    [...program.persistent, ...program.results].map((spec) => [spec.name, spec]),
  );
  const scalars = program.scalars.flatMap((spec) =>
    spec.value === undefined ? [{ spec, word: allocate(spec.dtype, 1) }] : [],
  );
  let busy = false;

  const specOf = (name: string): TensorSpec => {
    const spec = readable.get(name);
    if (spec === undefined) throw new DataError(`program ${program.name} has no result ${name}`);
    return spec;
  };
  const readMany = async (names: readonly string[]) => {
    const specs = names.map(specOf);
    const parts = specs.map(({ buffer, shape }) => ({ memory: buffers[buffer]!, bytes: byteLength(shape) }));
    const data = await executor.read(parts, true);
    return new Map(
      specs.map(({ name, dtype, shape }, i) => [name, viewOf(dtype, data[i]!, 0, elementCount(shape))]),
    );
  };

  for (const spec of program.inputs) {
    if (spec.default === undefined) continue;
    const data = allocate(spec.dtype, elementCount(spec.shape)).fill(spec.default);
    checkInput(spec, data);
    executor.write(buffers[spec.buffer]!, data);
  }

  for (const { dtype, buffer, value } of program.scalars)
    if (value !== undefined) executor.write(buffers[buffer]!, allocate(dtype, 1).fill(value));

  return {
    program,
    write(name, data, checks = {}) {
      const spec = inputs.get(name);
      if (spec === undefined) throw new DataError(`program ${program.name} has no input ${name}`);
      if (checks.checked) checkArray(spec, data);
      else checkInput(spec, data, checks);
      executor.write(buffers[spec.buffer]!, data);
    },
    async run({ step = 1, epoch = 1, key = stepKey(seed, step) } = {}) {
      if (busy) throw new Error('run() was called before the last run() was awaited');
      busy = true;
      try {
        executor.check();
        for (const { spec, word } of scalars) {
          word[0] = { step, epoch, key }[spec.name as ScalarName];
          executor.write(buffers[spec.buffer]!, word);
        }
        await loaded.run(step);
      } finally {
        busy = false;
      }
    },
    readMany,
    read: async (name) => (await readMany([name])).get(name)!,
    trace(names, every) {
      const traced = names.map((name): ResultSpec => {
        const spec = program.results.find((result) => result.name === name);
        if (spec === undefined || elementCount(spec.shape) !== 1) {
          throw new DataError(`program ${program.name} has no scalar result ${name}`);
        }
        return spec;
      });
      return loaded.trace(traced, every);
    },
    async profile(repeats = 20) {
      const kept = program.persistent.map(({ buffer: i }) => ({
        memory: buffers[i]!,
        bytes: program.buffers[i]!.bytes,
      }));
      const before = await executor.read(kept, false);
      const times = await loaded.profile(repeats);
      kept.forEach(({ memory }, i) => void executor.write(memory, new Uint32Array(before[i]!)));
      return times;
    },
    close() {
      loaded.close();
      freeOwn();
    },
  };
}
