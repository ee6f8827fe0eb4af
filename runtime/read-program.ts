/** Parsed JSON comes in, a program whose every field was checked goes out. */
import {
  bad,
  boolean,
  finite,
  integer,
  list,
  literal,
  natural,
  record,
  shown,
  text,
  triple,
} from './json.ts';
import type {
  BufferSpec,
  Code,
  DispatchStep,
  ElementType,
  InputSpec,
  KernelSpec,
  KernelUse,
  Program,
  Requirements,
  ScalarSpec,
  Step,
  TensorSpec,
} from './program.ts';
import { validateProgram } from './validate-program.ts';

/**
 * Reads a program from parsed JSON and checks all of it; throws a DataError that names the field that is wrong.
 *
 * A built program keeps its kernels' text in files of their own, `{ "file": "name.wgsl" }` in the JSON: `wgsl` then
 * gives the texts by kernel name.
 */
export function readProgram(json: unknown, wgsl?: ReadonlyMap<string, string>): Program {
  const root = record(json, 'program');
  literal(root.format, ['nnc-program'], 'format');
  if (root.version !== 3) {
    throw bad('version', `is ${shown(root.version)}; this runtime reads version 3: build the program again`);
  }
  const program: Program = {
    format: 'nnc-program',
    version: 3,
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
    scalars: list(root.scalars, 'scalars', readScalar),
    code: readCode(root.code, 'code', wgsl),
    steps: list(root.steps, 'steps', readStep),
  };
  validateProgram(program);
  return program;
}

const elementTypes = ['f32', 'i32', 'u32', 'bool'] as const satisfies readonly ElementType[];

function readBuffer(value: unknown, at: string): BufferSpec {
  const item = record(value, at);
  const roles = ['input', 'persistent', 'result', 'temporary', 'scalar'] as const;
  return {
    label: text(item.label, `${at}.label`),
    bytes: natural(item.bytes, `${at}.bytes`),
    role: literal(item.role, roles, `${at}.role`),
  };
}

function readTensor(value: unknown, at: string): TensorSpec {
  const item = record(value, at);
  return {
    name: text(item.name, `${at}.name`),
    dtype: literal(item.dtype, elementTypes, `${at}.dtype`),
    shape: list(item.shape, `${at}.shape`, natural),
    buffer: natural(item.buffer, `${at}.buffer`),
  };
}

function readScalar(value: unknown, at: string): ScalarSpec {
  const { value: always } = record(value, at);
  return { ...readTensor(value, at), ...(always !== undefined && { value: finite(always, `${at}.value`) }) };
}

function readInput(value: unknown, at: string): InputSpec {
  const tensor = readTensor(value, at);
  const { range: given, default: filled } = record(value, at);
  return {
    ...tensor,
    ...(given !== undefined && { range: readRange(given, `${at}.range`) }),
    ...(filled !== undefined && { default: finite(filled, `${at}.default`) }),
  };
}

function readRange(value: unknown, at: string): NonNullable<InputSpec['range']> {
  const range = record(value, at);
  return {
    min: integer(range.min, `${at}.min`),
    max: integer(range.max, `${at}.max`),
    why: text(range.why, `${at}.why`),
  };
}

function readCode(value: unknown, at: string, wgsl: ReadonlyMap<string, string> | undefined): Code {
  const item = record(value, at);
  const target = literal(item.target, ['wgsl', 'wasm'], `${at}.target`);
  if (target === 'wasm') {
    return {
      target,
      kernels: list(item.kernels, `${at}.kernels`, readUse),
      module: text(item.module, `${at}.module`),
      scratch: natural(item.scratch, `${at}.scratch`),
    };
  }
  return {
    target,
    kernels: list(item.kernels, `${at}.kernels`, (kernel, where) => readKernel(kernel, where, wgsl)),
    requirements: readRequirements(item.requirements, `${at}.requirements`),
  };
}

function readUse(value: unknown, at: string): KernelUse {
  const item = record(value, at);
  return {
    name: text(item.name, `${at}.name`),
    bindings: list(item.bindings, `${at}.bindings`, (use, where) =>
      literal(use, ['read', 'read_write'], where),
    ),
    position: boolean(item.position, `${at}.position`),
  };
}

function readKernel(value: unknown, at: string, wgsl: ReadonlyMap<string, string> | undefined): KernelSpec {
  const item = record(value, at);
  const use = readUse(value, at);
  return {
    ...use,
    wgsl: text(typeof item.wgsl === 'string' ? item.wgsl : wgsl?.get(use.name), `${at}.wgsl`),
    entryPoint: literal(item.entryPoint, ['main'], `${at}.entryPoint`),
    workgroupSize: triple(item.workgroupSize, `${at}.workgroupSize`),
  };
}

function readStep(value: unknown, at: string): Step {
  const item = record(value, at);
  const kind = literal(item.kind, ['dispatch', 'copy', 'loop'], `${at}.kind`);
  switch (kind) {
    case 'dispatch':
      return readDispatch(item, at);
    case 'copy':
      return { kind, from: natural(item.from, `${at}.from`), to: natural(item.to, `${at}.to`) };
    case 'loop':
      return {
        kind,
        index: text(item.index, `${at}.index`),
        from: natural(item.from, `${at}.from`),
        count: natural(item.count, `${at}.count`),
        by: integer(item.by, `${at}.by`),
        steps: list(item.steps, `${at}.steps`, readDispatch),
      };
  }
  return kind satisfies never;
}

function readDispatch(value: unknown, at: string): DispatchStep {
  const item = record(value, at);
  return {
    kind: literal(item.kind, ['dispatch'], `${at}.kind`),
    kernel: natural(item.kernel, `${at}.kernel`),
    name: text(item.name, `${at}.name`),
    buffers: list(item.buffers, `${at}.buffers`, natural),
    workgroups: triple(item.workgroups, `${at}.workgroups`),
    equations: list(item.equations, `${at}.equations`, text),
    origins: list(item.origins, `${at}.origins`, text),
  };
}

function readRequirements(value: unknown, at: string): Requirements {
  const item = record(value, at);
  return {
    storageBuffersPerStage: natural(item.storageBuffersPerStage, `${at}.storageBuffersPerStage`),
    largestBinding: natural(item.largestBinding, `${at}.largestBinding`),
    largestBindingTensor: text(item.largestBindingTensor, `${at}.largestBindingTensor`),
    workgroupStorage: natural(item.workgroupStorage, `${at}.workgroupStorage`),
    invocationsPerWorkgroup: natural(item.invocationsPerWorkgroup, `${at}.invocationsPerWorkgroup`),
    workgroupSize: triple(item.workgroupSize, `${at}.workgroupSize`),
    workgroupsPerDimension: natural(item.workgroupsPerDimension, `${at}.workgroupsPerDimension`),
    memory: natural(item.memory, `${at}.memory`),
    features: list(item.features, `${at}.features`, (feature, where) =>
      literal(feature, ['subgroups', 'shader-f16'], where),
    ),
  };
}
