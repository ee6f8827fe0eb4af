/** An open WebGPU device comes in, an executor goes out: a run is one encoding of prepared steps and one submit. */
import type { Device } from '../device.ts';
import { messageOf } from '../device.ts';
import { DeviceError } from '../errors.ts';
import type { Executor, Loaded } from '../executor.ts';
import type { Program } from '../program.ts';
import { dispatchesOf } from '../program.ts';
import { ownBytes } from '../tensor.ts';
import { bufferReader, createStorage, type GpuMemory } from './buffers.ts';
import { encodeSteps } from './encode.ts';
import { checkFit } from './fit.ts';
import { guarded, kernelError, labelOf, pipelineCache } from './pipelines.ts';
import { type Prepared, prepare, useOf } from './prepare.ts';
import { profileDispatches } from './profile.ts';
import type { Recorder } from './trace.ts';
import { createTrace } from './trace.ts';
import { type WorkQueue, workQueue } from './work-queue.ts';

export interface WebGpuOptions {
  /** Steps that may be queued on the device before `run` waits. Default 3. */
  readonly stepsInFlight?: number;
  /** Is told what takes unusually long, in words for people. */
  readonly notify?: (text: string) => void;
}

export function webgpuExecutor(device: Device, options: WebGpuOptions = {}): Executor<GpuMemory> {
  const reader = bufferReader(device);
  const queue = workQueue(device, options.stepsInFlight ?? 3);
  const pipelines = pipelineCache(device, options.notify);
  const { name, class: kind, summary, features } = device.info;
  const clock = features.includes('timestamp-query') ? 'timestamp queries' : 'the wall clock';
  return {
    info: { name, class: kind, summary, clock },
    check: () => device.check(),
    checkFit(program) {
      checkFit(program, device.info);
    },
    allocate: (label, bytes) => createStorage(device, label, bytes),
    load: async (program, buffers) =>
      loaded(program, device, queue, buffers, await prepare(program, device, pipelines, buffers)),
    write({ buffer }, data) {
      device.gpu.queue.writeBuffer(buffer, 0, ownBytes(data));
    },
    read: reader.read,
    settle: queue.settle,
    close: reader.close,
  };
}

function loaded(
  program: Program,
  device: Device,
  queue: WorkQueue,
  buffers: readonly GpuMemory[],
  prepared: Prepared,
): Loaded {
  const { gpu } = device;
  const label = `${program.name}: step`;
  let recorder: Recorder | undefined;
  let checked = false;
  const submit = (step: number): void => {
    const encoder = gpu.createCommandEncoder({ label });
    encodeSteps(prepared, encoder, label, !checked);
    recorder?.record(encoder, step);
    gpu.queue.submit([encoder.finish()]);
    recorder?.submitted();
  };
  return {
    async run(step) {
      await queue.room();
      await recorder?.ready();
      if (checked) {
        submit(step);
      } else {
        await guarded(gpu, () => submit(step)).catch((error: unknown) => {
          throw explain(device, program, messageOf(error));
        });
        checked = true;
      }
      queue.submitted();
    },
    trace(results, every) {
      const traced = results.map((spec) => ({ spec, buffer: buffers[spec.buffer]!.buffer }));
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
    profile: (repeats) => profileDispatches(device, prepared, repeats),
    close() {
      recorder?.close();
      recorder = undefined;
      prepared.free();
    },
  };
}

/** An error of the first submit, with the dispatch that the device's message names. */
function explain(device: Device, program: Program, problem: string): DeviceError {
  const step = dispatchesOf(program).find((one) => problem.includes(`"${labelOf(program.name, one)}"`));
  return step === undefined
    ? new DeviceError(`${device.info.name} refused a step of program ${program.name}: ${problem}`)
    : kernelError(device, step.name, useOf(program, step), problem);
}
