/**
 * The Program: what the compiler gives and the runtime runs, and the only thing the two share.
 *
 * One program is one graph, compiled for fixed shapes: a list of kernels (WGSL), a list of buffers that were
 * placed when it was compiled, and the order of dispatches. It is plain JSON. Several programs (a training
 * step, an evaluation) work on the same parameters by giving them the same names.
 */

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

export interface KernelSpec {
  /** Unique; names the `.wgsl` file of a built program. */
  readonly name: string;
  readonly wgsl: string;
  readonly entryPoint: 'main';
  /** Group 0, binding k: how the kernel uses the k-th buffer of a dispatch. */
  readonly bindings: readonly ('read' | 'read_write')[];
  readonly workgroupSize: readonly [number, number, number];
  /** What it computes, in the notation of the IR, for people. */
  readonly equations: readonly string[];
  /** `mlp.nn:7:16 mlp.Dense_2 > Dense`, for error messages and profiles. */
  readonly origins: readonly string[];
}

export interface DispatchSpec {
  /** Index into `Program.kernels`. */
  readonly kernel: number;
  /** Buffer of binding 0, 1, …: indices into `Program.buffers`. No buffer twice. */
  readonly buffers: readonly number[];
  readonly workgroups: readonly [number, number, number];
}

/** What an adapter must offer. */
export interface Requirements {
  readonly storageBuffersPerStage: number;
  readonly largestBinding: number;
  readonly largestBindingTensor: string;
  readonly workgroupStorage: number;
  readonly invocationsPerWorkgroup: number;
  readonly features: readonly ('subgroups' | 'shader-f16')[];
}

export interface Program {
  readonly format: 'nnc-program';
  readonly version: 1;
  readonly name: string;
  readonly buffers: readonly BufferSpec[];
  readonly inputs: readonly InputSpec[];
  readonly persistent: readonly PersistentSpec[];
  readonly results: readonly ResultSpec[];
  /** Numbers that the host writes before each run: `step` (i32, counts from 1), `key` (u32, random). Shape []. */
  readonly scalars: readonly TensorSpec[];
  readonly kernels: readonly KernelSpec[];
  readonly dispatches: readonly DispatchSpec[];
  /** Run after the dispatches; whole buffers of equal size. */
  readonly copies: readonly { readonly from: number; readonly to: number }[];
  readonly requirements: Requirements;
}
