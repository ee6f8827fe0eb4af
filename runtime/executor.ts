/**
 * What a session runs programs on: a WebGPU device, or whatever else has memory and runs a program's code.
 *
 * The memory type `M` is the executor's own; a session only passes it back. Work is done in the order of the calls.
 */
import type { AdapterSummary } from './device.ts';
import type { Program, ResultSpec } from './program.ts';
import type { TypedArray } from './tensor.ts';

export interface ExecutorInfo {
  /** For people: `Apple M2 (metal-3)`. */
  readonly name: string;
  readonly class: AdapterSummary['class'];
  /** What programs for it are compiled for. */
  readonly summary: AdapterSummary;
  /** What `profile` measures with, for people: `timestamp queries`. */
  readonly clock: string;
}

/** Memory of one buffer, zero at first. */
export interface Memory {
  readonly bytes: number;
  /** Rejects with an OutOfMemoryError where there is not enough. */
  readonly valid: Promise<void>;
  free(): void;
}

export interface Part<M> {
  readonly memory: M;
  readonly bytes: number;
}

export interface Executor<M extends Memory = Memory> {
  readonly info: ExecutorInfo;
  /** Throws the first failure that no call could report. */
  check(): void;
  /** Throws a DeviceError that lists all that a program asks for beyond what there is. */
  checkFit(program: Program): void;
  /** `label` is for messages. */
  allocate(label: string, bytes: number): M;
  /** Makes a program that fits ready to run; `buffers` are those of the program, in order. */
  load(program: Program, buffers: readonly M[]): Promise<Loaded>;
  write(memory: M, data: TypedArray): void;
  /**
   * The bytes of several buffers as they are after all work queued so far; later runs may overwrite the sources.
   * `keep` holds on to what the reading needs, for the next call.
   */
  read(parts: readonly Part<M>[], keep: boolean): Promise<readonly ArrayBuffer[]>;
  /** Waits until all work queued so far is done. */
  settle(): Promise<void>;
  /** Frees what it made for itself; memory is freed by who allocated it. */
  close(): void;
}

/** A program that is ready to run. */
export interface Loaded {
  /** Queues one run, and resolves as soon as another may be prepared. To be awaited before the next call. */
  run(step: number): Promise<void>;
  /** Logs scalar results of each following run. Replaces an earlier trace. */
  trace(results: readonly ResultSpec[], every: number): Trace;
  /** The time of each of `dispatchesOf(program)`, in order, repeated `repeats` times. In-place kernels are repeated too. */
  profile(repeats: number): Promise<readonly KernelTime[]>;
  close(): void;
}

export interface TraceRow {
  readonly step: number;
  /** In the order of the trace's names. */
  readonly values: readonly number[];
}

export interface Trace {
  readonly names: readonly string[];
  /** The rows that have arrived since the last call, in step order. */
  take(): readonly TraceRow[];
  /** Waits for the rows of all steps so far. */
  flush(): Promise<void>;
  close(): void;
}

export interface KernelTime {
  /** The name of the dispatch. */
  readonly name: string;
  /** The mean time of one dispatch. */
  readonly microseconds: number;
  /** How often a run of the program does it: once, or once a position of its loop. */
  readonly times: number;
  readonly equations: readonly string[];
  readonly origins: readonly string[];
}
