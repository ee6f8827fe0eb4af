/**
 * The runtime, for Node and for pages: programs in, runs and trainings on WebGPU or the processor out. It needs nothing of the compiler.
 *
 * @module nnc/runtime
 */
export type { Dataset } from './batches.ts';
export { readSafetensors, type TensorFile, writeSafetensors } from './data/safetensors.ts';
export type { HostTensor } from './data/tensor.ts';
export { type Device, type DeviceChoice, type DeviceInfo, openDevice } from './device.ts';
export { DataError, DeviceError, OutOfMemoryError, TrainingError } from './errors.ts';
export { createSession, type Session, type SessionOptions } from './execute.ts';
export type { Executor, ExecutorInfo, KernelTime, Trace, TraceRow } from './executor.ts';
export type { Program } from './program.ts';
export { readProgram } from './read-program.ts';
export type { Runner, StepScalars } from './runner.ts';
export type { Tensor, TypedArray } from './tensor.ts';
export {
  type EpochReport,
  type Order,
  type Position,
  type Progress,
  type Training,
  type TrainOptions,
  train,
} from './train.ts';
export type { WasmOptions } from './wasm/executor.ts';
export { pageExecutor } from './wasm/page-executor.ts';
export { type WebGpuOptions, webgpuExecutor } from './webgpu/executor.ts';
