/**
 * The Program: what the compiler gives and the runtime runs, and the only thing the two share.
 *
 * One program is one graph, compiled for fixed shapes: the code of one target, a list of buffers that were placed
 * when it was compiled, and the steps of a run. It is plain JSON. Several programs (a training
 * step, an evaluation) work on the same parameters by giving them the same names.
 */

import { DataError } from './errors.ts';

export type ElementType = 'f32' | 'i32' | 'u32' | 'bool';

/** How a tensor appears in a program. `bool` is stored as u32 0 or 1. Layout: row-major, no padding. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Index into `Program.buffers`; the tensor starts at offset 0. */
  readonly buffer: number;
}

export interface InputSpec extends TensorSpec {
  /** Values must be integers in [min, max]: they are used as positions. Checked when data is bound. */
  readonly range?: { readonly min: number; readonly max: number; readonly why: string };
  /** The value of every element until something else is written. */
  readonly default?: number;
}

/**
 * A number that the host writes: before each run `step` and `epoch` (i32, count from 1) and `key` (u32, random); once, what
 * always has one `value`, as the number of a random stream. Shape [].
 */
export interface ScalarSpec extends TensorSpec {
  readonly value?: number;
}

/** A parameter or state: lives in the session under its name, shared by all programs that name it. */
export interface PersistentSpec extends TensorSpec {
  readonly role: 'param' | 'frozen' | 'state';
}

export interface ResultSpec extends TensorSpec {
  readonly role: 'loss' | 'metric' | 'output' | 'gradient' | 'value';
}

export interface BufferSpec {
  /** For labels and messages: the tensors it holds over time. */
  readonly label: string;
  /** A multiple of 16. */
  readonly bytes: number;
  /**
   * `input`: written by the host before a run. `persistent`: owned by the session. `result`: read by the host.
   * `temporary`: scratch, reused. `scalar`: one number of a step (`Program.scalars`).
   */
  readonly role: 'input' | 'persistent' | 'result' | 'temporary' | 'scalar';
}

/** A kernel. What is particular to one of the dispatches that it serves is told there. */
export interface KernelUse {
  /** Unique. */
  readonly name: string;
  /** How the kernel uses the k-th buffer of a dispatch; in WGSL, group 0, binding k. */
  readonly bindings: readonly ('read' | 'read_write')[];
  /** Whether it is given the position of the loop that it is dispatched in, a `u32`; in WGSL, group 1, binding 0. */
  readonly position: boolean;
}

/** In WGSL; the name is that of the `.wgsl` file of a built program. */
export interface KernelSpec extends KernelUse {
  readonly wgsl: string;
  readonly entryPoint: 'main';
  readonly workgroupSize: readonly [number, number, number];
}

/** One run of a kernel on buffers. Several dispatches may run one kernel, and several may make up one value. */
export interface DispatchStep {
  readonly kind: 'dispatch';
  /** Index into the kernels of the code. */
  readonly kernel: number;
  /** For labels, profiles and messages. */
  readonly name: string;
  /** Buffer of binding 0, 1, …: indices into `Program.buffers`. No buffer twice. */
  readonly buffers: readonly number[];
  readonly workgroups: readonly [number, number, number];
  /** What it computes, in the notation of the IR, for people. */
  readonly equations: readonly string[];
  /** `mlp.nn:7:16 mlp.Dense_2 > Dense`, for error messages and profiles. */
  readonly origins: readonly string[];
}

/** A whole buffer to another one of equal size. */
export interface CopyStep {
  readonly kind: 'copy';
  readonly from: number;
  readonly to: number;
}

/** Runs its steps, in order, for each of `count` positions: `from`, `from + by`, `from + 2 * by`, … */
export interface LoopStep {
  readonly kind: 'loop';
  /** Whose positions these are, for people: `t`. */
  readonly index: string;
  readonly from: number;
  /** 1 or more. */
  readonly count: number;
  /** Not 0; below 0 for a loop that runs backwards. No position is below 0. */
  readonly by: number;
  readonly steps: readonly DispatchStep[];
}

export type Step = DispatchStep | CopyStep | LoopStep;

/** What an adapter must offer to run the WGSL of a program. */
export interface Requirements {
  readonly storageBuffersPerStage: number;
  readonly largestBinding: number;
  readonly largestBindingTensor: string;
  readonly workgroupStorage: number;
  readonly invocationsPerWorkgroup: number;
  /** The largest of all kernels, along each axis. */
  readonly workgroupSize: readonly [number, number, number];
  readonly workgroupsPerDimension: number;
  /** Of all buffers together, in bytes. */
  readonly memory: number;
  readonly features: readonly ('subgroups' | 'shader-f16')[];
}

/** What steps run, for one kind of executor, and what that needs. */
export type Code = WgslCode | WasmCode;

export interface WgslCode {
  readonly target: 'wgsl';
  readonly kernels: readonly KernelSpec[];
  readonly requirements: Requirements;
}

/**
 * One WebAssembly module that does a whole run: every thread calls `run(thread, threads)`. It imports from `nnc` a
 * shared `memory` and addresses in it: `control`, 16 bytes that are 0 at first, `scratch`, and `buffer0`, `buffer1`, …
 * of the program's buffers, with `bytesAround` on either side. `step.0`, `step.1`, … do the dispatches one by one, at a position where they have one.
 */
export interface WasmCode {
  readonly target: 'wasm';
  readonly kernels: readonly KernelUse[];
  /** Its bytes, in base64. */
  readonly module: string;
  /** Bytes of memory for each thread, at a multiple of 16. */
  readonly scratch: number;
}

export interface Program {
  readonly format: 'nnc-program';
  readonly version: 3;
  readonly name: string;
  readonly buffers: readonly BufferSpec[];
  readonly inputs: readonly InputSpec[];
  readonly persistent: readonly PersistentSpec[];
  readonly results: readonly ResultSpec[];
  readonly scalars: readonly ScalarSpec[];
  readonly code: Code;
  /** A run, in order. */
  readonly steps: readonly Step[];
}

/** Of all buffers together, in bytes. */
export const programBytes = ({ buffers }: Pick<Program, 'buffers'>): number =>
  buffers.reduce((sum, { bytes }) => sum + bytes, 0);

/** The code of a program that is compiled for WebGPU. */
export function wgslOf({ name, code }: Pick<Program, 'name' | 'code'>): WgslCode {
  if (code.target === 'wgsl') return code;
  throw new DataError(`program ${name} is compiled for the processor, not for WebGPU`);
}

/** All dispatches in the order of the program, those of a loop once. */
export const dispatchesOf = ({ steps }: Pick<Program, 'steps'>): readonly DispatchStep[] =>
  steps.flatMap((step) => {
    switch (step.kind) {
      case 'dispatch':
        return [step];
      case 'loop':
        return step.steps;
      case 'copy':
        return [];
    }
    return step satisfies never;
  });
