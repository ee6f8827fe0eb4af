/**
 * The Program: what the compiler gives and the runtime runs, and the only thing the two share.
 *
 * One program is one graph, compiled for fixed shapes: a list of kernels (WGSL), a list of buffers that were
 * placed when it was compiled, and the order of dispatches. It is plain JSON. Several programs (a training
 * step, an evaluation) work on the same parameters by giving them the same names.
 */

import { bad, integer, list, literal, record, shown, text, triple } from './json.ts';

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
  /** The largest of all kernels, along each axis. */
  readonly workgroupSize: readonly [number, number, number];
  readonly workgroupsPerDimension: number;
  /** Of all buffers together, in bytes. */
  readonly memory: number;
  readonly features: readonly ('subgroups' | 'shader-f16')[];
}

export interface Program {
  readonly format: 'nnc-program';
  readonly version: 2;
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

/**
 * Reads a program from parsed JSON and checks all of it; throws a DataError that names the field that is wrong.
 *
 * A built program keeps its kernels' text in files of their own: `wgsl` then gives the text by kernel name, for
 * kernels that have none in the JSON.
 */
export function readProgram(json: unknown, wgsl?: ReadonlyMap<string, string>): Program {
  const root = record(json, 'program');
  literal(root.format, ['nnc-program'], 'format');
  if (root.version !== 2) {
    throw bad('version', `is ${shown(root.version)}; this runtime reads version 2: build the program again`);
  }
  const program: Program = {
    format: 'nnc-program',
    version: 2,
    name: text(root.name, 'name'),
    buffers: list(root.buffers, 'buffers', readBuffer),
    inputs: list(root.inputs, 'inputs', readInput),
    persistent: list(root.persistent, 'persistent', (value, at) => ({
      ...readTensor(value, at),
      role: literal(record(value, at).role, ['param', 'frozen', 'state'], `${at}.role`),
    })),
    results: list(root.results, 'results', (value, at) => ({
      ...readTensor(value, at),
      role: literal(record(value, at).role, ['loss', 'metric', 'output', 'gradient', 'value'], `${at}.role`),
    })),
    scalars: list(root.scalars, 'scalars', readTensor),
    kernels: list(root.kernels, 'kernels', (value, at) => readKernel(value, at, wgsl)),
    dispatches: list(root.dispatches, 'dispatches', (value, at) => {
      const item = record(value, at);
      return {
        kernel: integer(item.kernel, `${at}.kernel`),
        buffers: list(item.buffers, `${at}.buffers`, integer),
        workgroups: triple(item.workgroups, `${at}.workgroups`),
      };
    }),
    copies: list(root.copies, 'copies', (value, at) => {
      const item = record(value, at);
      return { from: integer(item.from, `${at}.from`), to: integer(item.to, `${at}.to`) };
    }),
    requirements: readRequirements(root.requirements, 'requirements'),
  };
  validateProgram(program);
  return program;
}

/** Checks what the types cannot say: positions, sizes, names. Throws a DataError that names the field. */
export function validateProgram(program: Program): void {
  const { buffers, kernels } = program;
  const bufferAt = (index: number, at: string): BufferSpec => {
    const found = buffers[index];
    if (found === undefined) throw bad(at, `is buffer ${index}; there are ${buffers.length}`);
    return found;
  };
  const unique = (names: readonly string[], at: string) => {
    const seen = new Set<string>();
    for (const name of names) {
      if (seen.has(name)) throw bad(at, `has two entries of the name ${name}`);
      seen.add(name);
    }
  };
  buffers.forEach((buffer, i) => {
    if (buffer.bytes % 16 !== 0 || buffer.bytes === 0) {
      throw bad(`buffers[${i}].bytes`, `is ${buffer.bytes}; it must be a positive multiple of 16`);
    }
  });
  const roles = { inputs: 'input', persistent: 'persistent', scalars: 'scalar', results: undefined } as const;
  for (const field of ['inputs', 'persistent', 'scalars', 'results'] as const) {
    unique(
      program[field].map((tensor) => tensor.name),
      field,
    );
    program[field].forEach((tensor, i) => {
      const buffer = bufferAt(tensor.buffer, `${field}[${i}].buffer`);
      // Every element type takes 4 bytes.
      const needed = tensor.shape.reduce((bytes, extent) => bytes * extent, 4);
      if (needed > buffer.bytes) {
        throw bad(`${field}[${i}]`, `${tensor.name} needs ${needed} bytes; its buffer has ${buffer.bytes}`);
      }
      const role = roles[field] ?? buffer.role;
      if (buffer.role !== role) {
        throw bad(`${field}[${i}].buffer`, `is a buffer of role ${buffer.role}, not ${role}`);
      }
    });
  }
  const owned = [...program.inputs, ...program.persistent, ...program.scalars];
  unique(
    owned.map((tensor) => `buffer ${tensor.buffer}`),
    'inputs, persistent and scalars',
  );
  const homes = new Set(program.persistent.map((tensor) => tensor.buffer));
  buffers.forEach((buffer, i) => {
    if (buffer.role === 'persistent' && !homes.has(i))
      throw bad(`buffers[${i}]`, 'holds no persistent tensor');
  });
  program.scalars.forEach(({ name, shape }, i) => {
    if (shape.length > 0) throw bad(`scalars[${i}]`, `${name} has a shape; a scalar has none`);
  });
  unique(
    kernels.map((kernel) => kernel.name),
    'kernels',
  );
  kernels.forEach(({ name, workgroupSize }, i) => {
    // Kernel names become file names.
    if (!/^[A-Za-z_]\w*$/.test(name)) throw bad(`kernels[${i}].name`, `${shown(name)} is no identifier`);
    if (workgroupSize.some((n) => n < 1)) throw bad(`kernels[${i}].workgroupSize`, 'has a size below 1');
  });
  program.dispatches.forEach((dispatch, i) => {
    const at = `dispatches[${i}]`;
    const kernel = kernels[dispatch.kernel];
    if (kernel === undefined) {
      throw bad(`${at}.kernel`, `is kernel ${dispatch.kernel}; there are ${kernels.length}`);
    }
    dispatch.buffers.forEach((index, k) => void bufferAt(index, `${at}.buffers[${k}]`));
    if (dispatch.buffers.length !== kernel.bindings.length) {
      const counts = `${dispatch.buffers.length} buffers; kernel ${kernel.name} has ${kernel.bindings.length}`;
      throw bad(`${at}.buffers`, `has ${counts} bindings`);
    }
    unique(
      dispatch.buffers.map((index) => `buffer ${index}`),
      `${at}.buffers`,
    );
    if (dispatch.workgroups.some((n) => n < 1)) throw bad(`${at}.workgroups`, 'has a count below 1');
  });
  program.copies.forEach(({ from, to }, i) => {
    const source = bufferAt(from, `copies[${i}].from`);
    const target = bufferAt(to, `copies[${i}].to`);
    if (source.bytes !== target.bytes || from === to) {
      throw bad(`copies[${i}]`, 'must copy between two buffers of equal size');
    }
  });
}

const elementTypes = ['f32', 'i32', 'u32', 'bool'] as const satisfies readonly ElementType[];

function readBuffer(value: unknown, at: string): BufferSpec {
  const item = record(value, at);
  const roles = ['input', 'persistent', 'result', 'temporary', 'scalar'] as const;
  return {
    label: text(item.label, `${at}.label`),
    bytes: integer(item.bytes, `${at}.bytes`),
    role: literal(item.role, roles, `${at}.role`),
  };
}

function readTensor(value: unknown, at: string): TensorSpec {
  const item = record(value, at);
  return {
    name: text(item.name, `${at}.name`),
    dtype: literal(item.dtype, elementTypes, `${at}.dtype`),
    shape: list(item.shape, `${at}.shape`, integer),
    buffer: integer(item.buffer, `${at}.buffer`),
  };
}

function readInput(value: unknown, at: string): InputSpec {
  const tensor = readTensor(value, at);
  const given = record(value, at).range;
  if (given === undefined) return tensor;
  const range = record(given, `${at}.range`);
  const { min, max } = range;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max)) {
    throw bad(`${at}.range`, 'must have whole numbers min and max');
  }
  return {
    ...tensor,
    range: { min: min as number, max: max as number, why: text(range.why, `${at}.range.why`) },
  };
}

function readKernel(value: unknown, at: string, wgsl: ReadonlyMap<string, string> | undefined): KernelSpec {
  const item = record(value, at);
  const name = text(item.name, `${at}.name`);
  return {
    name,
    wgsl: text(item.wgsl ?? wgsl?.get(name), `${at}.wgsl`),
    entryPoint: literal(item.entryPoint, ['main'], `${at}.entryPoint`),
    bindings: list(item.bindings, `${at}.bindings`, (use, where) =>
      literal(use, ['read', 'read_write'], where),
    ),
    workgroupSize: triple(item.workgroupSize, `${at}.workgroupSize`),
    equations: list(item.equations, `${at}.equations`, text),
    origins: list(item.origins, `${at}.origins`, text),
  };
}

function readRequirements(value: unknown, at: string): Requirements {
  const item = record(value, at);
  return {
    storageBuffersPerStage: integer(item.storageBuffersPerStage, `${at}.storageBuffersPerStage`),
    largestBinding: integer(item.largestBinding, `${at}.largestBinding`),
    largestBindingTensor: text(item.largestBindingTensor, `${at}.largestBindingTensor`),
    workgroupStorage: integer(item.workgroupStorage, `${at}.workgroupStorage`),
    invocationsPerWorkgroup: integer(item.invocationsPerWorkgroup, `${at}.invocationsPerWorkgroup`),
    workgroupSize: triple(item.workgroupSize, `${at}.workgroupSize`),
    workgroupsPerDimension: integer(item.workgroupsPerDimension, `${at}.workgroupsPerDimension`),
    memory: integer(item.memory, `${at}.memory`),
    features: list(item.features, `${at}.features`, (feature, where) =>
      literal(feature, ['subgroups', 'shader-f16'], where),
    ),
  };
}
