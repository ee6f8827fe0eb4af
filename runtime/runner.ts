/**
 * A program comes in, a runner goes out: its buffers are placed, its pipelines and bind groups made, so that a
 * run only writes the scalars, records the prepared dispatches in one pass, and submits once.
 */
import type { Reader, Storage } from './buffers.ts';
import { createStorage } from './buffers.ts';
import type { Device } from './device.ts';
import { messageOf } from './device.ts';
import { DataError, DeviceError, OutOfMemoryError } from './errors.ts';
import { checkFit } from './fit.ts';
import type { InputChecks } from './inputs.ts';
import { checkInput } from './inputs.ts';
import { sizeText } from './limits.ts';
import type { Pipeline, PipelineCache } from './pipelines.ts';
import { guarded, kernelError, kernelLabel } from './pipelines.ts';
import type { KernelTime, ProfiledDispatch } from './profile.ts';
import { profileDispatches } from './profile.ts';
import type { PersistentSpec, Program, TensorSpec } from './program.ts';
import { validateProgram } from './program.ts';
import { stepKey } from './random.ts';
import type { TypedArray } from './tensor.ts';
import { allocate, byteLength, checkArray, elementCount, ownBytes, viewOf } from './tensor.ts';
import type { Recorder, Trace } from './trace.ts';
import { createTrace } from './trace.ts';
import type { WorkQueue } from './work-queue.ts';

export interface StepScalars {
  /** From 1; default 1. */
  readonly step?: number;
  /** Default: derived from the session's seed and the step. */
  readonly key?: number;
}

export interface Runner {
  readonly program: Program;
  /** Gives an input its values for the following runs. `checked` skips the checks of the values. */
  write(name: string, data: TypedArray, checks?: InputChecks & { readonly checked?: boolean }): void;
  /**
   * Queues one run in one submit, and resolves as soon as another may be prepared: at once, or when fewer than
   * `stepsInFlight` are queued. To be awaited before the next call.
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

/** What a session lends its runners. */
export interface Shared {
  readonly device: Device;
  readonly seed: number;
  readonly pipelines: PipelineCache;
  readonly reader: Reader;
  readonly queue: WorkQueue;
  readonly persistent: (spec: PersistentSpec, bytes: number) => Storage;
  /** Takes back what a load that failed was given; a tensor that nobody else holds goes. */
  readonly release: (name: string) => void;
}

interface PreparedDispatch extends ProfiledDispatch {
  readonly label: string;
}

export async function loadProgram(program: Program, shared: Shared): Promise<Runner> {
  validateProgram(program);
  const { device, pipelines } = shared;
  checkFit(program, device.info);
  const homes = new Map(program.persistent.map((spec) => [spec.buffer, spec]));
  const own: Storage[] = [];
  const taken: PersistentSpec[] = [];
  const freeOwn = () => {
    for (const { buffer } of own) buffer.destroy();
  };
  try {
    const storage = program.buffers.map(({ label, bytes }, i) => {
      const owner = homes.get(i);
      if (owner === undefined) {
        const made = createStorage(device, `${program.name}: ${label}`, bytes);
        own.push(made);
        return made;
      }
      const held = shared.persistent(owner, bytes);
      taken.push(owner);
      return held;
    });
    const buffers = storage.map(({ buffer }) => buffer);
    const [compiled] = await Promise.all([
      Promise.all(program.kernels.map((kernel) => pipelines.get(kernel, program.name))),
      ...storage.map(({ valid }) => valid),
    ]);
    return createRunner(program, shared, buffers, await prepare(program, device, compiled, buffers), freeOwn);
  } catch (error) {
    freeOwn();
    for (const { name } of taken) shared.release(name);
    throw error instanceof OutOfMemoryError ? outOfMemory(program, device, error) : error;
  }
}

/** So many of the largest buffers are named. */
const mostNamed = 3;

function outOfMemory({ name, buffers }: Program, { info }: Device, error: OutOfMemoryError): DeviceError {
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

/** Makes the bind group of each dispatch. */
function prepare(
  program: Program,
  device: Device,
  compiled: readonly Pipeline[],
  buffers: readonly GPUBuffer[],
): Promise<readonly PreparedDispatch[]> {
  return Promise.all(
    program.dispatches.map(
      async ({ kernel: index, buffers: bound, workgroups }): Promise<PreparedDispatch> => {
        const kernel = program.kernels[index]!;
        const { pipeline, layout } = compiled[index]!;
        const label = kernelLabel(program.name, kernel);
        try {
          const bindGroup = await guarded(device.gpu, () =>
            device.gpu.createBindGroup({
              label,
              layout,
              entries: bound.map((buffer, binding) => ({ binding, resource: { buffer: buffers[buffer]! } })),
            }),
          );
          return { kernel, pipeline, bindGroup, workgroups, label };
        } catch (error) {
          throw kernelError(device, program.name, kernel, messageOf(error));
        }
      },
    ),
  );
}

function createRunner(
  program: Program,
  shared: Shared,
  buffers: readonly GPUBuffer[],
  dispatches: readonly PreparedDispatch[],
  freeOwn: () => void,
): Runner {
  const { device, reader, queue } = shared;
  const { gpu } = device;
  const label = `${program.name}: step`;
  const inputs = new Map(program.inputs.map((spec) => [spec.name, spec]));
  const readable = new Map<string, TensorSpec>(
    [...program.persistent, ...program.results].map((spec) => [spec.name, spec]),
  );
  const scalars = program.scalars.map((spec) => ({ spec, word: allocate(spec.dtype, 1) }));
  let recorder: Recorder | undefined;
  let checked = false;
  let busy = false;

  const submit = (step: number, key: number) => {
    for (const { spec, word } of scalars) {
      word[0] = spec.name === 'step' ? step : key;
      gpu.queue.writeBuffer(buffers[spec.buffer]!, 0, ownBytes(word));
    }
    const encoder = gpu.createCommandEncoder({ label });
    const pass = encoder.beginComputePass({ label });
    let bound: GPUComputePipeline | undefined;
    for (const { pipeline, bindGroup, workgroups, label: name } of dispatches) {
      if (!checked) pass.pushDebugGroup(name);
      if (pipeline !== bound) pass.setPipeline(pipeline);
      bound = pipeline;
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
      if (!checked) pass.popDebugGroup();
    }
    pass.end();
    for (const { from, to } of program.copies) {
      encoder.copyBufferToBuffer(buffers[from]!, 0, buffers[to]!, 0, program.buffers[from]!.bytes);
    }
    recorder?.record(encoder, step);
    gpu.queue.submit([encoder.finish()]);
    recorder?.submitted();
  };

  const specOf = (name: string): TensorSpec => {
    const spec = readable.get(name);
    if (spec === undefined) throw new DataError(`program ${program.name} has no result ${name}`);
    return spec;
  };
  const readMany = async (names: readonly string[]) => {
    const specs = names.map(specOf);
    const parts = specs.map(({ buffer, shape }) => ({ buffer: buffers[buffer]!, bytes: byteLength(shape) }));
    const data = await reader.read(parts, true);
    return new Map(
      specs.map(({ name, dtype, shape }, i) => [name, viewOf(dtype, data[i]!, 0, elementCount(shape))]),
    );
  };

  return {
    program,
    write(name, data, checks = {}) {
      const spec = inputs.get(name);
      if (spec === undefined) throw new DataError(`program ${program.name} has no input ${name}`);
      if (checks.checked) checkArray(spec, data);
      else checkInput(spec, data, checks);
      gpu.queue.writeBuffer(buffers[spec.buffer]!, 0, ownBytes(data));
    },
    async run({ step = 1, key = stepKey(shared.seed, step) } = {}) {
      if (busy) throw new Error('run() was called before the last run() was awaited');
      busy = true;
      try {
        await queue.room();
        await recorder?.ready();
        if (checked) {
          submit(step, key);
        } else {
          await guarded(gpu, () => submit(step, key)).catch((error: unknown) => {
            throw explain(device, program, messageOf(error));
          });
          checked = true;
        }
        queue.submitted();
      } finally {
        busy = false;
      }
    },
    readMany,
    read: async (name) => (await readMany([name])).get(name)!,
    trace(names, every) {
      const traced = names.map((name) => {
        const spec = program.results.find((result) => result.name === name);
        if (spec === undefined || elementCount(spec.shape) !== 1) {
          throw new DataError(`program ${program.name} has no scalar result ${name}`);
        }
        return { spec, buffer: buffers[spec.buffer]! };
      });
      recorder?.close();
      const made = createTrace(device, program.name, traced, every);
      recorder = made;
      return {
        ...made,
        close() {
          if (recorder === made) recorder = undefined;
          made.close();
        },
      };
    },
    async profile(repeats = 20) {
      const kept = program.persistent.map(({ buffer: i }) => ({
        buffer: buffers[i]!,
        bytes: program.buffers[i]!.bytes,
      }));
      const before = await reader.read(kept, false);
      // The first dispatch of a pipeline may still compile it.
      await profileDispatches(device, dispatches, 1);
      const times = await profileDispatches(device, dispatches, repeats);
      kept.forEach(({ buffer }, i) => void gpu.queue.writeBuffer(buffer, 0, before[i]!));
      return times;
    },
    close() {
      recorder?.close();
      recorder = undefined;
      freeOwn();
    },
  };
}

/** An error of the first submit, with the kernel that the device's message names. */
function explain(device: Device, program: Program, problem: string): DeviceError {
  const kernel = program.kernels.find((one) => problem.includes(`"${kernelLabel(program.name, one)}"`));
  return kernel === undefined
    ? new DeviceError(`${device.info.name} refused a step of program ${program.name}: ${problem}`)
    : kernelError(device, program.name, kernel, problem);
}
